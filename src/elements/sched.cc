// SPDX-License-Identifier: Apache-2.0
#include "elements/sched.h"

#include "graph/arguments.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass RoundRobinSched::kClass{"RoundRobinSched", "-/1", "l/l",
                                                  graph::make_element<RoundRobinSched>};

std::size_t RoundRobinSched::pull(std::uint32_t, Packet** into, std::size_t max) {
  std::size_t found = 0;
  for (std::uint32_t empty = 0; found < max && empty < inputs();) {
    if (input(next_).pull(into + found, 1) != 0) {
      ++found;
      empty = 0;
    } else {
      ++empty;
    }
    next_ = next_ + 1 < inputs() ? next_ + 1 : 0;
  }
  return found;
}

const graph::ElementClass PrioSched::kClass{"PrioSched", "-/1", "l/l",
                                            graph::make_element<PrioSched>};

std::size_t PrioSched::pull(std::uint32_t, Packet** into, std::size_t max) {
  std::size_t found = 0;
  for (std::uint32_t i = 0; i < inputs() && found < max; ++i) {
    found += input(i).pull(into + found, max - found);
  }
  return found;
}

const graph::ElementClass DRRSched::kClass{"DRRSched", "-/1", "l/l", graph::make_element<DRRSched>};

void DRRSched::configure(graph::Arguments& arguments) {
  arguments.positional("QUANTUM", quantum_).complete();
  if (quantum_ == 0) {
    arguments.complain("bad QUANTUM");
  }
  lanes_.resize(inputs());
}

// Returns nothing only when no lane holds a packet: whoever sleeps on an empty queue would not be
// woken for one that waits here.
Packet* DRRSched::next_packet() {
  for (std::size_t empty = 0; empty < lanes_.size();) {
    Lane& lane = lanes_[next_];
    if (Packet* packet = nullptr; lane.head == nullptr && input(next_).pull(&packet, 1) != 0) {
      lane.head.reset(packet);
    }
    if (lane.head == nullptr) {
      lane.deficit = 0;
      ++empty;
    } else if (lane.head->length <= lane.deficit) {
      lane.deficit -= lane.head->length;
      return lane.head.release();
    } else {
      empty = 0;
    }
    next_ = next_ + 1 < inputs() ? next_ + 1 : 0;
    lanes_[next_].deficit += quantum_;
  }
  return nullptr;
}

std::size_t DRRSched::pull(std::uint32_t, Packet** into, std::size_t max) {
  std::size_t found = 0;
  while (found < max && (into[found] = next_packet()) != nullptr) {
    ++found;
  }
  return found;
}

}  // namespace superfluid::elements
