// SPDX-License-Identifier: Apache-2.0
// RoundRobinSched, PrioSched, DRRSched: pull from several inputs, each its own way.
//
//   RoundRobinSched()    a packet from each input that has one, in turn
//   PrioSched()          from the first input that has one
//   DRRSched([QUANTUM])  deficit round robin: as many bytes from each input that has packets
//
// Arguments  QUANTUM  bytes that an input may send each time that its turn comes, at least 1.
//                     Default 500.
// Ports      any number of pull inputs, 1 pull output
// Example    q1 -> [0] s :: PrioSched;   q2 -> [1] s;   s -> Unqueue -> t;
//
// DRRSched holds one packet of an input while its turn has not enough bytes for it.

#pragma once

#include <vector>

#include "graph/element.h"

namespace superfluid::elements {

class RoundRobinSched final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;

 private:
  std::uint32_t next_ = 0;
};

class PrioSched final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
};

class DRRSched final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;

 private:
  struct Lane {
    graph::PacketPtr head;
    std::uint64_t deficit = 0;  // bytes it may send; none are saved up while it has nothing
  };

  // The next packet; nullptr when no input has one.
  graph::Packet* next_packet();

  std::vector<Lane> lanes_;  // one an input
  std::uint32_t next_ = 0;
  std::uint32_t quantum_ = 500;
};

}  // namespace superfluid::elements
