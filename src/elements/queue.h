// SPDX-License-Identifier: Apache-2.0
// Queue, NotifierQueue: store packets first in, first out, between a pushing and a pulling side.
//
//   Queue([CAPACITY])
//   NotifierQueue([CAPACITY])
//
// Arguments  CAPACITY  packets it can hold, up to 1048576. Default 1000.
// Ports      1 push input; 1 pull output, and one more, push, for what it drops
// Drops      packets that find it full
// Handlers   length, highwater_length, capacity, drops (r)
//            reset_counts (w)   drops and highwater_length to what they are now
//            reset (w)          drops all packets
//            capacity (w)       packets beyond a smaller one are dropped
//            config (r)         with the capacity that was written last
// Example    f -> Queue(64) -> Unqueue -> t;
//
// Pullers sleep while it is empty; pushers that can wait rest while a Queue is full. To a
// NotifierQueue, which is also called SimpleQueue, they go on pushing.

#pragma once

#include <memory>

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class Queue : public graph::Element {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::uint32_t kCapacityMax = 1 << 20;

  ~Queue() override;

  void configure(graph::Arguments& arguments) final;
  base::Status initialize() final;
  void add_handlers(graph::HandlerTable& handlers) final;
  void push(std::uint32_t, graph::Batch batch) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) final;
  graph::Notifier* empty_notifier(std::uint32_t) final { return &nonempty_; }
  graph::Notifier* full_notifier(std::uint32_t) override { return &nonfull_; }
  void take_state(graph::Element& old) final;

 protected:
  bool empty() const { return length_ == 0; }
  bool full() const { return length_ == capacity_; }
  // REQUIRES: not full().
  void add_back(graph::Packet* packet) { slot(head_ + length_++) = packet; }
  void add_front(graph::Packet* packet) {
    slot(--head_) = packet;
    ++length_;
  }
  // REQUIRES: not empty.
  graph::Packet* take_front() {
    --length_;
    return slot(head_++);
  }
  graph::Packet* take_back() { return slot(head_ + --length_); }
  void drop(graph::Batch batch);
  void drop(graph::Packet* packet) { drop(graph::Batch(&packet, 1)); }
  // After packets were added: tells those who wait.
  void settle();

 private:
  // Which packets go when there is less room.
  virtual graph::Packet* take_surplus() { return take_back(); }

  graph::Packet*& slot(std::size_t i) { return ring_[i & ring_mask_]; }
  void resize(std::uint32_t capacity);
  void clear();

  // A power of two of slots, at least capacity_. Not initialised: memory that the queue never fills
  // is never touched, so that graphs of thousands of queues start at once.
  std::unique_ptr<graph::Packet*[]> ring_;
  std::size_t ring_mask_ = 0;
  std::size_t head_ = 0;  // counts on; slot() wraps
  std::size_t length_ = 0;
  std::size_t highwater_ = 0;
  std::uint64_t drops_ = 0;
  std::uint32_t capacity_ = 1000;
  bool rewritten_ = false;  // its capacity is no longer that of its configuration
  graph::Notifier nonempty_;
  graph::Notifier nonfull_;
};

class NotifierQueue final : public Queue {
 public:
  static const graph::ElementClass kClass;

  graph::Notifier* full_notifier(std::uint32_t) override { return nullptr; }
};

}  // namespace superfluid::elements
