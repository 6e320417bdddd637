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
  router = make(config, nullptr, problems);
}

std::unique_ptr<graph::Router> HostedGraph::make(std::string_view config, graph::Router* replaces,
                                                 std::string& complaints) {
  graph::Diagnostics diagnostics;
  const graph::FlatGraph flat = graph::elaborate("t", config, {registry, nullptr, {}}, diagnostics);
  std::unique_ptr<graph::Router> made;
  if (diagnostics.errors() == 0) {
    made = graph::Router::build(flat, registry,
                                {.clock = driver->clock(),
                                 .output = out,
                                 .errors = err,
                                 .random_seed = driver->next_seed(),
                                 .lanes = driver->threads(),
                                 .host = driver.get(),
                                 .interfaces = &interfaces,
                                 .replaces = replaces},
                                diagnostics);
  }
  for (const graph::Diagnostic& each : diagnostics.all()) {
    complaints += base::cat(diagnostics.where(each.at, false), ": ", each.message, "\n");
  }
  return made;
}

void HostedGraph::allow_reconfiguration() {
  const auto rebuild = [this](
                           std::string_view text,
                           graph::Router& running) -> base::Result<std::unique_ptr<graph::Router>> {
    std::string complaints;
    auto made = make(text, &running, complaints);
    if (made == nullptr) {
      return base::fail(base::ErrorCode::kInvalid, complaints);
    }
    return made;
  };
  driver->allow_reconfiguration(*router, rebuild);
}

End HostedGraph::run() {
  base::check(router != nullptr, problems.c_str());
  const auto end = driver->run(router);
  base::check(end.has_value(), "a test's graph can be driven");
  return *end;
}

std::string HostedGraph::read(std::string_view handler, std::string_view parameter) {
  auto value = router->read(handler, parameter);
  return value ? *value : base::cat("error: ", value.error().to_string());
}

}  // namespace superfluid::hostgraph::testing
