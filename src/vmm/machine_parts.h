// SPDX-License-Identifier: Apache-2.0
// What is behind Nursery and Machine (vmm/nursery.h); for their sources alone.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/event_loop.h"
#include "os/unix_socket.h"
#include "vmm/notebook.h"
#include "vmm/nursery.h"

namespace superfluid::vmm {

struct Machine::Parts {
  std::weak_ptr<NurseryImpl> nursery;
  Id id = 0;
  pid_t pid = 0;
  ShellSize size;
  os::UnixSocket channel;
  os::UniqueFd pidfd;
  DossierReader dossier;
  std::uint32_t page = 0;                               // of the notebook
  std::optional<base::Result<std::string>> note_found;  // of one that was there before
  std::shared_ptr<std::vector<std::uint8_t>> room;      // to receive in, of the nursery
  Events events{};
  bool is_warm = false;   // the nursery's owner knows of it
  bool said_why = false;  // of one that became none
  bool is_gone = false;
  bool is_held = false;  // to a processor, by a start that began here
  os::Subscription watch{};
};

// Behind Nursery, so that a handler may drop the Nursery.
class NurseryImpl : public std::enable_shared_from_this<NurseryImpl> {
 public:
  NurseryImpl(os::EventLoop& loop, os::UnixSocket zygote, std::string program,
              Nursery::Events events)
      : loop_(loop),
        zygote_(std::move(zygote)),
        program_(std::move(program)),
        events_(std::move(events)) {}

  base::Status greet();
  base::Status begin();
  std::vector<std::shared_ptr<Machine>> found();
  base::Status order(const ShellSize& size, std::uint32_t count);
  base::Status shut_down();
  base::Status send_demand(const Demand& demand);
  // None: the zygote is gone, and whoever comes next finds nothing.
  Notebook* notebook() { return is_lost_ || !notebook_ ? nullptr : &*notebook_; }
  void let_go();

  void warm(Machine& machine);
  void failed(base::Error why);

 private:
  // False: it is gone, or speaks wrongly.
  base::Result<bool> take_reports();
  base::Status obey(Report report);
  base::Status add(MonitorReport report);
  void gone(const GoneReport& report);
  void lose();

  os::EventLoop& loop_;
  os::UnixSocket zygote_;
  std::string program_;  // by which errors name it
  Nursery::Events events_;
  bool is_welcome_ = false;
  bool is_lost_ = false;
  std::optional<Notebook> notebook_;
  std::map<Machine::Id, std::shared_ptr<Machine>> machines_;
  std::vector<Machine::Id> found_;
  std::vector<GoneReport> gone_early_;  // of monitors that are told of with the first turn
  // For reports and all machines: what arrives is decoded before anything else is received.
  std::shared_ptr<std::vector<std::uint8_t>> room_ =
      std::make_shared<std::vector<std::uint8_t>>(kMessageBytesMax);
  os::Subscription watch_;
  os::Subscription first_turn_;
};

}  // namespace superfluid::vmm
