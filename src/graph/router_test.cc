// SPDX-License-Identifier: Apache-2.0
// Building: what is refused, with which words; and what a built router does: joined ports, signals,
// loops, handlers.
#include "graph/router.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/testing.h"

namespace superfluid::graph {
namespace {

using testing::TestGraph;

// Any number of ports; what comes in at one leaves at the output of the same number, or at the
// last. Agnostic, unlike the classes below, whose codes differ.
class Pass : public Element {
 public:
  void configure(Arguments& arguments) override {
    arguments.positional("FIRST", first_).keyword("SECOND", second_).complete();
  }
  base::Status initialize() override {
    if (first_ == 13) {
      return base::fail(base::ErrorCode::kFailed, "thirteen");
    }
    return {};
  }
  void add_handlers(HandlerTable& handlers) override {
    handlers.value("first", [this] { return first_; });
    handlers.write("first",
                   [this](std::string_view text) { return parse_handler_value(text, first_); });
    handlers.write("poke", [](std::string_view) -> base::Status { return {}; });
    handlers.read("echo", [](std::string_view text) -> base::Result<std::string> {
      return std::string(text);
    });
  }
  void push(std::uint32_t port, Batch batch) override {
    if (outputs() == 0) {
      batch.release();
    } else {
      output(std::min(port, outputs() - 1)).push(batch);
    }
  }
  std::size_t pull(std::uint32_t port, Packet** into, std::size_t max) override {
    return inputs() == 0 ? 0 : input(std::min(port, inputs() - 1)).pull(into, max);
  }

 private:
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

// One packet a place; tells whether it is empty and full.
class Cell final : public Element {
 public:
  ~Cell() override {
    if (packet_ != nullptr) {
      release(packet_);
    }
  }
  base::Status initialize() override {
    nonempty.sleep();
    return {};
  }
  void push(std::uint32_t, Batch batch) override {
    for (Packet* packet : batch) {
      if (packet_ == nullptr) {
        packet_ = packet;
      } else {
        release(packet);
      }
    }
    nonempty.wake();
    nonfull.sleep();
  }
  std::size_t pull(std::uint32_t, Packet** into, std::size_t) override {
    if (packet_ == nullptr) {
      nonempty.sleep();
      return 0;
    }
    *into = std::exchange(packet_, nullptr);
    nonfull.wake();
    return 1;
  }
  Notifier* empty_notifier(std::uint32_t) override { return &nonempty; }
  Notifier* full_notifier(std::uint32_t) override { return &nonfull; }
  void take_state(Element& old) override {
    packet_ = std::exchange(static_cast<Cell&>(old).packet_, nullptr);
  }

  Notifier nonempty;
  Notifier nonfull;

