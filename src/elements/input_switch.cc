// SPDX-License-Identifier: Apache-2.0
#include "elements/input_switch.h"

#include <utility>

#include "elements/values.h"

namespace superfluid::elements {

const graph::ElementClass InputSwitch::kClass{"InputSwitch", "-/1", "h/h",
                                              graph::make_element<InputSwitch>};

void InputSwitch::configure(graph::Arguments& arguments) {
  arguments.positional("INPUT", input_).complete();
  if (std::cmp_greater_equal(input_, inputs())) {
    arguments.complain(base::cat("input must be < ", inputs()));
  }
}

void InputSwitch::push(std::uint32_t port, graph::Batch batch) {
  if (std::cmp_equal(port, input_)) {
    output(0).push(batch);
  } else {
    batch.release();
  }
}

void InputSwitch::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "switch", input_);
  handlers.write("switch", [this](std::string_view text) -> base::Status {
    std::int32_t input = 0;
    SF_CHECKED(graph::parse_handler_value(text, input));
    input_ = std::cmp_less(input, inputs()) ? input : -1;
    return {};
  });
  add_value(handlers, "config", input_);
}

}  // namespace superfluid::elements
