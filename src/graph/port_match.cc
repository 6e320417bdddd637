// SPDX-License-Identifier: Apache-2.0
#include "graph/port_match.h"

#include <algorithm>

#include "base/text.h"

namespace superfluid::graph {
namespace {

struct Side {
  std::size_t least = 0;       // ports it has without growing
  std::size_t open_ended = 0;  // how many of its lists can grow
  bool grows_bare = false;     // its one element, without ports, grows from 0

  bool grows() const { return open_ended > 0 || grows_bare; }
  bool steps() const { return least > 1 || grows(); }
  std::size_t lacks(const Side& other) const {
    return grows() && other.least > least ? other.least - least : 0;
  }
};

Side measure(const std::vector<ElementPorts>& list) {
  Side side;
  for (const ElementPorts& entry : list) {
    side.least += std::max<std::size_t>(1, entry.ports->ports.size());
    side.open_ended += entry.ports->open_ended ? 1 : 0;
  }
  return side;
}

// The side's ports in order; the first that may grow is followed by `more` of them.
std::vector<ElementPort> enumerate(const std::vector<ElementPorts>& list, const Side& side,
                                   std::size_t more) {
  std::vector<ElementPort> ports;
  ports.reserve(side.least + more);
  for (const ElementPorts& entry : list) {
    for (const std::uint32_t port : entry.ports->ports) {
      ports.push_back({entry.element, port});
    }
    if (!entry.ports->written()) {
      ports.push_back({entry.element, 0});
    }
    if (entry.ports->open_ended || (side.grows_bare && !entry.ports->written())) {
      for (; more > 0; --more) {
        ports.push_back({entry.element, ports.back().port + 1});
      }
    }
  }
  return ports;
}

}  // namespace

PortMatch match_ports(const std::vector<ElementPorts>& outputs,
                      const std::vector<ElementPorts>& inputs, bool double_arrow) {
  PortMatch match;
  Side from = measure(outputs);
  Side to = measure(inputs);
  if (from.open_ended + to.open_ended > 1) {
    match.complaints.emplace_back("at most one expandable port allowed per connection");
    (to.least < from.least ? from : to).open_ended = 0;
  }
  if (double_arrow) {
    from.grows_bare = from.least == 1 && to.least > 1 && !outputs[0].ports->written();
    to.grows_bare = to.least == 1 && from.least > 1 && !inputs[0].ports->written();
  }
  const std::vector<ElementPort> sources = enumerate(outputs, from, from.lacks(to));
  const std::vector<ElementPort> sinks = enumerate(inputs, to, to.lacks(from));
  if (from.steps() && to.steps()) {
    if (!double_arrow) {
      match.complaints.emplace_back("syntax error: many-to-many connections require '=>'");
    }
    if (sources.size() != sinks.size()) {
      match.complaints.push_back(base::cat("connection mismatch: ", from.least,
                                           from.grows() ? " or more" : "", " outputs connected to ",
                                           to.least, to.grows() ? " or more" : "", " inputs"));
    }
  }
  const bool pairwise = from.steps() == to.steps();
  const std::size_t count =
      pairwise ? std::min(sources.size(), sinks.size()) : std::max(sources.size(), sinks.size());
  for (std::size_t i = 0; i < count; ++i) {
    match.pairs.emplace_back(sources[pairwise || from.steps() ? i : 0],
                             sinks[pairwise || to.steps() ? i : 0]);
  }
  return match;
}

}  // namespace superfluid::graph
