// SPDX-License-Identifier: Apache-2.0
#include "elements/check_length.h"

#include "elements/values.h"

namespace superfluid::elements {

const graph::ElementClass CheckLength::kClass{"CheckLength", "1/1-2", "a/ah",
                                              graph::make_element<CheckLength>};

void CheckLength::configure(graph::Arguments& arguments) {
  arguments.required("LENGTH", length_).complete();
}

void CheckLength::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "length", length_);
}

}  // namespace superfluid::elements
