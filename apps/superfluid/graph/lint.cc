// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/lint.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "graph/port_spec.h"

namespace superfluid::graphs {

using base::cat;
using graph::Element;

namespace {

class Linter {
 public:
  Linter(const graph::Router& router, graph::Diagnostics& diagnostics)
      : router_(router),
        flat_(router.graph()),
        diagnostics_(diagnostics),
        leaving_(flat_.elements.size()),
        reached_(flat_.elements.size()) {
    for (std::size_t i = 0; i < flat_.connections.size(); ++i) {
      leaving_[flat_.connections[i].from].push_back(i);
    }
    for (std::size_t i = 0; i < flat_.elements.size(); ++i) {
      reached_[i].resize(element(i).inputs());
    }
  }

  void run() {
    spread_from_sources();
    for (std::size_t i = 0; i < flat_.elements.size(); ++i) {
      const bool connected = element(i).inputs() != 0 || element(i).outputs() != 0;
      if (!connected) {
        complain_unconnected(i);
      } else if (!reached_[i].empty() && !any_reached(i) && !is_idle(i)) {
        diagnostics_.warning(flat_.elements[i].at, cat("no packet can reach ", shown(i)));
      }
      complain_restless(i);
    }
  }

 private:
  const Element& element(std::size_t i) const { return *router_.elements()[i]; }
  std::string_view flow(std::size_t i) const { return element(i).element_class().flow; }
  // Idle's outputs give nothing, and what reaches it goes nowhere: it is there to close ports.
  bool is_idle(std::size_t i) const { return element(i).element_class().name == "Idle"; }
  bool any_reached(std::size_t i) const {
    return std::ranges::find(reached_[i], true) != reached_[i].end();
  }
  std::string shown(std::size_t i) const {
    return cat("'", flat_.elements[i].name, " :: ", flat_.elements[i].class_name, "'");
  }

  // Packets come from outputs that no input leads to.
  bool is_source(std::size_t i, std::uint32_t output) const {
    for (std::uint32_t in = 0; in < element(i).inputs(); ++in) {
      if (graph::flows(flow(i), in, output)) {
        return false;
      }
    }
    return !is_idle(i);
  }

  void spread_from_sources() {
    std::vector<std::size_t> open;  // connections that carry packets
    for (std::size_t i = 0; i < flat_.elements.size(); ++i) {
      for (const std::size_t c : leaving_[i]) {
        if (is_source(i, flat_.connections[c].from_port)) {
          open.push_back(c);
        }
      }
    }
    while (!open.empty()) {
      const graph::FlatConnection& connection = flat_.connections[open.back()];
      open.pop_back();
      if (reached_[connection.to][connection.to_port]) {
        continue;
      }
      reached_[connection.to][connection.to_port] = true;
      for (const std::size_t c : leaving_[connection.to]) {
        if (graph::flows(flow(connection.to), connection.to_port, flat_.connections[c].from_port)) {
          open.push_back(c);
        }
      }
    }
  }

  void complain_unconnected(std::size_t i) {
    const graph::PortCounts counts = graph::parse_port_counts(element(i).element_class().ports);
    if (counts.inputs_max != 0 || counts.outputs_max != 0) {
      diagnostics_.warning(flat_.elements[i].at, cat(shown(i), " is connected to nothing"));
    }
  }

  // Only who pulls by itself can be restless: one that is pulled asks when it is asked.
  void complain_restless(std::size_t i) {
    for (std::uint32_t in = 0; in < element(i).inputs(); ++in) {
      const bool pulls = element(i).input(in).connected();
      const bool asked =
          pulls && std::ranges::any_of(leaving_[i], [&](std::size_t c) {
            const std::uint32_t port = flat_.connections[c].from_port;
            return !element(i).output(port).connected() && graph::flows(flow(i), in, port);
          });
      if (pulls && !asked && !router_.empty_signal(element(i), in).known()) {
        diagnostics_.warning(
            flat_.elements[i].at,
            cat(shown(i),
                " pulls where nobody tells when there are packets, so it never rests: "
                "a Queue on the path would"));
      }
    }
  }

  const graph::Router& router_;
  const graph::FlatGraph& flat_;
  graph::Diagnostics& diagnostics_;
  std::vector<std::vector<std::size_t>> leaving_;  // connections of each element
  std::vector<std::vector<bool>> reached_;         // inputs of each element
};

}  // namespace

void lint(const graph::Router& router, graph::Diagnostics& diagnostics) {
  Linter(router, diagnostics).run();
}

}  // namespace superfluid::graphs
