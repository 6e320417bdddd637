// SPDX-License-Identifier: Apache-2.0
// Entry: what the node keeps of one function beside the Function that others see. Private to the
// node's sources.

#pragma once

#include <deque>
#include <string>
#include <vector>

#include "agent/node.h"
#include "agent/restart_policy.h"
#include "base/text.h"

namespace superfluid::agent {

struct Entry {
  api::Function function;
  ImageKey key{};
  vmm::ShellSize size;
  std::size_t line = 0;  // of Node::lines_
  base::Instant arrived;
  base::Instant live_at;
  PastLives past;

  Machine::Log last_log;         // of the life before, or of this one until it was parked
  std::uint64_t log_before = 0;  // bytes that this life had written when it was parked last
  std::optional<api::Counts> counts_before;  // likewise
  MachinePtr machine;        // from begin() to the end of the life, but while it is parked
  std::vector<Wired> wired;  // of the ports, as many as were made
  bool is_first = true;      // its first start has not succeeded yet
  bool says_live = false;    // the guest, when its counters were last asked for
  bool gone = false;         // removed: whoever still holds this lets go
  bool wished_end = false;   // somebody asked for the end
  bool is_late = false;      // ended by us, since it was not live in time
  bool remove_at_end = false;
  bool is_parking = false;  // its machine was told to park it
  bool is_stored = false;   // parked, until it is live again
  std::uint64_t life = 0;   // counts starts; what belongs to an earlier one is stale

  std::vector<Node::Done> on_live;
  std::vector<Node::Done> on_end;
  std::vector<Node::Done> on_pause;
  std::vector<Node::Done> on_counters;
  std::deque<Node::Saved> on_saved;
  std::deque<Node::Answer> answers;
  std::uint64_t wake_at_ns = 0;  // CLOCK_MONOTONIC, of a parked one; 0: never by itself
  std::vector<Node::Awake> until_awake;
  std::vector<os::Subscription> watches;  // of what a parked function waits for
  os::Subscription timer;  // the start's deadline, the next restart, or when a parked one wakes

  // Parked, on the way there or back.
  bool sleeps() const { return is_parking || is_stored; }
  bool is_idle() const {
    return function.state == api::State::kStopped || function.state == api::State::kFailed;
  }
  bool runs() const {
    return function.state == api::State::kRunning || function.state == api::State::kPaused;
  }
};

// Calls all and forgets them first, since they may ask for more.
inline void tell(std::vector<Node::Done>& waiting, const Node::Outcome& outcome) {
  for (Node::Done& done : std::exchange(waiting, {})) {
    done(outcome);
  }
}

// Likewise, each with this error.
template <typename Waiting>
void refuse(Waiting& waiting, const base::Error& why) {
  for (const auto& each : std::exchange(waiting, {})) {
    each(base::pass(why));
  }
}
// Whoever waits for something that only a function that runs can give.
inline void refuse_waiting(Entry& entry, const base::Error& why) {
  refuse(entry.answers, why);
  refuse(entry.on_pause, why);
  refuse(entry.until_awake, why);
  refuse(entry.on_saved, why);
}

inline base::Failure not_now(const Entry& entry, std::string_view what) {
  return base::fail(base::ErrorCode::kConflict,
                    base::cat(entry.function.spec.name, " is ", to_string(entry.function.state),
                              " and cannot be ", what));
}

// At most what there is from `from` on, of the life that goes on or went last.
base::Result<Machine::Log> log_of(const Entry& entry, std::uint64_t from);
vmm::ShellSize size_for(const api::FunctionSpec& spec);
// All of the page that the node knows.
abi::DevicePage page_for(const api::Function& function);
net::MacAddress mac_for(const std::string& id, unsigned port);
std::string new_id();

}  // namespace superfluid::agent
