// SPDX-License-Identifier: Apache-2.0
// Parking, saving and restoring, by a node of made-up machines.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/testing.h"
#include "api/codec.h"
#include "os/mapping.h"
#include "os/memfd.h"
#include "support/error_of.h"
#include "support/temporary_directory.h"
#include "vmm/snapshot.h"

namespace superfluid::agent {
namespace {

using api::State;
using base::ErrorCode;
using superfluid::testing::error_of;

class NodeParkTest : public ::testing::Test, protected NodeLab {
 protected:
  NodeParkTest() {
    parked_ = directory_.path("parked");
    make_node();
  }

  static api::FunctionSpec sleeper(std::string name) {
    api::FunctionSpec wish = spec(std::move(name));
    wish.park_after = base::seconds(1);
    return wish;
  }
  // One that runs, with a port and a line in its log.
  api::Function run_sleeper(std::string name = "a") {
    api::FunctionSpec wish = sleeper(std::move(name));
    wish.ports = {{.name = "eth0", .kind = api::PortKind::kTap, .to = "tap0"}};
    return run(wish).function;
  }
  void park(std::string_view name) {
    machines_.machine_of(name)->be_idle();
    turn();
    ASSERT_EQ(state(name), State::kParked);
  }
  base::Result<std::string> read(std::string_view which, std::string_view handler) {
    std::optional<base::Result<std::string>> answer;
    node_->read(which, handler, "",
                [&](base::Result<std::string> value) { answer = std::move(value); });
    turn();
    return answer.value_or(base::fail(ErrorCode::kTimedOut, "nobody answered"));
  }
  superfluid::testing::TemporaryDirectory directory_;