 private:
  Packet* packet_ = nullptr;
};

// A copy to each output.
class Copy final : public Element {
 public:
  void push(std::uint32_t, Batch batch) override {
    for (std::uint32_t i = 1; i < outputs(); ++i) {
      for (Packet* packet : batch) {
        if (Packet* copy = router().pool().share(*packet)) {
          output(i).push(copy);
        }
      }
    }
    output(0).push(batch);
  }
};

constexpr ElementClass kPass{"Pass", "1/1", "a/a", make_element<Pass>};
constexpr ElementClass kMany{"Many", "-/-", "a/a", make_element<Pass>};
constexpr ElementClass kLanes{"Lanes", "-/=", "a/a", make_element<Pass>, "#/#"};
constexpr ElementClass kApart{"Apart", "-/-", "a/a", make_element<Pass>, "x/y"};
constexpr ElementClass kPusher{"Pusher", "0/1", "h/h", make_element<Pass>};
constexpr ElementClass kPuller{"Puller", "1/0", "l/l", make_element<Pass>};
constexpr ElementClass kMixed{"Mixed", "2/1", "hl/h", make_element<Pass>};
constexpr ElementClass kCell{"Cell", "1/1", "h/l", make_element<Cell>};
constexpr ElementClass kCopy{"Copy", "1/1-", "h/h", make_element<Copy>};
constexpr ElementClass kLoud{"Loud", "-/-", "a/a", make_element<Pass>, "x/x", true};

const Registry& registry() {
  static const std::unique_ptr<Registry> made = [] {
    auto registry = std::make_unique<Registry>();
    testing::add_test_classes(*registry);
    for (const ElementClass* each :
         {&kPass, &kMany, &kLanes, &kApart, &kPusher, &kPuller, &kMixed, &kCell, &kCopy, &kLoud}) {
      registry->add(*each);
    }
    return registry;
  }();
  return *made;
}

void expect_problems(std::string_view text, std::string_view problems) {
  EXPECT_EQ(TestGraph(text, registry()).problems(), problems) << text;
}

void expect_built(std::string_view text) { expect_problems(text, ""); }

TEST(Build, AnEmptyGraphIsARouter) {
  TestGraph graph("", registry());
  ASSERT_TRUE(graph.built());
  EXPECT_EQ(graph.run(), 1U);
}

TEST(Build, PortCountsAreThoseOfTheClass) {
  expect_problems("a :: Pass; Pusher -> a", "t:1:1: 'a :: Pass' output 0 unused\n");
  expect_problems("a :: Pass; Pusher -> [1] a -> Capture", "t:1:1: 'a :: Pass' has no input 1\n");
  expect_problems("c :: Cell; Pusher -> c; c [1] -> PullCapture",
                  "t:1:1: 'c :: Cell' has no output 1\n");
  expect_problems("l :: Lanes; Pusher -> l [1] -> Capture",
                  "t:1:1: 'l :: Lanes' has no output 1\n");
  expect_problems("a :: Many; Pusher -> [1] a", "t:1:1: 'a :: Many' input 0 unused\n");
}

TEST(Build, PushMeetsPullInAQueueOnly) {
  expect_problems("p :: Pusher -> q :: Puller",
                  "t:1:1: 'p :: Pusher' push output 0 connected to 'q :: Puller' pull input 0\n");
  expect_problems("c :: Cell -> d :: Cell; Pusher -> c; d -> Puller",
                  "t:1:1: 'c :: Cell' pull output 0 connected to 'd :: Cell' push input 0\n");
  expect_built("Pusher -> Cell -> Puller");
}

TEST(Build, AgnosticElementsFollowTheirNeighbours) {
  expect_built("Pusher -> Pass -> Pass -> Cell -> Pass -> Pass -> Puller");
  expect_problems("Pusher -> a :: Pass -> Puller",
                  "t:1:11: agnostic 'a :: Pass' in mixed context: push input 0, pull output 0\n");
  // Between lanes, and between sides that packets do not cross, nothing spreads.
  expect_built("Pusher -> l :: Lanes -> Capture; c :: Cell -> [1] l [1] -> Puller; Pusher -> c");
  expect_built("Pusher -> a :: Apart; a -> Puller");
}

TEST(Build, ALongChainIsDecidedInOneGo) {
  // Written from its end to its beginning, so that each pass over it would decide one element.
  std::string text = "p0 :: Puller";
  for (int i = 1; i <= 20'000; ++i) {
    text += base::cat("; p", i, " :: Pass -> p", i - 1);
  }
  const std::string problems = TestGraph(text + "; Pusher -> p20000", registry()).problems();
  EXPECT_TRUE(problems.starts_with("t:1:")) << problems;
  EXPECT_NE(problems.find("push output 0 connected to"), std::string::npos) << problems;
}

TEST(Build, AnActivePortHasOneOtherEnd) {
  expect_problems("p :: Pusher -> Capture; p -> Capture",
                  "t:1:1: illegal reuse of 'p :: Pusher' push output 0\n");
  expect_problems("a, b :: Cell; Pusher -> a -> q :: Puller; Pusher -> b -> q",
                  "t:1:30: illegal reuse of 'q :: Puller' pull input 0\n");
  expect_built("Pusher -> c :: Capture; Pusher -> c");
  expect_built("Pusher -> c :: Cell -> Puller; c -> Puller");
}

TEST(Build, AllProblemsOfAStageComeAtOnce) {
  expect_problems("Pusher -> Puller; a :: Cell -> Pass -> Capture; Pusher -> a;",
                  "t:1:1: 'Pusher@1 :: Pusher' push output 0 connected to 'Puller@2 :: Puller' "
                  "pull input 0\n"
                  "t:1:32: agnostic 'Pass@4 :: Pass' in mixed context: pull input 0, push output "
                  "0\n");
  expect_problems("Pusher -> Pass(x) -> Pass(SECOND y, 1, 2) -> Capture",
                  "t:1:11: While configuring 'Pass@2 :: Pass':\n  FIRST: 'x' is not an integer\n"
                  "t:1:22: While configuring 'Pass@3 :: Pass':\n  too many arguments\n"
                  "t:1:22: While configuring 'Pass@3 :: Pass':\n  SECOND: 'y' is not an integer\n");
  expect_problems("Pusher -> Pass(13) -> Pass(13) -> Capture",
                  "t:1:11: While initializing 'Pass@2 :: Pass':\n  thirteen\n"
                  "t:1:23: While initializing 'Pass@3 :: Pass':\n  thirteen\n");
}

TEST(Build, OrderThatIsSeenRunsPacketByPacket) {
  EXPECT_EQ(TestGraph("Pusher -> Capture", registry()).router().batch_max(), kBatchMax);
  EXPECT_EQ(TestGraph("Pusher -> Loud -> Capture", registry()).router().batch_max(), 1U);
  EXPECT_EQ(TestGraph("Pusher -> Loud", registry()).router().batch_max(), 1U);
  EXPECT_EQ(TestGraph("Pusher -> Capture; Loud", registry()).router().batch_max(), kBatchMax)
      << "it sees no packets";
  EXPECT_EQ(TestGraph("", registry(), {.batch_max = 0}).router().batch_max(), 1U);
  EXPECT_EQ(TestGraph("", registry(), {.batch_max = 1000}).router().batch_max(), kBatchMax);
}

TEST(BuildPaths, ACircleWithoutAWayOutIsRefused) {
  expect_problems("a, b :: Pass; a -> b -> a",
                  "t:1:1: packets could never leave the circle through 'a :: Pass'\n");
  expect_problems("a :: Pass; Pusher -> a -> a",
                  "t:1:1: packets could never leave the circle through 'a :: Pass'\n");
  expect_problems("a, b :: Pass; a -> a; Pusher -> b -> b",
                  "t:1:1: packets could never leave the circle through 'a :: Pass'\n"
                  "t:1:4: packets could never leave the circle through 'b :: Pass'\n");
  expect_built("a, b :: Apart; a -> b -> a");
}

TEST(BuildPaths, ACircleOfPullsIsRefused) {
  expect_problems("m :: Many -> Puller; Pusher -> Cell -> m; m [1] -> [1] m",
                  "t:1:1: 'm :: Many' pulls from itself in a circle\n");
}

TEST(BuildPaths, APathHasAnEnd) {
  const auto passes = [](std::uint32_t count) {
    std::string text;
    for (std::uint32_t i = 0; i < count; ++i) {
      text += " -> Pass";
    }
    return text;
  };
  const auto problems = [](const std::string& text) {
    return TestGraph(text, registry()).problems();
  };
  TestGraph longest(base::cat("in :: Inject", passes(kPathMax - 2), " -> out :: Capture"),
                    registry());
  ASSERT_EQ(longest.problems(), "");
  longest.send("in", {"a"});
  EXPECT_EQ(longest.texts("out"), "a");

  EXPECT_EQ(problems(base::cat("p :: Pusher", passes(kPathMax - 1), " -> Capture")),
            "t:1:1: more than 2048 elements in a row, beginning at 'p :: Pusher'\n");
  EXPECT_EQ(problems(base::cat("q :: Puller; Pusher -> Cell", passes(kPathMax - 1), " -> q")),
            "t:1:1: more than 2048 elements in a row, beginning at 'q :: Puller'\n");
  EXPECT_EQ(problems(base::cat("p :: Pusher", passes(kPathMax / kLoopsMax - 2),
                               " -> c :: Copy -> Capture; c [1] -> c")),
            "t:1:1: more than 256 elements in a row, beginning at 'p :: Pusher'\n");
}

TEST(Loops, PacketsThatGoRoundTooOftenAreDropped) {
  // Every packet is multiplied at each round, and each round ends somewhere.
  TestGraph graph("in :: Inject -> c :: Copy -> out :: Capture; c [1] -> Pass -> c", registry());
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "b"});
  EXPECT_EQ(graph.captured("out").size(), 2 * (1 + kLoopsMax));
  EXPECT_EQ(graph.router().loop_drops(), 2U);
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.errors(), "Pass@4: packets go round more than 8 times, dropped\n");
  graph.send("in", {"c"});
  EXPECT_EQ(graph.router().loop_drops(), 3U);
  EXPECT_EQ(graph.errors(), "");  // said once
}

