// SPDX-License-Identifier: Apache-2.0
#include "elements/shaper.h"

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass Shaper::kClass{"Shaper", "1/1-2", "l/l", graph::make_element<Shaper>};
const graph::ElementClass BandwidthShaper::kClass{"BandwidthShaper", "1/1-2", "l/l",
                                                  graph::make_element<BandwidthShaper>};

void AnyShaper::configure(graph::Arguments& arguments) {
  arguments.required("RATE", rate_).complete();
  pacer_.set_rate(rate_.per_second);
}

base::Status AnyShaper::initialize() {
  timer_.attach(schedule());
  empty_ = router().empty_signal(*this, 0);
  empty_.listen<graph::WakeListener>(*this);
  return {};
}

std::size_t AnyShaper::pull(std::uint32_t port, Packet** into, std::size_t max) {
  const std::int64_t allowance = pacer_.allowance(schedule().now());
  if (port == 0) {
    return pull_paced(into, max, allowance);
  }
  return allowance > 0 ? 0 : input(0).pull(into, max);
}

std::size_t AnyShaper::pull_paced(Packet** into, std::size_t max, std::int64_t allowance) {
  std::size_t found = 0;
  std::int64_t taken = 0;
  while (found < max && taken < allowance && input(0).pull(into + found, 1) != 0) {
    taken += units_of(*into[found], rate_.unit);
    ++found;
  }
  pacer_.take(taken);
  if (found == 0) {
    rest(allowance);
  }
  return found;
}

// After a pull that gave nothing.
void AnyShaper::rest(std::int64_t allowance) {
  if (allowance > 0) {
    if (!empty_.active()) {
      ready_.sleep();
    }
    return;
  }
  ready_.sleep();
  if (pacer_.rate() != 0) {
    timer_.set(pacer_.next());
  }
}

void AnyShaper::start_anew() {
  timer_.cancel();
  ready_.wake();
}

void AnyShaper::take_state(graph::Element& old) {
  const auto& before = static_cast<const AnyShaper&>(old);
  if (pacer_.rate() == before.pacer_.rate()) {
    pacer_ = before.pacer_;
  }
}

void AnyShaper::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "rate", rate_, [this] {
    pacer_.set_rate(rate_.per_second);
    start_anew();
  });
  add_value(handlers, "config", rate_);
  add_button(handlers, "reset", [this] {
    pacer_.reset();
    start_anew();
  });
}

}  // namespace superfluid::elements
