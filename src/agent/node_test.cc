// SPDX-License-Identifier: Apache-2.0
#include "agent/node.h"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "agent/testing.h"
#include "base/text.h"
#include "support/error_of.h"

namespace superfluid::agent {
namespace {

using api::State;
using base::ErrorCode;
using superfluid::testing::error_of;

vmm::End crash(std::string message) {
  vmm::End end;
  end.why = vmm::End::Why::kCrashed;
  end.message = std::move(message);
  return end;
}

class NodeTest : public ::testing::Test, protected NodeLab {
 protected:
  std::int64_t pid_of(std::string_view name) const {
    for (const api::Function* function : node_->list()) {
      if (function->spec.name == name) {
        return function->pid;
      }
    }
    return 0;
  }
};

TEST_F(NodeTest, KeepsWarmShellsBeforeTheFirstStart) {
  EXPECT_EQ(node_->idle(), 2u);
  EXPECT_EQ(machines_.ordered, 2u);
}

TEST_F(NodeTest, BootsAGraphOnceAndClonesItFromThenOn) {
  const Told first = run(spec("a"));
  EXPECT_EQ(first.function.state, State::kRunning);
  EXPECT_TRUE(first.function.cold);
  EXPECT_EQ(first.function.isolation, api::Isolation::kMicrovm);
  const Told second = run(spec("b"));
  EXPECT_FALSE(second.function.cold);
  EXPECT_EQ(second.function.image, first.function.image);
  EXPECT_NE(second.function.id, first.function.id);
  EXPECT_EQ(machines_.boots, 1u);
  EXPECT_EQ(machines_.starts, 2u);
  EXPECT_EQ(node_->idle(), 2u);
}

TEST_F(NodeTest, WhatARushHasLeftIsEndedOnceItIsCalm) {
  for (int i = 0; i < 20; ++i) {
    run(spec(base::cat("f", i)));
  }
  for (int i = 0; i < 20; ++i) {
    pass(base::milliseconds(1));
    call(&Node::remove, base::cat("f", i));
  }
  const std::size_t after_the_rush = node_->idle();
  EXPECT_GE(after_the_rush, 4u);
  pass(base::seconds(60));
  pass(base::seconds(60));
  EXPECT_LE(node_->idle(), 4u) << "of " << after_the_rush;
  EXPECT_EQ(machines_.size(), node_->idle()) << "those that are not idle are gone";
}

TEST_F(NodeTest, AStartMeetsTheMachineThatLastRanItsImage) {
  api::FunctionSpec other = spec("b");
  other.graph += " Idle -> Discard;";
  run(spec("a"));
  run(other);
  const auto a = pid_of("a");
  const auto b = pid_of("b");
  ASSERT_NE(a, b);
  for (int time = 0; time < 3; ++time) {
    call(&Node::stop, "a");
    call(&Node::stop, "b");
    Told again;
    node_->start("a", clock_.now(), into(again));
    turn();
    node_->start("b", clock_.now(), into(again));
    turn();
    EXPECT_EQ(pid_of("a"), a);
    EXPECT_EQ(pid_of("b"), b);
  }
}

TEST_F(NodeTest, GraphsThatTakeTurnsKeepAMachineEach) {
  api::FunctionSpec other = spec("b");
  other.graph += " Idle -> Discard;";
  run(spec("a"));
  const std::int64_t a = pid_of("a");
  call(&Node::stop, "a");
  run(other);
  const std::int64_t b = pid_of("b");
  call(&Node::stop, "b");
  EXPECT_NE(a, b);
  for (int time = 0; time < 3; ++time) {
    for (const auto& [name, pid] : {std::pair("a", a), std::pair("b", b)}) {
      Told again;
      node_->start(name, clock_.now(), into(again));
      turn();
      EXPECT_EQ(pid_of(name), pid) << name;
      call(&Node::stop, name);
    }
  }
}

TEST_F(NodeTest, OneStartAtATimeBeginsOnTheNodesProcessor) {
  run(spec("a"));
  EXPECT_FALSE(machines_.machine_of("a")->begins_here()) << "it is live";
  Told told;
  node_->run(spec("b", "mute"), clock_.now(), into(told));
  turn();
  EXPECT_TRUE(machines_.machine_of("b")->begins_here());
  node_->run(spec("c", "mute"), clock_.now(), into(told));
  turn();
  EXPECT_FALSE(machines_.machine_of("c")->begins_here());
  make_node();  // as after kill -9, amid those starts
  EXPECT_FALSE(machines_.machine_of("b")->begins_here());
}

TEST_F(NodeTest, FunctionsThatAreJoinedHaveLongRings) {
  api::FunctionSpec joined = spec("a");
  joined.ports = {{.name = "eth0", .kind = api::PortKind::kRing, .to = "b:eth0"}};
  run(joined);
  api::FunctionSpec alone = spec("c");
  alone.ports = {{.name = "eth0", .kind = api::PortKind::kTap, .to = "tap0"}};
  run(alone);
  EXPECT_EQ(machines_.machine_of("a")->size().slots, kSlotsOfRings);
  EXPECT_EQ(machines_.machine_of("c")->size().slots, abi::kSlotsDefault);
}

TEST_F(NodeTest, ManyFirstStartsOfAGraphBootOnce) {
  std::vector<Told> told(20);
  for (std::size_t i = 0; i < told.size(); ++i) {
    node_->run(spec("f" + std::to_string(i)), clock_.now(), into(told[i]));
  }
  turn(200);
  for (const Told& each : told) {
    EXPECT_EQ(each.times, 1);
    EXPECT_EQ(each.function.state, State::kRunning);
  }
  EXPECT_EQ(machines_.boots, 1u);
}

TEST_F(NodeTest, ClonesDifferInWhatMakesAnIdentity) {
  api::FunctionSpec one = spec("a");
  one.ports = {{.name = "eth0"}};
  api::FunctionSpec two = one;
  two.name = "b";
  run(one);
  run(two);
  const abi::DevicePage& a = machines_.machine_of("a")->page();
  const abi::DevicePage& b = machines_.machine_of("b")->page();
  EXPECT_NE(std::memcmp(a.random_seed, b.random_seed, sizeof a.random_seed), 0);
  EXPECT_NE(std::memcmp(a.instance_id, b.instance_id, sizeof a.instance_id), 0);
  EXPECT_NE(std::memcmp(a.ports[0].mac, b.ports[0].mac, sizeof a.ports[0].mac), 0);
  EXPECT_EQ(a.ports[0].mac[0], 2);
  EXPECT_STREQ(a.name, "a");
  EXPECT_STREQ(a.ports[0].name, "eth0");
}

TEST_F(NodeTest, ErrorsInAGraphComeBackAndLeaveNothing) {
  const Told told = run(spec("a", "wrong"));
  ASSERT_EQ(told.code(), ErrorCode::kInvalid);
  EXPECT_EQ(told.error->to_string(),
            "config has 2 errors: config:1:1: unknown element class 'InfinitSource': config:3:5: "
            "undeclared element 'sink'");
  EXPECT_TRUE(node_->list().empty());
  EXPECT_EQ(node_->idle(), 2u);
  EXPECT_EQ(run(spec("b", "hungry")).code(), ErrorCode::kExhausted);
}

TEST_F(NodeTest, ANameIsTakenUntilItsFunctionIsRemoved) {
  run(spec("a"));
  EXPECT_EQ(run(spec("a")).code(), ErrorCode::kConflict);
  EXPECT_EQ(call(&Node::stop, "a").function.state, State::kStopped);
  EXPECT_EQ(run(spec("a")).code(), ErrorCode::kConflict);
  EXPECT_EQ(call(&Node::remove, "a").times, 1);
  EXPECT_FALSE(run(spec("a")).error);
}

TEST_F(NodeTest, StopsStartsKillsAndRemoves) {
  const Told told = run(spec("a"));
  EXPECT_EQ(call(&Node::stop, told.function.id).function.state, State::kStopped);
  EXPECT_EQ(call(&Node::stop, "a").function.state, State::kStopped);
  Told again;
  node_->start("a", clock_.now(), into(again));
  turn();
  EXPECT_EQ(again.function.state, State::kRunning);
  EXPECT_EQ(machines_.boots, 1u);
  Told conflict;
  node_->start("a", clock_.now(), into(conflict));
  EXPECT_EQ(conflict.code(), ErrorCode::kConflict);
  EXPECT_EQ(call(&Node::kill, "a").function.reason, "killed");
  EXPECT_EQ(call(&Node::remove, "a").times, 1);
  EXPECT_EQ(call(&Node::stop, "a").code(), ErrorCode::kNotFound);
  run(spec("b"));
  EXPECT_EQ(call(&Node::remove, "b").function.state, State::kStopped);
  EXPECT_TRUE(node_->list().empty());
}

TEST_F(NodeTest, PausesAndUnpauses) {
  run(spec("a"));
  const auto pause = [&](bool paused) {
    Told told;
    node_->pause("a", paused, into(told));
    turn();
    return told;
  };
  EXPECT_EQ(pause(true).function.state, State::kPaused);
  EXPECT_EQ(pause(true).code(), ErrorCode::kConflict);
  EXPECT_EQ(pause(false).function.state, State::kRunning);
}

TEST_F(NodeTest, AnswersHandlersInOrder) {
  run(spec("a"));
  std::string all;
  const auto note = [&](base::Result<std::string> value) {
    all += value ? *value : value.error().message();
    all += ";";
  };
  node_->read("a", "c.count", "", note);
  node_->read("a", "echo", "x", note);
  node_->read("a", "nothing", "", note);
  node_->write("a", "c.reset", "", note);
  node_->read("b", "c.count", "", note);
  turn();
  EXPECT_EQ(all, "there is no function 'b';42;x;no 'nothing' read handler;;");
}

TEST_F(NodeTest, WhoAsksAFunctionThatEndsIsTold) {
  run(spec("a"));
  machines_.machine_of("a")->end(crash(""));
  std::optional<ErrorCode> code;
  node_->read("a", "c.count", "", [&](base::Result<std::string> value) { code = error_of(value); });
  turn();
  EXPECT_EQ(code, ErrorCode::kConflict);
  EXPECT_EQ(state("a"), State::kFailed);
}

TEST_F(NodeTest, ACrashIsSeenAndThePolicyStartsAgain) {
  api::FunctionSpec wish = spec("a");
  wish.restart = {.when = api::RestartWhen::kOnFailure, .limit = 2};
  run(wish);
  machines_.machine_of("a")->end(crash("fault"));
  turn();
  EXPECT_EQ(state("a"), State::kFailed);
  EXPECT_EQ(node_->list()[0]->reason, "crashed: fault");
  pass(base::milliseconds(99));
  EXPECT_EQ(state("a"), State::kFailed);
  pass(base::milliseconds(1));
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_EQ(node_->list()[0]->restarts, 1u);
  static_cast<void>(machines_.machine_of("a")->kill());
  turn();
  EXPECT_EQ(node_->list()[0]->reason, "lost its process: killed by signal 9");
  pass(base::milliseconds(200));
  EXPECT_EQ(state("a"), State::kRunning);
  machines_.machine_of("a")->end(crash(""));
  pass(base::seconds(60));
  EXPECT_EQ(state("a"), State::kFailed);
}

TEST_F(NodeTest, WhatAFunctionWroteIsThereAfterItsEnd) {
  run(spec("a"));
  machines_.machine_of("a")->end(crash(""));
  turn();
  const auto log = node_->log("a", 6);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->text, "from a\n");
  EXPECT_EQ(log->ends_at, 13u);
  EXPECT_EQ(node_->log("a", 99)->text, "");
}

TEST_F(NodeTest, AStopEndsARestartThatIsDue) {
  api::FunctionSpec wish = spec("a");
  wish.restart.when = api::RestartWhen::kAlways;
  run(wish);
  machines_.machine_of("a")->end({});
  turn();
  call(&Node::stop, "a");
  pass(base::seconds(60));
  EXPECT_EQ(state("a"), State::kStopped);
}

TEST_F(NodeTest, AStartThatIsNeverLiveIsEnded) {
  Told told;
  node_->run(spec("a", "mute"), clock_.now(), into(told));
  turn();
  EXPECT_EQ(told.times, 0);
  pass(base::seconds(10));
  EXPECT_EQ(told.times, 1);
  EXPECT_EQ(told.code(), ErrorCode::kTimedOut);
  Told boot;
  node_->run(spec("b", "never-boots"), clock_.now(), into(boot));
  turn();
  pass(base::seconds(20));
  EXPECT_EQ(boot.code(), ErrorCode::kTimedOut);
  turn();
  EXPECT_EQ(node_->idle(), 2u);
}

TEST_F(NodeTest, PortsAreUnwiredWithTheirFunction) {
  api::FunctionSpec wish = spec("a");
  wish.ports = {{.name = "eth0", .kind = api::PortKind::kTap, .to = "tap0"},
                {.name = "eth1", .kind = api::PortKind::kTap, .to = "tap1"}};
  run(wish);
  EXPECT_EQ(wiring_.made.size(), 2u);
  call(&Node::stop, "a");
  EXPECT_TRUE(wiring_.made.empty());
  wiring_.refuses = "tap1";
  wish.name = "b";
  const Told told = run(wish);
  EXPECT_EQ(told.error->to_string(), "port eth1 cannot be connected: no tap1");
  EXPECT_TRUE(wiring_.made.empty());
  EXPECT_EQ(node_->idle(), 3u);
}

TEST_F(NodeTest, AStartIsRefusedAtOnceWhenNoMachineCanBeMade) {
  run(spec("a"));
  machines_.fail_orders(base::Error(ErrorCode::kExhausted, "fork: no more processes"));
  api::FunctionSpec large = spec("b");
  large.memory = base::mib(64);
  const Told told = run(large);
  EXPECT_EQ(told.code(), ErrorCode::kExhausted);
  EXPECT_EQ(told.error->to_string(), "no machine can be made: fork: no more processes");
  machines_.fail_orders(std::nullopt);
  pass(base::seconds(60));
  EXPECT_FALSE(run(large).error);
}

TEST_F(NodeTest, TheNextNodeGoesOnWithWhatRuns) {
  api::FunctionSpec wish = spec("a");
  wish.ports = {{.name = "eth0", .kind = api::PortKind::kTap, .to = "tap0"}};
  wish.restart.when = api::RestartWhen::kOnFailure;
  const Told told = run(wish);
  run(spec("b"));
  wiring_.made.insert("stranger/0");
  const std::size_t before = machines_.size();
  make_node();  // as after kill -9: nothing was said to the machines
  EXPECT_EQ(machines_.size(), before);
  ASSERT_EQ(node_->list().size(), 2u);
  EXPECT_EQ(node_->list()[0]->id, told.function.id);
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_EQ(wiring_.made.size(), 1u);
  static_cast<void>(machines_.machine_of("a")->kill());
  turn();
  EXPECT_EQ(state("a"), State::kFailed);
  pass(base::seconds(1));
  EXPECT_EQ(state("a"), State::kRunning);
}

TEST_F(NodeTest, WhatEndedWhileThereWasNoNodeIsStartedAgain) {
  api::FunctionSpec wish = spec("a");
  wish.restart.when = api::RestartWhen::kOnFailure;
  run(wish);
  run(spec("b"));
  MadeUpMachine* a = machines_.machine_of("a");
  MadeUpMachine* b = machines_.machine_of("b");
  node_.reset();
  a->end(crash(""));
  b->end(crash(""));
  turn();
  make_node();
  EXPECT_EQ(state("a"), State::kFailed);
  EXPECT_EQ(state("b"), State::kFailed);
  pass(base::seconds(1));
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_EQ(state("b"), State::kFailed);
  EXPECT_EQ(node_->list()[1]->reason, "ended while there was no node");
}

TEST_F(NodeTest, ALongGraphOutlivesTheNodeForOneLife) {
  std::string graph = "Idle -> Discard;";
  graph.append(vmm::Machine::kNoteBytesMax, ' ');
  run(spec("a", graph));
  make_node();
  EXPECT_EQ(state("a"), State::kRunning);
  call(&Node::stop, "a");
  Told told;
  node_->start("a", clock_.now(), into(told));
  EXPECT_EQ(told.code(), ErrorCode::kFailed);
  EXPECT_EQ(state("a"), State::kFailed);
}

TEST_F(NodeTest, AStartThatTheLastNodeLeftHalfDoneIsSettled) {
  Told live;
  Told mute;
  run(spec("warm"));
  node_->run(spec("a"), clock_.now(), into(live));
  node_->run(spec("b", "mute"), clock_.now(), into(mute));
  turn();
  make_node();
  EXPECT_EQ(state("a"), State::kRunning);
  pass(base::seconds(10));
  turn();
  EXPECT_EQ(state("a"), State::kRunning);
}

TEST_F(NodeTest, ShuttingDownEndsAllAndAnswersAll) {
  api::FunctionSpec wish = spec("a");
  wish.ports = {{.name = "eth0", .kind = api::PortKind::kTap, .to = "tap0"}};
  run(wish);
  Told waiting;
  node_->run(spec("b", "never-boots"), clock_.now(), into(waiting));
  turn();
  node_->shut_down();
  EXPECT_EQ(waiting.times, 1);
  EXPECT_TRUE(wiring_.made.empty());
  EXPECT_EQ(machines_.size(), 0u);
  EXPECT_EQ(run(spec("c")).code(), ErrorCode::kConflict);
}

TEST_F(NodeTest, AnIsolationThatIsNotThereSaysWhy) {
  api::FunctionSpec wish = spec("a");
  wish.isolation = api::Isolation::kProcess;
  const Told told = run(wish);
  EXPECT_EQ(told.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(told.error->to_string(), "this host has no isolation process: none here");
}

// A host without KVM: machines that are processes, each of which holds one life.
class ProcessNodeTest : public NodeTest {
 protected:
  ProcessNodeTest() : processes_(*loop_, clock_, MadeUpMachines::Lives::kOne) {
    process_ = {.source = &processes_, .why_not = "", .clones = false};
    microvm_ = {.why_not = "this host has no /dev/kvm"};
    make_node();
  }
  ~ProcessNodeTest() override { node_.reset(); }

  MadeUpMachines processes_;
};

TEST_F(ProcessNodeTest, EachStartBootsInAProcessOfItsOwn) {
  EXPECT_EQ(node_->idle(), 2u);
  const Told told = run(spec("a"));
  EXPECT_EQ(told.function.state, State::kRunning);
  EXPECT_EQ(told.function.isolation, api::Isolation::kProcess);
  EXPECT_EQ(told.function.isolation_why, "no microVMs: this host has no /dev/kvm");
  EXPECT_TRUE(told.function.cold);
  EXPECT_EQ(told.function.image, "");
  EXPECT_TRUE(run(spec("b")).function.cold);
  EXPECT_EQ(processes_.boots, 2u);
  EXPECT_EQ(processes_.starts, 0u);
  EXPECT_EQ(node_->images(), 0u);
}

TEST_F(ProcessNodeTest, AProcessThatHadItsLifeIsNotUsedAgain) {
  run(spec("a"));
  const auto first = processes_.machine_of("a")->id();
  EXPECT_EQ(call(&Node::stop, "a").function.reason, "stopped");
  EXPECT_EQ(processes_.machine_of("a"), nullptr);
  EXPECT_EQ(processes_.size(), 2u);
  EXPECT_EQ(node_->idle(), 2u);
  Told again;
  node_->start("a", clock_.now(), into(again));
  turn();
  EXPECT_EQ(again.function.state, State::kRunning);
  EXPECT_NE(processes_.machine_of("a")->id(), first);
  EXPECT_EQ(node_->list()[0]->restarts, 0u);
}

TEST_F(ProcessNodeTest, APolicyStartsAnotherProcess) {
  api::FunctionSpec wish = spec("a");
  wish.restart.when = api::RestartWhen::kOnFailure;
  run(wish);
  processes_.machine_of("a")->end(crash("fault"));
  turn();
  EXPECT_EQ(state("a"), State::kFailed);
  pass(base::milliseconds(100));
  EXPECT_EQ(state("a"), State::kRunning);
  static_cast<void>(processes_.machine_of("a")->kill());
  turn();
  pass(base::milliseconds(200));
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_EQ(node_->list()[0]->restarts, 2u);
}

TEST_F(ProcessNodeTest, ErrorsInAGraphComeBackWithoutABuild) {
  const Told told = run(spec("a", "wrong"));
  ASSERT_EQ(told.code(), ErrorCode::kInvalid);
  EXPECT_NE(told.error->to_string().find("config:3:5"), std::string::npos);
  EXPECT_EQ(run(spec("b", "hungry")).code(), ErrorCode::kExhausted);
  EXPECT_TRUE(node_->list().empty());
  EXPECT_EQ(node_->idle(), 2u);
  Told late;
  node_->run(spec("c", "mute"), clock_.now(), into(late));
  turn();
  pass(base::seconds(20));
  EXPECT_EQ(late.code(), ErrorCode::kTimedOut);
}

TEST_F(ProcessNodeTest, WhoHearsNoStopIsKilledAfterAWhile) {
  run(spec("a", "deaf"));
  Told told;
  node_->stop("a", into(told));
  turn();
  EXPECT_EQ(told.times, 0);
  EXPECT_EQ(state("a"), State::kStopping);
  pass(base::seconds(2));
  EXPECT_EQ(told.times, 1);
  EXPECT_EQ(told.function.state, State::kStopped);
  EXPECT_EQ(told.function.reason, "killed");
  run(spec("b"));
  call(&Node::stop, "b");
  pass(base::seconds(2));
  EXPECT_EQ(node_->list()[1]->reason, "stopped");
}

TEST_F(ProcessNodeTest, TheNextNodeGoesOnWithProcesses) {
  run(spec("a"));
  make_node();
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_EQ(node_->list()[0]->isolation, api::Isolation::kProcess);
  EXPECT_EQ(call(&Node::stop, "a").function.state, State::kStopped);
  EXPECT_EQ(processes_.machine_of("a"), nullptr);
}

TEST_F(ProcessNodeTest, WhereThereAreMicrovmsNoneIsKeptUnlessAskedFor) {
  const std::size_t before = processes_.ordered;
  microvm_ = {.source = &machines_, .why_not = ""};
  make_node();
  EXPECT_EQ(run(spec("a")).function.isolation, api::Isolation::kMicrovm);
  EXPECT_EQ(processes_.ordered, before);
  api::FunctionSpec wish = spec("b");
  wish.isolation = api::Isolation::kProcess;
  EXPECT_EQ(run(wish).function.isolation_why, "asked for");
}

}  // namespace
}  // namespace superfluid::agent
