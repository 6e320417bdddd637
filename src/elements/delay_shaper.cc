// SPDX-License-Identifier: Apache-2.0
#include "elements/delay_shaper.h"

#include "elements/time_sum.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass DelayShaper::kClass{"DelayShaper", "1/1", "l/l",
                                              graph::make_element<DelayShaper>};

void DelayShaper::configure(graph::Arguments& arguments) {
  arguments.required("DELAY", delay_).complete();
}

base::Status DelayShaper::initialize() {
  timer_.attach(schedule());
  empty_ = router().empty_signal(*this, 0);
  empty_.listen<graph::WakeListener>(*this);
  return {};
}

// Pulls and stamps the next packet if none is held; false when there is none.
bool DelayShaper::hold_next(base::Duration now) {
  Packet* packet = nullptr;
  if (held_ == nullptr && input(0).pull(&packet, 1) != 0) {
    held_.reset(packet);
    base::Duration& stamp = packet->notes.timestamp;
    stamp = later(stamp < base::seconds(1) ? now : stamp, delay_);
  }
  return held_ != nullptr;
}

std::size_t DelayShaper::pull(std::uint32_t, Packet** into, std::size_t max) {
  const base::Duration now = schedule().clock().since_epoch();
  std::size_t found = 0;
  while (found < max && hold_next(now) && held_->notes.timestamp <= now) {
    into[found++] = held_.release();
  }
  if (found != 0) {
    return found;
  }
  if (held_ != nullptr) {
    timer_.set_after(held_->notes.timestamp - now);
    ready_.sleep();
  } else if (!empty_.active()) {
    ready_.sleep();
  }
  return 0;
}

void DelayShaper::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "delay", delay_);
}

}  // namespace superfluid::elements
