// SPDX-License-Identifier: Apache-2.0
#include "elements/switch.h"

#include <utility>

#include "elements/values.h"

namespace superfluid::elements {

void OneOutput::push(std::uint32_t, graph::Batch batch) {
  if (output_ >= 0) {
    output(static_cast<std::uint32_t>(output_)).push(batch);
  } else {
    batch.release();
  }
}

void OneOutput::select(std::int32_t output) {
  output_ = std::cmp_less(output, outputs()) && output >= 0 ? output : -1;
}

const graph::ElementClass Switch::kClass{"Switch", "1/-", "h/h", graph::make_element<Switch>};

void Switch::configure(graph::Arguments& arguments) {
  std::int32_t output = 0;
  arguments.positional("OUTPUT", output).complete();
  if (std::cmp_greater_equal(output, outputs())) {
    arguments.complain(base::cat("output must be < ", outputs()));
  }
  select(output);
}

void Switch::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "switch", output_);
  handlers.write("switch", [this](std::string_view text) -> base::Status {
    std::int32_t output = 0;
    SF_CHECKED(graph::parse_handler_value(text, output));
    select(output);
    return {};
  });
  add_value(handlers, "config", output_);
}

const graph::ElementClass StaticSwitch::kClass{"StaticSwitch", "1/-", "h/h",
                                               graph::make_element<StaticSwitch>};

void StaticSwitch::configure(graph::Arguments& arguments) {
  std::int32_t output = 0;
  arguments.required("OUTPUT", output).complete();
  select(output);
}

}  // namespace superfluid::elements
