// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/lint.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/text.h"
#include "elements/registry.h"

namespace superfluid::graphs {
namespace {

// Gives packets when asked, and tells nobody when it has some.
class Secretive final : public graph::Element {
 public:
  static const graph::ElementClass kClass;
};
const graph::ElementClass Secretive::kClass{"Secretive", "0/1", "l/l",
                                            graph::make_element<Secretive>};

struct Silence final : graph::TextSink {
  void write(std::string_view) override {}
};

// The findings about a graph that is right, a line each.
std::string found(std::string_view config) {
  graph::Registry registry;
  elements::register_elements(registry);
  registry.add(Secretive::kClass);
  graph::Diagnostics diagnostics;
  const graph::FlatGraph flat = graph::elaborate("t", config, {registry, nullptr, {}}, diagnostics);
  const base::ManualClock clock;
  Silence silence;
  const auto router = graph::Router::build(
      flat, registry, {.clock = clock, .output = silence, .errors = silence, .initialize = false},
      diagnostics);
  EXPECT_NE(router, nullptr);
  if (router != nullptr) {
    lint(*router, diagnostics);
  }
  std::string findings;
  for (const graph::Diagnostic& each : diagnostics.all()) {
    EXPECT_NE(each.severity, graph::Severity::kError) << each.message;
    findings += base::cat(each.message, "\n");
  }
  return findings;
}

TEST(Lint, FindsNothingWhereAllIsWell) {
  EXPECT_EQ(found("InfiniteSource -> Queue -> Unqueue -> Discard"), "");
  EXPECT_EQ(found("InfiniteSource -> Discard; Idle -> Idle"), "");
  EXPECT_EQ(found("InfiniteSource -> Null -> Queue -> Null -> Discard"), "");
}

TEST(Lint, FindsWhatNoPacketReaches) {
  EXPECT_EQ(found("Idle -> a :: Null -> Queue -> b :: Unqueue -> Idle"),
            "no packet can reach 'a :: Null'\nno packet can reach 'Queue@3 :: Queue'\n"
            "no packet can reach 'b :: Unqueue'\n");
  EXPECT_EQ(found("Idle -> d :: Discard"), "no packet can reach 'd :: Discard'\n");
}

TEST(Lint, FindsWhatIsConnectedToNothing) {
  EXPECT_EQ(found("i :: Idle; InfiniteSource -> Discard"), "'i :: Idle' is connected to nothing\n");
}

TEST(Lint, FindsWhoNeverRests) {
  const std::string why =
      " pulls where nobody tells when there are packets, so it never rests: a Queue on the path "
      "would\n";
  EXPECT_EQ(found("Secretive -> u :: Unqueue -> Discard"), "'u :: Unqueue'" + why);
  EXPECT_EQ(found("Secretive -> Null -> d :: Discard"), "'d :: Discard'" + why);
}

}  // namespace
}  // namespace superfluid::graphs