TEST(Loops, ACircleThroughAQueueIsNoLoop) {
  TestGraph graph("in :: Inject -> c :: Copy -> out :: Capture; c [1] -> Cell -> Puller",
                  registry());
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  EXPECT_EQ(graph.router().loop_drops(), 0U);
}

bool empty_signal_active(TestGraph& graph, std::string_view element) {
  return graph.router().empty_signal(graph.element(element), 0).active();
}

bool full_signal_active(TestGraph& graph, std::string_view element) {
  return graph.router().full_signal(graph.element(element), 0).active();
}

TEST(Signals, OfAnEmptyCellComeThroughElementsThatPass) {
  TestGraph graph("in :: Inject -> Cell -> Pass -> Pass -> out :: PullCapture", registry());
  EXPECT_FALSE(empty_signal_active(graph, "out"));
  graph.send("in", {"a"});
  EXPECT_TRUE(empty_signal_active(graph, "out"));
  graph.pull("out", 2);
  EXPECT_FALSE(empty_signal_active(graph, "out"));
}

TEST(Signals, OfSeveralCellsAreActiveWhenOneIs) {
  TestGraph graph(
      "a :: Inject -> Cell -> m :: Many -> out :: PullCapture; b :: Inject -> Cell -> [1] m",
      registry());
  ASSERT_EQ(graph.problems(), "");
  EXPECT_FALSE(empty_signal_active(graph, "out"));
  graph.send("b", {"x"});
  EXPECT_TRUE(empty_signal_active(graph, "out"));
}

