// SPDX-License-Identifier: Apache-2.0
// match_ports(): which output goes to which input in `a [0,1], b => [1] c, d`.
//
// The rules are Click's. A side with one port is repeated for every port of the other; two sides of
// many are paired one to one, which needs `=>`. One open-ended list (`[1,]`), or with `=>` one
// element without ports, takes as many as the other side has.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/syntax.h"

namespace superfluid::graph {

struct ElementPorts {
  std::uint32_t element;
  const PortList* ports;
};

struct ElementPort {
  std::uint32_t element;
  std::uint32_t port;

  friend bool operator==(const ElementPort&, const ElementPort&) = default;
};

struct PortMatch {
  std::vector<std::pair<ElementPort, ElementPort>> pairs;
  std::vector<std::string> complaints;
};

// REQUIRES: neither side is empty.
PortMatch match_ports(const std::vector<ElementPorts>& outputs,
                      const std::vector<ElementPorts>& inputs, bool double_arrow);

}  // namespace superfluid::graph
