// SPDX-License-Identifier: Apache-2.0
// MixedQueue, FrontDropQueue: queues that give way to what came last.
//
//   MixedQueue([CAPACITY])      two inputs: of the first, packets leave first in, first out; what
//                               comes to the second leaves before all others, last in, first out
//   FrontDropQueue([CAPACITY])  when full, drops its oldest packet for the one that comes
//
// Arguments  CAPACITY  packets it can hold, up to 1048576. Default 1000.
// Ports      MixedQueue 2 push inputs, FrontDropQueue 1; 1 pull output, and one more, push, for
//            what is dropped
// Drops      MixedQueue: of the first input what finds it full; for a packet of the second, the
//            one that would leave last. FrontDropQueue: the oldest
// Handlers   those of Queue; written capacity makes FrontDropQueue drop its oldest packets
// Example    f -> FrontDropQueue(8) -> Unqueue -> t;   news is worth more than what waited

#pragma once

#include "elements/queue.h"

namespace superfluid::elements {

class MixedQueue final : public Queue {
 public:
  static const graph::ElementClass kClass;

  void push(std::uint32_t port, graph::Batch batch) override;
};

class FrontDropQueue final : public Queue {
 public:
  static const graph::ElementClass kClass;

  void push(std::uint32_t, graph::Batch batch) override;

 private:
  graph::Packet* take_surplus() override { return take_front(); }
};

}  // namespace superfluid::elements