TEST(Signals, FollowLanes) {
  TestGraph graph(
      "a :: Inject -> Cell -> l :: Lanes -> out :: PullCapture;"
      "b :: Inject -> Cell -> [1] l [1] -> other :: PullCapture",
      registry());
  ASSERT_EQ(graph.problems(), "");
  graph.send("b", {"x"});
  EXPECT_FALSE(empty_signal_active(graph, "out"));
  EXPECT_TRUE(empty_signal_active(graph, "other"));
}

TEST(Signals, ATraceMayComeToAnElementTwice) {
  // By one lane first, and by the other through it.
  TestGraph graph(
      "a :: Inject -> Cell -> l :: Lanes; b :: Inject -> Cell -> [1] l;"
      "l -> m :: Many -> out :: PullCapture; l [1] -> [1] m",
      registry());
  ASSERT_EQ(graph.problems(), "");
  EXPECT_FALSE(empty_signal_active(graph, "out"));
  graph.send("b", {"x"});
  EXPECT_TRUE(empty_signal_active(graph, "out"));
}

TEST(Signals, WhoDoesNotTellMustBeAsked) {
  TestGraph graph("Apart -> out :: PullCapture", registry());
  EXPECT_TRUE(empty_signal_active(graph, "out"));
}

TEST(Signals, OfFullCellsReachThePusher) {
  TestGraph graph("in :: Inject -> Pass -> Cell -> out :: PullCapture", registry());
  EXPECT_TRUE(full_signal_active(graph, "in"));
  graph.send("in", {"a"});
  EXPECT_FALSE(full_signal_active(graph, "in"));
  graph.pull("out", 1);
  EXPECT_TRUE(full_signal_active(graph, "in"));
}

