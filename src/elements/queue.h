// SPDX-License-Identifier: Apache-2.0
// Queue: stores packets first in, first out, between a pushing and a pulling side.
//
//   Queue([CAPACITY])
//
// Arguments  CAPACITY  packets it can hold, up to 1048576. Default 1000.
// Ports      1 push input, 1 pull output
// Drops      packets that find it full
// Handlers   length, highwater_length, capacity, drops (r)
//            reset_counts (w)   drops and highwater_length to what they are now
//            reset (w)          drops all packets
//            capacity (w)       packets beyond a smaller one are dropped
// Example    f -> Queue(64) -> Unqueue -> t;
//
// Pullers sleep while it is empty, pushers that can wait rest while it is full.

#pragma once

#include <memory>

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class Queue final : public graph::Element {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::uint32_t kCapacityMax = 1 << 20;

  ~Queue() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t, graph::Batch batch) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
  graph::Notifier* empty_notifier(std::uint32_t) override { return &nonempty_; }
  graph::Notifier* full_notifier(std::uint32_t) override { return &nonfull_; }
  void take_state(graph::Element& old) override;

 private:
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
  graph::Notifier nonempty_;
  graph::Notifier nonfull_;
};

}  // namespace superfluid::elements
