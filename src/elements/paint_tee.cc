// SPDX-License-Identifier: Apache-2.0
#include "elements/paint_tee.h"

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass PaintTee::kClass{"PaintTee", "1/2", "a/ah",
                                           graph::make_element<PaintTee>};

void PaintTee::configure(graph::Arguments& arguments) {
  arguments.required("COLOR", color_).positional("ANNO", note_).complete();
}

Packet* PaintTee::act(Packet* packet) {
  if (note_.of(*packet) == color_) {
    if (Packet* copy = pool().share(*packet)) {
      output(1).push(copy);
    }
  }
  return packet;
}

void PaintTee::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "color", color_);
}

}  // namespace superfluid::elements
