// SPDX-License-Identifier: Apache-2.0
// What the graph commands share: the configuration that a command line names, and what is wrong
// with it.

#pragma once

#include <boost/json/array.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/router.h"
#include "hostgraph/interfaces.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::graphs {

struct Configuration {
  graph::Registry registry;  // of all elements, those that need Linux too
  std::vector<std::pair<std::string, std::string>> parameters;
  graph::Source source;
  graph::FlatGraph graph;
  graph::Diagnostics diagnostics;
  hostgraph::Interfaces interfaces;
};

// From the option --expression, or from the file named first; the other arguments are parameters,
// NAME=VALUE. The Error is about reading alone: what the text says is judged by `diagnostics`.
base::Result<Configuration> read_configuration(const cli::Invocation& invocation);

// Reads another source with the same classes and parameters: graph and diagnostics are then its.
void read_instead(Configuration& configuration, graph::Source source);

struct Silence final : graph::TextSink {
  void write(std::string_view) override {}
};

// The graph joined and configured, with nothing opened and not to be run; nullptr when that failed,
// for reasons in `diagnostics`. Configuration, clock and silence outlive it.
std::unique_ptr<graph::Router> build_to_look_at(Configuration& configuration,
                                                const base::Clock& clock, Silence& silence,
                                                std::size_t threads = 1);

// All errors in one Error, each a cause with its place, and the first remedy that is known.
base::Error error_of(const Configuration& configuration);

// A diagnostic on one line.
std::string line_of(const graph::Diagnostic& diagnostic);

// For people: a line each; on a terminal with the line of the text and a caret below the place.
std::string text_of(const Configuration& configuration, const cli::Terminal& terminal);
boost::json::array json_of(const Configuration& configuration);

}  // namespace superfluid::graphs
