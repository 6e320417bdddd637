// SPDX-License-Identifier: Apache-2.0
// ScheduleInfo: how often elements get their turn, compared with others.
//
//   ScheduleInfo(ELEMENT PARAMETER, ...)
//
// Arguments  each  an element, or a compound for all elements in it, and a number: its tasks run
//                  that many times as often as those of elements that nobody names (1). Fractions
//                  are rounded to 1/1024.
// Ports      none
// Example    ScheduleInfo(fast 4, edge 0.5); fast :: Unqueue; edge :: { input -> output };
//
// A name is looked for in the compound in which ScheduleInfo stands. Several parameters for one
// element, of itself and of compounds around it, multiply. Tickets (`element.tickets`) may be
// changed later.

#pragma once

#include <string>
#include <vector>

#include "graph/element.h"

namespace superfluid::elements {

class ScheduleInfo final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;

 private:
  struct Share {
    std::string name;           // whole, from the outermost compound on
    std::uint64_t tickets = 0;  // of Task::kTicketsDefault
  };

  std::vector<Share> shares_;
};

}  // namespace superfluid::elements