  std::size_t files(std::string_view kind) const {
    std::size_t count = 0;
    std::error_code none;
    for (const auto& each : std::filesystem::directory_iterator(directory_.path("parked"), none)) {
      count += each.path().extension() == kind;
    }
    return count;
  }
};

TEST_F(NodeParkTest, AnIdleFunctionLeavesItsMachineAndComesBackForAQuestion) {
  const api::Function before = run_sleeper();
  const std::size_t machines = machines_.size();
  park("a");
  EXPECT_EQ(machines_.size(), machines) << "the machine is warm again, and nobody ended it";
  EXPECT_EQ(machines_.machine_of("a"), nullptr) << "a machine of the pool has no note";
  EXPECT_EQ(files(".parked"), 1U);
  EXPECT_EQ(files(".image"), 1U);
  EXPECT_EQ(wiring_.made.size(), 1U) << "what comes meanwhile waits in its ports";
  const auto value = read("a", "c.count");
  ASSERT_TRUE(value) << value.error().to_string();
  EXPECT_EQ(*value, "42");
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_EQ(machines_.wakes, 1U);
  EXPECT_EQ(node_->list()[0]->id, before.id);
  EXPECT_EQ(files(".parked"), 0U);
  EXPECT_EQ(files(".image"), 0U);
}

TEST_F(NodeParkTest, ATimerWakesIt) {
  machines_.wake_at_ns =
      static_cast<std::uint64_t>((clock_.now() + base::seconds(5)).since_start().count());
  run_sleeper();
  park("a");
  pass(base::seconds(4));
  EXPECT_EQ(state("a"), State::kParked);
  pass(base::seconds(2));
  EXPECT_EQ(state("a"), State::kRunning);
}

TEST_F(NodeParkTest, ClonesOfOneImageKeepItOnce) {
  for (const char* name : {"a", "b", "c"}) {
    run(sleeper(name));
    park(name);
  }
  EXPECT_EQ(files(".parked"), 3U);
  EXPECT_EQ(files(".image"), 1U);
  call(&Node::stop, "a");
  call(&Node::remove, "b");
  EXPECT_EQ(state("a"), State::kStopped);
  EXPECT_EQ(files(".parked"), 1U);
  EXPECT_EQ(files(".image"), 1U);
  call(&Node::remove, "c");
  EXPECT_EQ(files(".image"), 0U);
}

TEST_F(NodeParkTest, WhatIsRefusedByTheMachineGoesOn) {
  run_sleeper();
  machines_.machine_of("a")->refuse_parking();
  machines_.machine_of("a")->be_idle();
  turn();
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_TRUE(read("a", "c.count"));
}

TEST_F(NodeParkTest, AQuestionThatComesWhileItIsParkedIsAnswered) {
  run_sleeper();
  machines_.machine_of("a")->be_idle();
  for (int turns = 1; turns < 8; ++turns) {
    turn(turns);
    SCOPED_TRACE(turns);
    EXPECT_TRUE(read("a", "c.count"));
    EXPECT_EQ(state("a"), State::kRunning);
    machines_.machine_of("a")->be_idle();
  }
}

TEST_F(NodeParkTest, WithoutRoomForItsFileItGoesOn) {
  run_sleeper();
  std::ofstream(directory_.path("parked")) << "no directory";
  machines_.machine_of("a")->be_idle();
  turn();
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_FALSE(machines_.machine_of("a")->is_parked()) << "it stands still for ever";
  EXPECT_TRUE(read("a", "c.count"));
}

TEST_F(NodeParkTest, AStopThatComesMeanwhileWins) {
  for (int turns = 0; turns < 8; ++turns) {
    SCOPED_TRACE(turns);
    run_sleeper();
    machines_.machine_of("a")->be_idle();
    turn(turns);
    const Told told = call(&Node::remove, "a");
    EXPECT_EQ(told.times, 1);
    EXPECT_FALSE(told.error);
    EXPECT_TRUE(node_->list().empty());
    EXPECT_EQ(files(".parked"), 0U);
    EXPECT_TRUE(wiring_.made.empty());
  }
}

TEST_F(NodeParkTest, APausedFunctionIsNotParked) {
  run_sleeper();
  node_->pause("a", true, [](const Node::Outcome&) {});
  turn();
  machines_.machine_of("a")->be_idle();
  turn();
  EXPECT_EQ(state("a"), State::kPaused);
}

TEST_F(NodeParkTest, PausingAParkedFunctionWakesIt) {
  run_sleeper();
  park("a");
  Told told;
  node_->pause("a", true, into(told));
  turn();
  EXPECT_EQ(told.function.state, State::kPaused);
  EXPECT_EQ(state("a"), State::kPaused);
}

TEST_F(NodeParkTest, ItsLogIsOne) {
  run_sleeper();
  const auto before = node_->log("a", 0);
  ASSERT_TRUE(before);
  ASSERT_FALSE(before->text.empty());
  park("a");
  EXPECT_EQ(node_->log("a", 0)->text, before->text);
  ASSERT_TRUE(read("a", "c.count"));
  const auto after = node_->log("a", 0);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->text, before->text + before->text) << "the made-up guest greets in each machine";
  EXPECT_EQ(after->begins_at, 0U);
  EXPECT_EQ(after->ends_at, 2 * before->ends_at);
  EXPECT_EQ(node_->log("a", before->ends_at)->text, before->text);
}

TEST_F(NodeParkTest, TheNextProcessFindsParkedFunctions) {
  const api::Function before = run_sleeper();
  park("a");
  run(sleeper("b"));
  park("b");
  node_.reset();
  turn();
  make_node();
  EXPECT_EQ(state("a"), State::kParked);
  EXPECT_EQ(state("b"), State::kParked);
  EXPECT_EQ(wiring_.made.size(), 1U);
  EXPECT_FALSE(node_->log("a", 0)->text.empty());
  // The image is read from its file now; the machine wants a guest of its size.
  const auto value = read("a", "c.count");
  ASSERT_TRUE(value) << value.error().to_string();
  EXPECT_EQ(machines_.wakes, 1U);
  EXPECT_EQ(node_->list()[0]->id, before.id);
}

TEST_F(NodeParkTest, ADamagedFileCostsItsFunctionAlone) {
  run_sleeper("a");
  park("a");
  run(sleeper("b"));
  park("b");
  node_.reset();
  turn();
  const std::string id_of_a = [&] {
    for (const auto& each : std::filesystem::directory_iterator(directory_.path("parked"))) {
      std::ifstream file(each.path());
      std::string line;
      std::getline(file, line);
      if (line.find("\"name\":\"a\"") != std::string::npos) {
        return each.path().string();
      }
    }
    return std::string();
  }();
  std::ofstream(id_of_a, std::ios::trunc) << "{\n";
  std::ofstream(directory_.path("parked") + "/0123.image") << "nobody needs it";
  std::ofstream(directory_.path("parked") + "/0123.parked.new") << "unfinished";
  make_node();
  ASSERT_EQ(node_->list().size(), 1U);
  EXPECT_EQ(state("b"), State::kParked);
  EXPECT_EQ(files(".parked"), 1U);
  EXPECT_EQ(files(".image"), 1U);
  EXPECT_EQ(files(".new"), 0U);
}

TEST_F(NodeParkTest, AnEndingNodeLeavesNoFiles) {
  run_sleeper();
  park("a");
  node_->shut_down();
  EXPECT_FALSE(std::filesystem::exists(directory_.path("parked")));
}

TEST_F(NodeParkTest, FunctionsInProcessesAreNotParked) {
  api::FunctionSpec wish = sleeper("a");
  wish.isolation = api::Isolation::kProcess;
  EXPECT_EQ(run(wish).code(), ErrorCode::kUnsupported);
}

TEST_F(NodeParkTest, WhoIsJoinedToAnotherByARingIsNotParked) {
  api::FunctionSpec wish = sleeper("a");
  wish.ports = {{.name = "eth0", .kind = api::PortKind::kRing, .to = "b:eth0"}};
  EXPECT_EQ(run(wish).code(), ErrorCode::kUnsupported);
}

class NodeSaveTest : public NodeParkTest {
 protected:
  os::UniqueFd save(std::string_view which) {
    std::optional<base::Result<os::UniqueFd>> told;
    node_->save(which, [&](base::Result<os::UniqueFd> file) { told = std::move(file); });
    turn();
    if (!told || !*told) {
      ADD_FAILURE() << (told ? told->error().to_string() : "nobody answered");
      return {};
    }
    return std::move(**told);
  }
  static vmm::Saved saved_of(const os::UniqueFd& file) {
    const auto size = os::size_of(file.get());
    const auto bytes = os::Mapping::of_fd(file.get(), 0, size->count(), {});
    return *vmm::decode_snapshot(bytes->bytes());
  }
  Told restore(const os::UniqueFd& file, const api::Function& function, const std::string& name) {
    Told told;
    node_->restore(saved_of(file), function, name, clock_.now(), into(told));
    turn();
    return told;
  }
};

TEST_F(NodeSaveTest, ASavedFunctionGoesOnUnderItsNameAndId) {
  const api::Function before = run_sleeper();
  const os::UniqueFd file = save("a");
  ASSERT_TRUE(file);
  EXPECT_TRUE(os::has_seals(file.get(), os::Seals::kContent));
  EXPECT_NE(saved_of(file).note.find("\"name\":\"a\""), std::string::npos);
  EXPECT_EQ(state("a"), State::kRunning);
  EXPECT_EQ(restore(file, before, "").code(), ErrorCode::kConflict) << "it is there";
  call(&Node::remove, "a");
  const Told again = restore(file, before, "");
  ASSERT_FALSE(again.error) << again.error->to_string();
  EXPECT_EQ(again.function.id, before.id);
  EXPECT_EQ(again.function.state, State::kRunning);
  EXPECT_EQ(wiring_.made.size(), 1U);
}

TEST_F(NodeSaveTest, ACopyGetsAnIdOfItsOwn) {
  const api::Function before = run(spec("a")).function;
  const Told copy = restore(save("a"), before, "b");
  ASSERT_FALSE(copy.error) << copy.error->to_string();
  EXPECT_EQ(copy.function.spec.name, "b");
  EXPECT_NE(copy.function.id, before.id);
  EXPECT_EQ(node_->list().size(), 2U);
}

TEST_F(NodeSaveTest, AParkedFunctionIsWokenToBeSaved) {
  run_sleeper();
  park("a");
  EXPECT_TRUE(save("a"));
  EXPECT_EQ(state("a"), State::kRunning);
}

TEST_F(NodeSaveTest, OfAnotherSizeThanItSaysItIsRefused) {
  api::Function lies = run(spec("a")).function;
  const os::UniqueFd file = save("a");
  lies.spec.memory = base::mib(8);
  EXPECT_EQ(restore(file, lies, "b").code(), ErrorCode::kCorrupt);
  EXPECT_EQ(node_->list().size(), 1U);
}

TEST_F(NodeSaveTest, WhatDoesNotRunIsNotSaved) {
  run(spec("a"));
  call(&Node::stop, "a");
  std::optional<ErrorCode> code;
  node_->save("a", [&](base::Result<os::UniqueFd> file) { code = error_of(file); });
  node_->save("nobody", [&](base::Result<os::UniqueFd> file) {
    EXPECT_EQ(error_of(file), ErrorCode::kNotFound);
  });
  EXPECT_EQ(code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace superfluid::agent
