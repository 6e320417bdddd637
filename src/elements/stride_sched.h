// SPDX-License-Identifier: Apache-2.0
// StrideSched: pulls from several inputs in proportion to their tickets.
//
//   StrideSched(TICKETS0, TICKETS1, ...)
//
// Arguments  TICKETS0, ...  one for each input, 0 to 32768; an input without tickets has no turns
// Ports      1 or more pull inputs, 1 pull output
// Handlers   tickets0, tickets1, ... (rw)
//            config (r)  all tickets
// Example    q1 -> [0] s :: StrideSched(3, 1);   q2 -> [1] s;   s -> Unqueue -> t;
//
// Each input has a pass, and the one with the least goes next; a turn, with a packet or without,
// adds to its pass what is the less the more tickets it has. Of equals, the one that had its turn
// last goes first; at the start, the one with the lower number.

#pragma once

#include <vector>

#include "graph/element.h"

namespace superfluid::elements {

class StrideSched final : public graph::Element {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::uint32_t kTicketsMax = 1 << 15;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;

 private:
  static constexpr std::uint64_t kStrideUnit = 1 << 16;

  struct Client {
    std::uint32_t tickets = 0;
    std::uint64_t pass = 0;
    std::uint64_t turn = 0;   // when it had its last one
    std::uint64_t asked = 0;  // in which pull

    void stride() { pass += kStrideUnit / tickets; }
  };

  // The least of those with tickets that were not asked in this pull; nullptr when there is none.
  Client* next_client();
  graph::Packet* pull_one();
  void set_tickets(std::size_t i, std::uint32_t tickets);

  std::vector<Client> clients_;  // one an input
  std::uint64_t turns_ = 0;
  std::uint64_t pulls_ = 0;
};

}  // namespace superfluid::elements
