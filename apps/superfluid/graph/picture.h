// SPDX-License-Identifier: Apache-2.0
// A graph as people see it: as SVG, as an outline of text, and as JSON.
//
// All three tell pushed from pulled connections, name ports where an element has several, and leave
// nothing out but the end of long configurations.
//
// The outline: elements in the order in which packets pass, one a line, branches further right.
//
//   src :: InfiniteSource(LIMIT 5)
//   → c :: IPClassifier(udp, -)
//   ├ 0 → q :: Queue
//   │   ⇢ Unqueue@4
//   └ 1 → Discard@5
//
// → is pushed to what follows, ⇢ is pulled by it; [1] before a name is the input, where it is not
// the only one.

#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "base/result.h"
#include "graph/router.h"
#include "superfluid/cli/terminal.h"

namespace superfluid::graphs {

// The routers may be ones that were not initialised.
base::Result<std::string> svg_of(const graph::Router& router);
std::string outline_of(const graph::Router& router, const cli::Terminal& terminal);
boost::json::object json_of(const graph::Router& router);

}  // namespace superfluid::graphs
