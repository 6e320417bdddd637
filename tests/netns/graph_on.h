// SPDX-License-Identifier: Apache-2.0
// GraphOn: a graph in the namespace of a NetLab's host, driven by the test.
//
//   GraphOn graph(b, "FromDevice(eth0) -> c :: Counter -> Discard");
//   a.send("eth0", frame);
//   ASSERT_TRUE(graph.run_until_reads("c.count", "1"));

#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string_view>

#include "hostgraph/testing.h"
#include "netns/lab.h"
#include "os/clock.h"

namespace superfluid::testing {

class GraphOn {
 public:
  GraphOn(Host& host, std::string_view config, const hostgraph::DriverOptions& options = {}) {
    const auto made = host.netns().run([&]() -> base::Status {
      graph_.emplace(config, options);
      return {};
    });
    EXPECT_TRUE(made.has_value());
    EXPECT_EQ(graph_->problems, "");
  }

  hostgraph::testing::HostedGraph& operator*() { return *graph_; }
  hostgraph::testing::HostedGraph* operator->() { return &*graph_; }

  // As a live reconfiguration does.
  void replace(std::string_view config) {
    graph::Diagnostics diagnostics;
    const graph::FlatGraph flat =
        graph::elaborate("u", config, {graph_->registry, nullptr, {}}, diagnostics);
    auto next = graph::Router::build(flat, graph_->registry,
                                     {.clock = graph_->driver->clock(),
                                      .output = graph_->out,
                                      .errors = graph_->err,
                                      .host = graph_->driver.get(),
                                      .replaces = graph_->router.get()},
                                     diagnostics);
    ASSERT_NE(next, nullptr);
    next->take_over();
    graph_->router = std::move(next);
  }

  // Runs until `done`, as the driver would; false when that takes longer than a test can wait.
  bool run_until(const std::function<bool()>& done) {
    const os::SystemClock clock;
    const base::Instant deadline = clock.now() + Host::kDeadline;
    while (!done()) {
      const bool busy = graph_->router->run_round();
      const auto wait = busy ? base::Duration() : base::milliseconds(5);
      EXPECT_TRUE(graph_->driver->loop().turn(wait).has_value());
      if (clock.now() > deadline) {
        return false;
      }
    }
    return true;
  }
  bool run_until_reads(std::string_view handler, std::string_view value) {
    const bool reached = run_until([&] { return graph_->read(handler) == value; });
    EXPECT_EQ(graph_->read(handler), value);
    return reached;
  }

 private:
  std::optional<hostgraph::testing::HostedGraph> graph_;
};

}  // namespace superfluid::testing
