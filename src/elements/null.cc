// SPDX-License-Identifier: Apache-2.0
#include "elements/null.h"

namespace superfluid::elements {

const graph::ElementClass Null::kClass{"Null", "1/1", "a/a", graph::make_element<Null>};
const graph::ElementClass Null::kPushClass{"PushNull", "1/1", "h/h", graph::make_element<Null>};
const graph::ElementClass Null::kPullClass{"PullNull", "1/1", "l/l", graph::make_element<Null>};

}  // namespace superfluid::elements
