// SPDX-License-Identifier: Apache-2.0
// Lane: what the elements that one thread runs have to themselves: a schedule of tasks and timers,
// a packet pool, random numbers, and the near ends of crossings to other lanes. Elements reach
// theirs by Element::schedule(), pool() and rng().
//
// Every element belongs to one lane (graph/placement.h says to which) and is touched by no other
// thread but when the graph stands still (Router::Alone). So elements know nothing of threads: no
// locks, no atomics. Packets go from lane to lane over a Crossing.
//
// A lane with nothing to do sleeps: its driver calls Router::fall_asleep(), waits for its next
// timer, for descriptors or for Host::wake_lane(), and calls awake().
//
// Invariants: once fall_asleep() returned true, whoever gives the lane work calls must_wake(), and
// the one who gets true wakes it. Work that came before makes fall_asleep() return false.
//
// Threads: one lane, one thread at a time; must_wake() any.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "graph/packet.h"
#include "graph/schedule.h"

namespace superfluid::graph {

class Crossing;

// Threads that may run a graph.
inline constexpr std::size_t kLanesMax = 64;

// How often packets have gone round cycles of the graph; shared by the guards of a lane (paths.h).
struct LoopState {
  std::uint32_t depth = 0;
  std::uint64_t drops = 0;
};

class Lane {
 public:
  Lane(std::size_t index, const base::Clock& clock, PacketPool& pool, std::uint64_t random_seed)
      : index_(index), schedule_(clock), pool_(pool), rng_(random_seed) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  std::size_t index() const { return index_; }
  Schedule& schedule() { return schedule_; }
  PacketPool& pool() { return pool_; }
  base::Rng& rng() { return rng_; }
  LoopState& loops() { return loops_; }

  // While the router is built.
  void add_arriving(Crossing& crossing) { arriving_.push_back(&crossing); }
  void add_leaving(Crossing& crossing) { leaving_.push_back(&crossing); }

  // One round of the schedule, with what other lanes have sent or made room for.
  void run_round(std::size_t tasks_max);

  bool fall_asleep();
  void awake() { asleep_.store(false, std::memory_order_relaxed); }
  bool must_wake() { return asleep_.load() && asleep_.exchange(false); }

 private:
  // True when that gave the lane something to do.
  bool look_across();

  std::size_t index_;
  Schedule schedule_;
  PacketPool& pool_;
  base::Rng rng_;
  LoopState loops_;
  std::vector<Crossing*> arriving_;
  std::vector<Crossing*> leaving_;
  std::atomic<bool> asleep_{false};
};

}  // namespace superfluid::graph
