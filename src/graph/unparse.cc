// SPDX-License-Identifier: Apache-2.0
// A flat graph as text: declarations first, then connections in chains as long as they can be.
#include <algorithm>

#include "base/hash_map.h"
#include "base/text.h"
#include "graph/elaborate.h"

namespace superfluid::graph {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// For each connection the one that carries its chain on: the first that leaves port 0 of where it
// goes, if it goes to port 0 itself, and if possible to a port 0 again.
std::vector<std::size_t> successors(const std::vector<FlatConnection>& connections) {
  base::HashMap<std::uint32_t, std::size_t> leaving_port_0;
  for (std::size_t i = connections.size(); i-- > 0;) {
    const FlatConnection& connection = connections[i];
    if (connection.from_port != 0) {
      continue;
    }
    const auto [place, fresh] = leaving_port_0.try_emplace(connection.from, i);
    const bool better = connection.to_port == 0 || connections[*place].to_port != 0;
    if (!fresh && better) {
      *place = i;
    }
  }
  std::vector<std::size_t> next(connections.size(), kNone);
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const std::size_t* follower = leaving_port_0.find(connections[i].to);
    if (connections[i].to_port == 0 && follower != nullptr && *follower != i) {
      next[i] = *follower;
    }
  }
  return next;
}

void print_chain(const FlatGraph& graph, const std::vector<std::size_t>& next, std::size_t first,
                 std::vector<bool>& printed, std::string& out) {
  const FlatConnection& head = graph.connections[first];
  out += graph.elements[head.from].name;
  if (head.from_port != 0) {
    out += base::cat(" [", head.from_port, "]");
  }
  for (std::size_t i = first; i != kNone && !printed[i]; i = next[i]) {
    const FlatConnection& connection = graph.connections[i];
    out += i == first ? " -> " : "\n    -> ";
    if (connection.to_port != 0) {
      out += base::cat("[", connection.to_port, "] ");
    }
    out += graph.elements[connection.to].name;
    printed[i] = true;
  }
  out += ";\n";
}

}  // namespace

std::string unparse(const FlatGraph& graph) {
  std::string out;
  if (graph.compact) {
    out += "require(compact_config);\n";
  }
  for (const std::string& package : graph.packages) {
    out += base::cat("require(package ", package, ");\n");
  }
  if (!out.empty()) {
    out += '\n';
  }
  for (const FlatElement& element : graph.elements) {
    out += base::cat(element.name, " :: ", element.class_name);
    if (!element.config.empty()) {
      out += base::cat("(", element.config, ")");
    }
    out += ";\n";
  }
  if (!graph.elements.empty() && !graph.connections.empty()) {
    out += '\n';
  }
  const std::vector<std::size_t> next = successors(graph.connections);
  std::vector<bool> begins(graph.connections.size(), true);
  for (const std::size_t i : next) {
    if (i != kNone) {
      begins[i] = false;
    }
  }
  std::vector<bool> printed(graph.connections.size(), false);
  for (const bool only_beginnings :
       {true, false}) {  // what is left after the first round are cycles
    for (std::size_t i = 0; i < begins.size(); ++i) {
      if (!printed[i] && (begins[i] || !only_beginnings)) {
        print_chain(graph, next, i, printed, out);
      }
    }
  }
  return out;
}

}  // namespace superfluid::graph