TEST(Signals, AWayThatIsNeverFullKeepsThePusherGoing) {
  TestGraph graph("in :: Inject -> c :: Copy -> Cell -> PullCapture; c [1] -> Capture", registry());
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  EXPECT_TRUE(full_signal_active(graph, "in"));
}

TEST(Signals, EndInCyclesToo) {
  TestGraph graph("in :: Inject -> c :: Copy -> Cell -> PullCapture; c [1] -> Pass -> c",
                  registry());
  ASSERT_EQ(graph.problems(), "");
  EXPECT_TRUE(full_signal_active(graph, "in"));
  graph.send("in", {"a"});
  EXPECT_FALSE(full_signal_active(graph, "in"));
}

TEST(Signals, ATaskIsWokenOnce) {
  const base::ManualClock clock;
  Schedule schedule(clock);
  Pass element;
  Task task(element);
  task.attach(schedule);
  Notifier first;
  Notifier second;
  Signal signal;
  signal.add(first);
  signal.add(second);
  signal.listen(task);
  signal.listen(task);
  first.sleep();
  second.sleep();
  EXPECT_FALSE(signal.active());
  second.wake();
  EXPECT_TRUE(signal.active());
  EXPECT_TRUE(task.scheduled());
  task.unschedule();
  second.wake();  // awake already
  EXPECT_FALSE(task.scheduled());
}

// Passes on that there is work, but only while it is told to.
class Gate final : public WakeListener {
 public:
  void woken() override {
    if (open) {
      notifier.wake();
    }
  }
  Notifier notifier;
  bool open = false;
};

TEST(Signals, AListenerDecidesWhatAWakeMeans) {
  Notifier before;
  Gate gate;
  Signal signal;
  signal.add(before);
  signal.listen(gate);
  signal.listen(gate);
  gate.notifier.sleep();
  for (const bool open : {false, true}) {
    gate.open = open;
    before.sleep();
    before.wake();
    EXPECT_EQ(gate.notifier.active(), open);
  }
}

TEST(Handlers, EveryElementHasTheCommonOnes) {
  TestGraph graph("Pusher -> a :: Pass(1, SECOND 2) -> Capture", registry());
  EXPECT_EQ(graph.read("a.class"), "Pass");
  EXPECT_EQ(graph.read("a.name"), "a");
  EXPECT_EQ(graph.read("a.config"), "1, SECOND 2");
  EXPECT_EQ(graph.read("a.ports"),
            "1 input\npush~\t-\tPusher@1 [0]\n1 output\npush~\t-\t[0] Capture@3\n");
  EXPECT_EQ(graph.read("a.handlers"),
            "class\tr\nname\tr\nconfig\tr\nports\tr\nhandlers\tr\nfirst\trw\npoke\tw\necho\tr\n");
  EXPECT_EQ(graph.read("Pusher@1.ports"), "0 inputs\n1 output\npush\t-\t[0] a\n");
}

