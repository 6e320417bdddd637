// SPDX-License-Identifier: Apache-2.0
// Machine and MachineSource: what the node needs of whatever holds a guest. A nursery's machines
// are one (agent/nursery_machines.h), whether they are KVM's or sandboxed processes; the tests' are
// another (agent/testing.h).
//
// The words and rules are those of vmm/nursery.h: nothing waits, answers come as events from the
// loop, and every machine that ends is told of once.
//
// Threads: the loop's.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vmm/nursery.h"

namespace superfluid::agent {

class Machine {
 public:
  using Id = vmm::Machine::Id;
  using Events = vmm::Machine::Events;
  using Log = vmm::Machine::Log;

  virtual ~Machine() = default;

  virtual Id id() const = 0;
  virtual pid_t pid() const = 0;
  virtual const vmm::ShellSize& size() const = 0;
  virtual void listen(Events events) = 0;
  // Whether there is a guest in it, as the machine itself noted: for who has just found it.
  virtual bool lives() const = 0;

  virtual base::Status boot(int image, std::string_view text_name, std::string_view text,
                            const vmm::Life& life, bool then_run) = 0;
  // A new clone, or, with a difference, the one that was parked.
  virtual base::Status start(const vmm::Snapshot& snapshot, std::string_view difference,
                             const vmm::Life& life) = 0;
  virtual base::Status stop() = 0;
  virtual base::Status pause() = 0;
  virtual base::Status unpause() = 0;
  virtual base::Status save() = 0;
  virtual base::Status park() = 0;
  virtual base::Status unpark() = 0;
  virtual base::Status read(std::string_view handler, std::string_view argument) = 0;
  virtual base::Status write(std::string_view handler, std::string_view value) = 0;
  virtual base::Status ask_counters() = 0;
  virtual base::Status kill() = 0;
  // To any processor, where the start that bound it to one was not heard of to its end.
  virtual void let_go() = 0;

  virtual base::Status note(std::string_view text) = 0;
  virtual base::Result<std::string> noted() const = 0;
  virtual base::Result<Log> log(std::uint64_t from) const = 0;
};

using MachinePtr = std::shared_ptr<Machine>;

class MachineSource {
 public:
  struct Events {
    std::function<void(MachinePtr)> warm;
    std::function<void(base::Error)> failed;
    std::function<void(Machine::Id, os::ExitStatus)> gone;
    std::function<void()> lost;
  };

  virtual ~MachineSource() = default;

  // Before the loop turns again.
  virtual void listen(Events events) = 0;
  // Those that were there before this process; asked once.
  virtual std::vector<MachinePtr> found() = 0;
  virtual base::Status order(const vmm::ShellSize& size, std::uint32_t count) = 0;
  virtual base::Status shut_down() = 0;
};

}  // namespace superfluid::agent
