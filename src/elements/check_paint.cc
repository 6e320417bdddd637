// SPDX-License-Identifier: Apache-2.0
#include "elements/check_paint.h"

#include "elements/values.h"

namespace superfluid::elements {

const graph::ElementClass CheckPaint::kClass{"CheckPaint", "1/1-2", "a/ah",
                                             graph::make_element<CheckPaint>};

void CheckPaint::configure(graph::Arguments& arguments) {
  arguments.required("COLOR", color_).positional("ANNO", note_).complete();
}

void CheckPaint::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "color", color_);
}

}  // namespace superfluid::elements
