// SPDX-License-Identifier: Apache-2.0
#include "elements/pull_switch.h"

#include <utility>

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

void StaticPullSwitch::select(std::int32_t input) {
  input_ = std::cmp_less(input, inputs()) && input >= 0 ? input : -1;
}

const graph::ElementClass StaticPullSwitch::kClass{"StaticPullSwitch", "-/1", "l/l",
                                                   graph::make_element<StaticPullSwitch>};

void StaticPullSwitch::configure(graph::Arguments& arguments) {
  arguments.required("INPUT", input_).complete();
  select(input_);
}

const graph::ElementClass SimplePullSwitch::kClass{"SimplePullSwitch", "-/1", "l/l",
                                                   graph::make_element<SimplePullSwitch>};

void SimplePullSwitch::configure(graph::Arguments& arguments) {
  arguments.positional("INPUT", input_).complete();
  select(input_);
}

void SimplePullSwitch::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "switch", input_);
  handlers.write("switch", [this](std::string_view text) -> base::Status {
    std::int32_t input = 0;
    SF_CHECKED(graph::parse_handler_value(text, input));
    select(input);
    selected();
    return {};
  });
  add_value(handlers, "config", input_);
}

const graph::ElementClass PullSwitch::kClass{"PullSwitch", "-/1", "l/l",
                                             graph::make_element<PullSwitch>};

void PullSwitch::configure(graph::Arguments& arguments) {
  SimplePullSwitch::configure(arguments);
  if (input_ < 0) {
    nonempty_.sleep();
  }
}

base::Status PullSwitch::initialize() {
  for (std::uint32_t i = 0; i < inputs(); ++i) {
    signals_.push_back(router().empty_signal(*this, i));
    signals_.back().listen<graph::WakeListener>(*this);
  }
  return {};
}

std::size_t PullSwitch::pull(std::uint32_t port, graph::Packet** into, std::size_t max) {
  const std::size_t found = SimplePullSwitch::pull(port, into, max);
  if (found == 0 && !may_have_packets()) {
    nonempty_.sleep();
  }
  return found;
}

}  // namespace superfluid::elements
