// SPDX-License-Identifier: Apache-2.0
// Gate: lets the threads of a graph's lanes run side by side, or one of them alone.
//
//   gate.enter(k);            lane k runs from now on
//   while (...) {
//     gate.pass(k);           between two turns: waits while somebody runs alone
//     ... a turn, in which somebody may say
//         gate.hold(k); ... the others stand still ... gate.release(k);
//     gate.leave(k); ... sleeps, touching nothing of the graph ... gate.enter(k);
//   }
//   gate.leave(k);
//
// A lane stands still where it touches nothing: between two turns, or inside one where it waits in
// hold() itself; what happens there, elements expect of every handler call. hold_between() asks
// for more, that the others be between two turns, for who is to replace the elements themselves.
//
// Invariants
//   1. Whoever holds the gate is the only one that runs.
//   2. Nobody starves: a lane that was kept from its turn begins it before the gate is held again.
//   3. No deadlock: who waits in hold() stands still for every other hold(), and who waits in
//      hold_between() lets it go first.
//
// pass() costs one relaxed load when nobody wants to run alone.
//
// Threads: any; lane k's calls come from one thread at a time.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "os/mutex.h"

namespace superfluid::hostgraph {

class Gate {
 public:
  explicit Gate(std::size_t lanes) : lanes_(lanes) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void enter(std::size_t lane);
  void leave(std::size_t lane);
  void pass(std::size_t lane) {
    if (wanted_.load(std::memory_order_relaxed) != 0) {
      leave(lane);
      enter(lane);
    }
  }

  // Calls nest. REQUIRES: the lane has entered.
  void hold(std::size_t lane) { hold(lane, State::kCalling); }
  // REQUIRES, more: it is between two turns, and holds nothing.
  void hold_between(std::size_t lane) { hold(lane, State::kOutside); }
  // True when that was the outermost.
  bool release(std::size_t lane);

 private:
  // The later ones stand still for fewer.
  enum class State : std::uint8_t { kOutside, kCalling, kRunning };
  struct Lane {
    State state = State::kOutside;
    bool waits = false;  // in enter()
    bool owed = false;   // was kept waiting by somebody who is through
  };

  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  void hold(std::size_t lane, State others_at_most);
  bool may_hold(std::size_t lane, State others_at_most) const SF_REQUIRES(mutex_);

  std::atomic<std::size_t> wanted_{0};  // who holds, and who waits to
  os::Mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Lane> lanes_ SF_GUARDED_BY(mutex_);
  std::size_t holder_ SF_GUARDED_BY(mutex_) = kNobody;
  std::size_t depth_ SF_GUARDED_BY(mutex_) = 0;
};

}  // namespace superfluid::hostgraph
