// SPDX-License-Identifier: Apache-2.0
// StaticThreadSched: says which elements run on which thread.
//
//   StaticThreadSched(ELEMENT THREAD, ...)
//
// Arguments  ELEMENT  an element, or a compound for all that are in it
//            THREAD   its thread, counted from 0; -1 takes back what was said before
// Ports      none
// Example    f -> Queue -> u :: Unqueue -> t; StaticThreadSched(u 0);
//
// Thread 0 runs what nothing places elsewhere, and all of a graph that was given one thread: then
// other placements only warn. Elements that packets are pulled through run with who pulls, those
// that packets are pushed through with who pushes; where packets are pushed to another thread, they
// wait in a ring of 1,024. What pulls from one queue runs in one thread: to share work between
// threads, let a HashSwitch divide it before the queues. The global handler `placement` lists each
// element's thread, `crossings` the rings, with the packets that came and those dropped.

#pragma once

#include <string_view>
#include <vector>

#include "graph/element.h"

namespace superfluid::elements {

class StaticThreadSched final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;

 private:
  void place(std::string_view placement, graph::Arguments& arguments) const;
  // The one of that name, or all in the compound of that name.
  std::vector<const graph::Element*> elements_of(std::string_view name) const;
};

}  // namespace superfluid::elements