TEST(Handlers, ReadAndWrite) {
  TestGraph graph("Pusher -> a :: Pass(1) -> Capture", registry());
  EXPECT_EQ(graph.write("a.first", " 7 \n"), "");
  EXPECT_EQ(graph.read("a.first"), "7");
  EXPECT_EQ(graph.write("a.first", "x"), "error: 'x' is not an integer");
  EXPECT_EQ(graph.read("a.first"), "7");
  EXPECT_EQ(graph.read("a.echo", "a b"), "a b");
}

TEST(Handlers, WhatThereIsNot) {
  TestGraph graph("Pusher -> a :: Pass -> Capture", registry());
  EXPECT_EQ(graph.read("b.first"), "error: no element named 'b'");
  EXPECT_EQ(graph.read("a.second"), "error: no 'a.second' read handler");
  EXPECT_EQ(graph.read("a.poke"), "error: no 'a.poke' read handler");
  EXPECT_EQ(graph.write("a.class", "x"), "error: no 'a.class' write handler");
  EXPECT_EQ(graph.read("a."), "error: no 'a.' read handler");
  EXPECT_EQ(graph.read("first"), "error: no 'first' read handler");
}

TEST(Handlers, AsAnElementSeesThem) {
  TestGraph graph(
      "elementclass In { input -> x :: Pass -> y :: Pass -> output }"
      "Pusher -> o :: In -> x :: Pass -> Capture",
      registry());
  ASSERT_EQ(graph.problems(), "");
  Router& router = graph.router();
  const Element* inside = router.find("o/x");
  EXPECT_EQ(router.read("x.name"), "x");
  EXPECT_EQ(router.read("x.name", {}, inside), "o/x");
  EXPECT_EQ(router.read("y.name", {}, inside), "o/y");
  EXPECT_EQ(router.read("name", {}, inside), "o/x");
}

TEST(Handlers, OfTheGraph) {
  TestGraph graph("require(package p) Pusher -> a :: Pass -> c :: Capture", registry());
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("list"), "3\nPusher@1\na\nc\n");
  EXPECT_EQ(graph.read("requirements"), "p\n");
  EXPECT_EQ(graph.read("flatconfig"), unparse(graph.router().graph()));
  EXPECT_EQ(graph.read("handlers"),
            "list\tr\nflatconfig\tr\nconfig\tr\nversion\tr\ndriver\tr\nrequirements\tr\n"
            "packages\tr\nclasses\tr\nthreads\tr\nplacement\tr\ncrossings\tr\nhandlers\tr\n"
            "stop\tw\n");
  EXPECT_EQ(graph.read("driver"), "userlevel");
  EXPECT_EQ(graph.read("packages"), "");
  EXPECT_NE(graph.read("classes").find("Capture\n"), std::string::npos);
  EXPECT_EQ(graph.read("config"), "require(package p) Pusher -> a :: Pass -> c :: Capture");
  EXPECT_EQ(graph.write("stop"), "");
  EXPECT_TRUE(graph.router().stopped());
}

TEST(Handlers, ACompactConfigurationIsToldFlat) {
  TestGraph graph("require(compact_config) Pusher->Capture", registry());
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("config"),
            "require(compact_config);\n\n"
            "Pusher@1 :: Pusher;\nCapture@2 :: Capture;\n\nPusher@1 -> Capture@2;\n");
}

TEST(Router, FindsNamesFromInsideOut) {
  TestGraph graph(
      "elementclass In { input -> x :: Pass -> output } elementclass Out { input -> x :: Pass -> "
      "i :: In -> output } Pusher -> o :: Out -> x :: Pass -> Capture",
      registry());
  ASSERT_EQ(graph.problems(), "");
  const Router& router = graph.router();
  EXPECT_EQ(router.find("x")->name(), "x");
  EXPECT_EQ(router.find("x", router.find("o/x"))->name(), "o/x");
  EXPECT_EQ(router.find("x", router.find("o/i/x"))->name(), "o/i/x");
  EXPECT_EQ(router.find("i/x", router.find("o/x"))->name(), "o/i/x");
  EXPECT_EQ(router.find("i/x"), nullptr);
  EXPECT_EQ(router.find("", router.find("x")), nullptr);
}

