// SPDX-License-Identifier: Apache-2.0
#include "elements/truncate.h"

#include "elements/values.h"

namespace superfluid::elements {

const graph::ElementClass Truncate::kClass{"Truncate", "1/1", "a/a", graph::make_element<Truncate>};

void Truncate::configure(graph::Arguments& arguments) {
  arguments.required("LENGTH", length_).keyword("EXTRA_LENGTH", note_).complete();
}

void Truncate::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "nbytes", length_);
}

}  // namespace superfluid::elements
