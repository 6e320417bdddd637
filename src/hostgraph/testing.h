// SPDX-License-Identifier: Apache-2.0
// HostedGraph: for tests, a graph from its text on a Driver of its own, and what it printed.
//
//   HostedGraph graph("Script(wait 1s, print hello, stop)");
//   EXPECT_EQ(graph.run(), End::kStopped);
//   EXPECT_EQ(graph.out.text, "hello\n");
//
// No GoogleTest here, so that fuzzers may use it. What would make a test meaningless ends the
// program at once.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "hostgraph/driver.h"
#include "hostgraph/interfaces.h"
#include "os/mutex.h"

namespace superfluid::hostgraph::testing {

struct StringSink final : graph::TextSink {
  void write(std::string_view piece) override {
    const os::MutexLock lock(mutex);
    text += piece;
  }

  os::Mutex mutex;
  std::string text;  // to be read once nobody writes
};

class HostedGraph {
 public:
  using AddElements = std::function<void(graph::Registry&)>;

  explicit HostedGraph(std::string_view config,
                       const DriverOptions& options = {.simulated_time = true},
                       const AddElements& add_elements = {});

  // REQUIRES: problems is empty.
  End run();
  // Gives the graph the handler `hotconfig`; what is wrong with a text then comes as in problems.
  void allow_reconfiguration();
  // A handler's answer, or its error's message after "error: ".
  std::string read(std::string_view handler, std::string_view parameter = {});

  // In this order, so that the router goes first.
  graph::Registry registry;
  StringSink out;
  StringSink err;
  Interfaces interfaces;
  std::unique_ptr<Driver> driver;
  std::unique_ptr<graph::Router> router;
  std::string problems;  // "t:1: message", a line each

 private:
  std::unique_ptr<graph::Router> make(std::string_view config, graph::Router* replaces,
                                      std::string& complaints);
};

}  // namespace superfluid::hostgraph::testing