TEST(Replacement, KeepsWhatElementsOfTheSameNameAndClassHold) {
  TestGraph graph("in :: Inject -> c :: Cell -> out :: PullCapture", registry());
  graph.send("in", {"kept"});
  ASSERT_TRUE(graph.replace("in :: Inject -> c :: Cell -> Pass -> out :: PullCapture"));
  EXPECT_EQ(graph.pull("out", 1), 1U);
  graph.send("in", {"gone"});
  ASSERT_TRUE(graph.replace("in :: Inject -> other :: Cell -> out :: PullCapture"));
  EXPECT_EQ(graph.pull("out", 1), 0U);
  EXPECT_EQ(graph.texts("out"), "kept");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(Replacement, OfAnotherClassBeginsAnew) {
  TestGraph graph("in :: Inject -> x :: Cell -> out :: PullCapture", registry());
  graph.send("in", {"gone"});
  ASSERT_TRUE(graph.replace("in :: Inject -> x :: Pass -> Cell -> out :: PullCapture"));
  EXPECT_EQ(graph.pull("out", 1), 0U);
  EXPECT_EQ(graph.held(), 0U);
}

TEST(Replacement, ThatCannotBeBuiltChangesNothing) {
  TestGraph graph("in :: Inject -> c :: Cell -> out :: PullCapture", registry());
  graph.send("in", {"kept"});
  for (const std::string_view text :
       {"Nothing", "c :: Cell", "in :: Inject -> c :: Cell -> Pass(x) -> PullCapture",
        "in :: Inject -> c :: Cell -> Pass(13) -> PullCapture"}) {
    EXPECT_FALSE(graph.replace(text));
    EXPECT_NE(graph.problems(), "");
    EXPECT_EQ(graph.held(), 1U);
  }
  EXPECT_EQ(graph.pull("out", 1), 1U);
  EXPECT_EQ(graph.texts("out"), "kept");
}

TEST(Replacement, KnowsWhomItReplaces) {
  TestGraph graph("a :: Pass; Pusher -> a -> Capture", registry());
  Diagnostics diagnostics;
  const FlatGraph flat = elaborate("t", "a :: Pass; b :: Pass; Pusher -> a -> b -> Capture",
                                   {registry(), nullptr, {}}, diagnostics);
  const auto next = Router::build(flat, registry(),
                                  {.clock = graph.clock(),
                                   .output = graph.router().output(),
                                   .errors = graph.router().errors(),
                                   .replaces = &graph.router()},
                                  diagnostics);
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->replaced(*next->find("a")), graph.router().find("a"));
  EXPECT_EQ(next->replaced(*next->find("b")), nullptr);
  EXPECT_EQ(&next->pool(), &graph.router().pool());
}

TEST(Router, StopsWhenAsked) {
  TestGraph graph("", registry());
  EXPECT_FALSE(graph.router().stopped());
  graph.router().stop();
  EXPECT_TRUE(graph.router().stopped());
  EXPECT_FALSE(graph.router().run_round());
}

TEST(Router, AStopManagerDecides) {
  struct Manager final : StopManager {
    bool absorb_stop() override { return --left >= 0; }
    int left = 2;
  };
  TestGraph graph("", registry());
  Manager manager;
  Manager second;
  EXPECT_TRUE(graph.router().set_stop_manager(manager));
  EXPECT_FALSE(graph.router().set_stop_manager(second));
  graph.router().stop();
  graph.router().stop();
  graph.router().run_round();
  EXPECT_FALSE(graph.router().stopped());
  EXPECT_EQ(manager.left, 0);
  graph.router().stop();
  EXPECT_FALSE(graph.router().run_round());
  EXPECT_TRUE(graph.router().stopped());
}

}  // namespace
}  // namespace superfluid::graph
