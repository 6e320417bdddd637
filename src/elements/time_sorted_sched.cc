// SPDX-License-Identifier: Apache-2.0
#include "elements/time_sorted_sched.h"

#include <algorithm>

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass TimeSortedSched::kClass{"TimeSortedSched", "-/1", "l/l",
                                                  graph::make_element<TimeSortedSched>};

TimeSortedSched::~TimeSortedSched() {
  for (const Held& held : heap_) {
    release(held.packet);
  }
}

void TimeSortedSched::configure(graph::Arguments& arguments) {
  arguments.keyword("STOP", stop_).keyword("BUFFER", buffer_).complete();
  if (buffer_ == 0) {
    arguments.complain("BUFFER must be at least 1");
  } else if (buffer_ > kBufferMax) {
    arguments.complain(base::cat("BUFFER: out of range, maximum ", kBufferMax));
  }
}

base::Status TimeSortedSched::initialize() {
  for (std::uint32_t i = 0; i < inputs(); ++i) {
    lanes_.push_back({router().empty_signal(*this, i)});
    lanes_.back().signal.listen<graph::WakeListener>(*this);
  }
  return {};
}

bool TimeSortedSched::later(const Held& a, const Held& b) {
  const base::Duration x = a.packet->notes.timestamp;
  const base::Duration y = b.packet->notes.timestamp;
  return x != y ? x > y : a.order > b.order;
}

bool TimeSortedSched::fill() {
  bool more = false;
  for (std::uint32_t i = 0; i < inputs(); ++i) {
    Lane& lane = lanes_[i];
    Packet* packet = nullptr;
    while (lane.held < buffer_ && lane.signal.active() && input(i).pull(&packet, 1) != 0) {
      heap_.push_back({packet, order_++, i});
      std::ranges::push_heap(heap_, later);
      ++lane.held;
    }
    more |= lane.signal.active();
  }
  return more;
}

Packet* TimeSortedSched::take_oldest() {
  std::ranges::pop_heap(heap_, later);
  const Held oldest = heap_.back();
  heap_.pop_back();
  --lanes_[oldest.lane].held;
  const base::Duration stamp = oldest.packet->notes.timestamp;
  if (stamp != base::Duration()) {
    well_ordered_ &= last_ == base::Duration() || stamp >= last_;
    last_ = stamp;
  }
  return oldest.packet;
}

std::size_t TimeSortedSched::pull(std::uint32_t, Packet** into, std::size_t max) {
  std::size_t found = 0;
  bool more = true;
  while (found < max) {
    more = fill();
    if (heap_.empty()) {
      break;
    }
    into[found++] = take_oldest();
  }
  if (found == 0 && !more) {
    nonempty_.sleep();
    if (stop_) {
      router().stop();
    }
  }
  return found;
}

void TimeSortedSched::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "well_ordered", well_ordered_);
}

}  // namespace superfluid::elements
