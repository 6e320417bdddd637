// SPDX-License-Identifier: Apache-2.0
// Crossing: the connection on which packets are pushed from an element of one lane to an element of
// another: a ring between the two, which the one fills in its turns and the other empties in its
// own. Invisible to users but for the global handler `crossings`.
//
// A sender that listens (graph/notifier.h) is told to sleep while the ring is half full, and then
// the receiving half waits as long as those behind it are full; as on a connection within one lane,
// only the end of a burst may find too little room there. From a sender that does not listen,
// packets that find the ring full are dropped and counted.
//
// A packet that has its buffer to itself crosses as it is, and from then on belongs to the pool of
// the lane that it came to (PacketStock in graph/packet.h brings its slot home); one that shares
// its buffer is copied.
//
// Invariants
//   1. Packets leave in the order in which they came.
//   2. Between the two rings' ends a packet belongs to no pool.
//   3. A lane that sleeps with a packet waiting for it, or with room for a sender that waits, has
//      been woken (graph/lane.h says how).
//
// Threads: push(), room_again() and full_notifier() belong to the sender's lane, all else to the
// receiver's; the ring is what both touch.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::graph {

class Crossing final : public Element {
 public:
  static const ElementClass kClass;

  explicit Crossing(Lane& from) : from_(from) {}
  ~Crossing() override;

  // Once everything is connected.
  void attach();
  void push(std::uint32_t port, Batch batch) override;
  bool run_task(Task& task) override;
  Notifier* full_notifier(std::uint32_t) override { return &room_; }
  // Packets on their way go on in the crossing that replaces this one.
  void take_state(Element& old) override;

  // Before each round of its lane, and before that sleeps. The receiver's: true when its task is to
  // run. The sender's: true when a sender that sleeps may go on.
  bool arrivals();
  bool room_again();

  // On the same connection, whichever lanes that joins.
  bool joins_as(const Crossing& other) const { return name() == other.name(); }
  // "from [port] -> [port] to", the lanes, packets that came and those dropped; tabs in between.
  std::string text() const;

 private:
  static constexpr std::uint32_t kSlots = 1024;
  static constexpr std::uint32_t kFull = kSlots / 2;  // so many, and senders that listen sleep
  static constexpr std::uint32_t kFree = kSlots / 4;  // until there are no more than these
  static constexpr std::size_t kTurnBatches = 4;

  std::uint32_t used() const { return tail_.load() - head_.load(); }
  bool held_back() const {
    return room_.listened() && downstream_.known() && !downstream_.active();
  }
  Lane& to() const { return lane(); }
  std::size_t take(Packet** into, std::size_t max);

  Lane& from_;
  Task task_{*this};
  Signal downstream_;
  std::array<Packet*, kSlots> ring_{};

  // The sender's.
  alignas(64) std::atomic<std::uint32_t> tail_{0};  // packets that ever came, modulo 2^32
  std::atomic<bool> sender_waits_{false};
  Notifier room_;
  std::uint64_t packets_ = 0;
  std::uint64_t drops_ = 0;

  // The receiver's.
  alignas(64) std::atomic<std::uint32_t> head_{0};  // packets that ever left
};

}  // namespace superfluid::graph
