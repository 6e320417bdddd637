// SPDX-License-Identifier: Apache-2.0
// For tests: a graph from its text on a Driver of its own, and what it printed.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/text.h"
#include "elements/registry.h"
#include "hostgraph/driver.h"
#include "hostgraph/registry.h"

namespace superfluid::hostgraph {

class StringSink final : public graph::TextSink {
 public:
  void write(std::string_view piece) override { text += piece; }

  std::string text;
};

class TestGraph {
 public:
  explicit TestGraph(std::string_view text, const DriverOptions& options = {.simulated_time = true})
      : TestGraph(text, options, [](graph::Registry&) {}) {}

  template <typename AddElements>
  TestGraph(std::string_view text, const DriverOptions& options, AddElements add_elements) {
    elements::register_elements(registry);
    register_elements(registry);
    add_elements(registry);
    auto made = Driver::create(options);
    EXPECT_TRUE(made) << made.error().to_string();
    driver = std::move(*made);
    graph::Diagnostics diagnostics;
    const graph::FlatGraph flat = graph::elaborate("t", text, {registry, nullptr, {}}, diagnostics);
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

  // REQUIRES: problems is empty.
  End run() {
    EXPECT_EQ(problems, "");
    const auto end = driver->run(*router);
    EXPECT_TRUE(end) << end.error().to_string();
    return *end;
  }

  std::string read(std::string_view handler, std::string_view parameter = {}) {
    auto value = router->read(handler, parameter);
    return value ? *value : base::cat("error: ", value.error().to_string());
  }

  graph::Registry registry;
  StringSink out;
  StringSink err;
  std::unique_ptr<Driver> driver;
  std::unique_ptr<graph::Router> router;
  std::string problems;
};

}  // namespace superfluid::hostgraph
