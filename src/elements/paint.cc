// SPDX-License-Identifier: Apache-2.0
#include "elements/paint.h"

#include "elements/values.h"

namespace superfluid::elements {

const graph::ElementClass Paint::kClass{"Paint", "1/1", "a/a", graph::make_element<Paint>};

void Paint::configure(graph::Arguments& arguments) {
  arguments.required("COLOR", color_).positional("ANNO", note_).complete();
}

void Paint::add_handlers(graph::HandlerTable& handlers) { add_setting(handlers, "color", color_); }

}  // namespace superfluid::elements
