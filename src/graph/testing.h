// SPDX-License-Identifier: Apache-2.0
// TestGraph: a graph under a clock that only the test moves. elements/testing.h has the one that
// knows the element library.
//
//   TestGraph graph("in :: Inject -> Strip(2) -> out :: Capture", registry);
//   ASSERT_EQ(graph.problems(), "");
//   graph.send("in", {"abcd", "efgh"});
//   EXPECT_EQ(graph.texts("out"), "cd|gh");
//
// Three element classes exist here only:
//   Inject       no input, 1 output. Pushing, it sends at once what send() gives it, in batches of
//                the router's size; pulled from, it gives that away when asked.
//   Capture      any number of inputs, no output, push. What it gets is copied and released.
//   PullCapture  the same, pull: it asks when pull() says so.
// Capture's and PullCapture's input is found in Sample::port.
//
// Invariants
//   1. Captured packets are released at once: what held() counts, elements hold (or Inject, when
//      pulled from).
//   2. A packet that is lost ends the program: destroying a graph checks its pool.
//   3. With `shared`, each sent packet has a second owner who aborts the program if an element
//      writes to bytes that are not its own.
//
// No GoogleTest here, so that fuzzers and benchmarks may use it. What would make a test meaningless
// (an unknown element's name) ends the program at once.
//
// Built as a library of its own, which programs of tests link; no product holds it.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "graph/element.h"
#include "graph/router.h"

namespace superfluid::graph::testing {

// A packet outside of any pool: what is sent, and what was captured.
struct Sample {
  Sample() = default;
  Sample(std::vector<std::uint8_t> with) : bytes(std::move(with)) {}
  Sample(std::string_view text) : bytes(text.begin(), text.end()) {}
  Sample(const std::string& text) : Sample(std::string_view(text)) {}
  Sample(const char* text) : Sample(std::string_view(text)) {}

  std::string_view text() const { return base::text_of(bytes); }

  std::vector<std::uint8_t> bytes;
  Annotations notes;
  // Where headers begin, counted from the first byte; they may lie in front of it.
  std::optional<std::int32_t> mac;
  std::optional<std::int32_t> network;
  std::optional<std::int32_t> transport;
  std::uint32_t port = 0;
};

struct TestGraphOptions {
  std::size_t batch_max = kBatchMax;
  std::size_t packets_max = PacketPool::kPacketsMaxDefault;
  std::size_t lanes = 1;                                // they take turns in the test's thread
  base::Duration epoch = base::seconds(1'000'000'000);  // the time of day when the test begins
  std::uint32_t headroom = kHeadroom;                   // of packets that are sent
  bool shared = false;
};

class TestGraph {
 public:
  // `registry` holds the classes of add_test_classes() too.
  TestGraph(std::string_view config, const Registry& registry,
            const TestGraphOptions& options = {});
  // Live reconfiguration: this text takes the place of the graph that runs. False, and that graph
  // goes on, when something is wrong with it; problems() are then the text's. REQUIRES: built().
  bool replace(std::string_view config);
  TestGraph(const TestGraph&) = delete;
  TestGraph& operator=(const TestGraph&) = delete;
  ~TestGraph();

  // What was wrong with the text, a line each: "t:1:5: message"; empty when it was built.
  const std::string& problems() const { return problems_; }
  bool built() const { return router_ != nullptr; }
  // REQUIRES, like all below: built().
  Router& router();
  Element& element(std::string_view name);

  // Runs rounds (of all lanes) until nothing is left to do at this time, or `rounds_max` were run;
  // how many it was. A task that never sleeps, such as an unlimited source, uses all of them.
  std::size_t run(std::size_t rounds_max = 100);
  // Moves the clock, stopping and running at each timer that comes due on the way, and at the end.
  void advance(base::Duration by, std::size_t rounds_max = 100);

  // Through the named Inject; run() afterwards where tasks are to move the packets on.
  void send(std::string_view inject, const std::vector<Sample>& samples);
  // The named PullCapture asks for up to `max` packets; how many it got.
  std::size_t pull(std::string_view capture, std::size_t max, std::uint32_t port = 0);

  // All that came to a Capture or PullCapture so far, in order of arrival.
  const std::vector<Sample>& captured(std::string_view capture);
  // Their bytes as text, with '|' between packets.
  std::string texts(std::string_view capture);
  void forget(std::string_view capture);

  // What elements printed, and what they complained about, since the last call.
  std::string output() { return std::exchange(output_.text, {}); }
  std::string errors() { return std::exchange(errors_.text, {}); }

  // A handler's answer, or its error's message after "error: ".
  std::string read(std::string_view handler, std::string_view parameter = {});
  // Empty when the handler accepted the value, else its error's message after "error: ".
  std::string write(std::string_view handler, std::string_view value = {});

  // In all lanes, but for what is between two of them.
  std::size_t held();
  base::ManualClock& clock() { return clock_; }

 private:
  struct Text final : TextSink {
    void write(std::string_view more) override { text += more; }
    std::string text;
  };

  std::unique_ptr<Router> make(std::string_view config, Router* replaces);
  bool run_round();
  std::optional<base::Instant> next_timer();

  const Registry& registry_;
  TestGraphOptions options_;
  base::ManualClock clock_;
  Text output_;
  Text errors_;
  std::string problems_;
  std::unique_ptr<Router> router_;
};

void add_test_classes(Registry& registry);

}  // namespace superfluid::graph::testing
