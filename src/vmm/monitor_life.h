// SPDX-License-Identifier: Apache-2.0
// MonitorLife: the life that goes on in a monitor's shell, if any: begun by an order, changed by
// orders, moved on by what the guest does.
//
// Invariants
//   1. boot() and start() of a shell that is lived in are refused; the other orders without a life
//      do nothing (its end is on its way to whoever gave them), but those that want an answer get
//      one.
//   2. Each life that began ends in one EndedEvent, sent when the shell is wiped; of a shell that
//      takes no other, when it is spent.
//   3. A guest that was parked stands still: no frame is carried and nothing is answered until it
//      is unparked or stopped.
//   4. A snapshot is taken where the guest stands between two rounds: at READY, asleep, yielding.
//
// Threads: the shell's.

#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "vmm/asker.h"
#include "vmm/console_reader.h"
#include "vmm/dossier.h"
#include "vmm/monitor_ports.h"
#include "vmm/protocol.h"
#include "vmm/shell.h"

namespace superfluid::vmm {

class MonitorLife {
 public:
  using Say = std::function<void(Event)>;

  MonitorLife(Shell& shell, DossierWriter& dossier, int memory_report, Say say)
      : shell_(shell),
        dossier_(dossier),
        memory_report_(memory_report),
        say_(std::move(say)),
        console_(shell, dossier),
        asker_(shell) {}

  void boot(BootOrder& order);
  void start(StartOrder& order);
  void stop();
  void pause(bool wanted);
  void save();
  void park();
  void unpark();
  void ask(AskOrder order);
  void count();

  bool lives() const { return lives_; }
  bool wants_to_run() const { return lives_ && !stands_still() && !is_asleep_; }
  // The shell has had its life, and takes no other.
  bool is_spent() const { return is_spent_; }
  // True: the guest has something to look at.
  bool serve_ports();
  base::Result<Leave> enter();
  void handle(base::Result<Leave> left);

  // What a sleeping guest waits for, and until when by CLOCK_MONOTONIC; nothing: for ever.
  std::optional<std::uint64_t> watch(std::vector<pollfd>& watched) const;
  // The wait is over, with so many descriptors ready.
  void awake(int ready);

 private:
  bool stands_still() const { return is_paused_ || is_parked_; }
  base::Status lay_out(BootOrder& order);
  base::Status lay_out(StartOrder& order);
  template <typename Order>
  bool prepare(Order& order);
  void begin(const abi::DevicePage& page, std::uint64_t clock_ns);
  void live();
  void handle_exit(const Leave& leave);
  void ready();
  void sleep();
  void look_at_mail();
  void take_snapshot();
  base::Result<Parked> take_difference();
  // When the guest will have been idle long enough for that to be said; nothing: not as it is.
  std::optional<std::uint64_t> idle_at() const;
  void end_by_guest(const Leave& leave);
  void end(End end);
  void tell_state();

  Shell& shell_;
  DossierWriter& dossier_;
  int memory_report_;
  Say say_;
  MonitorPorts ports_;
  ConsoleReader console_;
  Asker asker_;

  bool lives_ = false;
  bool is_spent_ = false;
  bool is_booting_ = false;  // up to READY, of which a snapshot is wanted
  bool then_runs_ = false;
  bool is_paused_ = false;
  bool is_parked_ = false;  // its difference was taken
  bool is_asleep_ = false;
  bool is_at_rest_ = false;  // between two rounds: a snapshot may be taken
  bool wants_snapshot_ = false;
  bool told_packet_ = false;
  bool told_idle_ = false;
  std::uint64_t idle_after_ns_ = 0;
  bool began_here_ = false;         // on the processor of the daemon, which waits there
  std::uint64_t active_at_ns_ = 0;  // the last frame or question
  std::optional<std::uint64_t> wake_at_;
  abi::DevicePage page_{};
  Steps steps_;
  Counters counters_;
};

}  // namespace superfluid::vmm
