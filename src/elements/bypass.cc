// SPDX-License-Identifier: Apache-2.0
#include "elements/bypass.h"

#include "elements/values.h"

namespace superfluid::elements {

const graph::ElementClass Bypass::kClass{"Bypass", "1-2/1-2", "a/a", graph::make_element<Bypass>,
                                         "xy/[xy]x"};

void Bypass::configure(graph::Arguments& arguments) {
  bool stays = true;
  arguments.positional("ACTIVE", active_).keyword("INLINE", stays).complete();
}

void Bypass::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "active", active_);
}

}  // namespace superfluid::elements
