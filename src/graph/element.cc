// SPDX-License-Identifier: Apache-2.0
#include "graph/element.h"

#include "base/check.h"
#include "graph/arguments.h"

namespace superfluid::graph {

void Element::configure(Arguments& arguments) { arguments.complete(); }

void Element::push(std::uint32_t /*port*/, Batch /*batch*/) {
  base::check(false, "an element with push inputs has push()");
}

std::size_t Element::pull(std::uint32_t /*port*/, Packet** /*into*/, std::size_t /*max*/) {
  base::check(false, "an element with pull outputs has pull()");
  return 0;
}

}  // namespace superfluid::graph
