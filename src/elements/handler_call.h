// SPDX-License-Identifier: Apache-2.0
// HandlerCall: a write that an element is told to make when something happens: `q.reset`,
// `sw.switch 1`, or `stop`, which stops the graph.
//
// Invariants: bind() finds the handler or says why not; call() after that does what Router::write()
// would, and what the handler refuses is said on the router's errors.
//
// Threads: the router's.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "graph/router.h"

namespace superfluid::elements {

class HandlerCall {
 public:
  // `text` is "HANDLER [VALUE]"; names are seen from `owner`.
  base::Status bind(const graph::Element& owner, std::string_view text);
  void call(graph::Router& router) const { write(router, value_); }
  // The same, with `value` for the variable of that name.
  void call(graph::Router& router, std::string_view variable, std::string_view value) const;

 private:
  void write(graph::Router& router, std::string_view value) const;

  std::string handler_;  // with its element's full name
  std::string value_;
};

}  // namespace superfluid::elements
