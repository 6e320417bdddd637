// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/check.h"

#include <algorithm>
#include <boost/json/object.hpp>

#include "base/text.h"
#include "os/clock.h"
#include "superfluid/graph/configuration.h"
#include "superfluid/graph/lint.h"

namespace superfluid::graphs {

using base::cat;

namespace {

std::string counted(std::size_t count, std::string_view what) {
  return cat(count, " ", what, count == 1 ? "" : "s");
}

std::size_t warnings_of(const graph::Diagnostics& diagnostics) {
  return static_cast<std::size_t>(std::ranges::count(diagnostics.all(), graph::Severity::kWarning,
                                                     &graph::Diagnostic::severity));
}

}  // namespace

base::Status run_check(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(checked, read_configuration(invocation));
  graph::Diagnostics& diagnostics = checked.diagnostics;
  if (diagnostics.errors() == 0) {
    const os::SystemClock clock;
    Silence silence;
    const auto router =
        build_to_look_at(checked, clock, silence, invocation.number("threads").value_or(1));
    if (router != nullptr) {
      lint(*router, diagnostics);
    }
  }
  const std::size_t warnings = warnings_of(diagnostics);
  if (output.json()) {
    output.result({{"elements", checked.graph.elements.size()},
                   {"connections", checked.graph.connections.size()},
                   {"errors", diagnostics.errors()},
                   {"warnings", warnings},
                   {"findings", json_of(checked)}});
  } else {
    output.text(text_of(checked, output.terminal()));
    output.text(cat(cli::printable(checked.source.name), ": ",
                    counted(checked.graph.elements.size(), "element"), ", ",
                    counted(checked.graph.connections.size(), "connection"), ", ",
                    counted(diagnostics.errors(), "error"), ", ", counted(warnings, "warning"),
                    "\n"));
  }
  if (diagnostics.errors() != 0) {
    output.exit_with(cli::Exit::kFailed);
  }
  return {};
}

base::Status run_flatten(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(read, read_configuration(invocation));
  if (read.diagnostics.errors() != 0) {
    return base::pass(error_of(read));
  }
  if (!output.json()) {
    output.text(graph::unparse(read.graph));
    return {};
  }
  boost::json::array elements;
  for (const graph::FlatElement& element : read.graph.elements) {
    elements.push_back({{"name", cli::printable(element.name)},
                        {"class", cli::printable(element.class_name)},
                        {"config", cli::printable_lines(element.config)},
                        {"file", cli::printable(read.diagnostics.files().name(element.at.file))},
                        {"line", element.at.line},
                        {"column", element.at.column}});
  }
  boost::json::array connections;
  for (const graph::FlatConnection& each : read.graph.connections) {
    connections.push_back({{"from", cli::printable(read.graph.elements[each.from].name)},
                           {"from_port", each.from_port},
                           {"to", cli::printable(read.graph.elements[each.to].name)},
                           {"to_port", each.to_port}});
  }
  output.result({{"elements", std::move(elements)}, {"connections", std::move(connections)}});
  return {};
}

}  // namespace superfluid::graphs
