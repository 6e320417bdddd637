// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/testing.h"

#include "base/check.h"
#include "base/text.h"
#include "elements/registry.h"
#include "hostgraph/registry.h"

namespace superfluid::hostgraph::testing {

HostedGraph::HostedGraph(std::string_view config, const DriverOptions& options,
                         const AddElements& add_elements) {
  elements::register_elements(registry);
  register_elements(registry);
  if (add_elements) {
    add_elements(registry);
  }
  auto made = Driver::create(options);
  base::check(made.has_value(), "a test can have a Driver");
  driver = std::move(*made);
  graph::Diagnostics diagnostics;
  const graph::FlatGraph flat = graph::elaborate("t", config, {registry, nullptr, {}}, diagnostics);
  if (diagnostics.errors() == 0) {
    router = graph::Router::build(
        flat, registry,
        {.clock = driver->clock(), .output = out, .errors = err, .host = driver.get()},
        diagnostics);
  }
  for (const graph::Diagnostic& each : diagnostics.all()) {
    problems += base::cat(diagnostics.where(each.at, false), ": ", each.message, "\n");
  }
}

End HostedGraph::run() {
  base::check(router != nullptr, problems.c_str());
  const auto end = driver->run(*router);
  base::check(end.has_value(), "a test's graph can be driven");
  return *end;
}

std::string HostedGraph::read(std::string_view handler, std::string_view parameter) {
  auto value = router->read(handler, parameter);
  return value ? *value : base::cat("error: ", value.error().to_string());
}

}  // namespace superfluid::hostgraph::testing
