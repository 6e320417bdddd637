// SPDX-License-Identifier: Apache-2.0
// The unikernel itself in a real monitor: a graph is booted, cloned, asked, and refused where it is
// wrong.
#include <fcntl.h>
#include <gmock/gmock.h>

#include <functional>

#include "kvm/kvm_lab.h"
#include "os/files.h"

namespace superfluid::testing {
namespace {

class UnikernelTest : public KvmMachineLab {
 protected:
  void SetUp() override {
    KvmMachineLab::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    auto image = os::open_file(SUPERFLUID_GUEST, O_RDONLY);
    ASSERT_TRUE(image) << image.error().to_string();
    image_ = std::move(*image);
  }
  std::string read(std::string_view handler) {
    return answer_to([&] { return machine_->read(handler, ""); });
  }
  std::string write(std::string_view handler, std::string_view value) {
    return answer_to([&] { return machine_->write(handler, value); });
  }
  std::string answer_to(const std::function<base::Status()>& ask) {
    Heard& said = heard(*machine_);
    said.answers.clear();
    EXPECT_TRUE(ask());
    EXPECT_TRUE(until([&] { return !said.answers.empty(); }));
    if (said.answers.empty()) {
      return "no answer";
    }
    return said.answers[0] ? *said.answers[0] : said.answers[0].error().to_string();
  }

  os::UniqueFd image_;
};

TEST_F(UnikernelTest, AGraphIsBootedOnceAndItsClonesRun) {
  const vmm::Snapshot snapshot =
      snapshot_of(*machine_, image_.get(), "InfiniteSource(LIMIT 7) -> c :: Counter -> Discard;");
  ASSERT_TRUE(snapshot.memory);
  for (const char* name : {"one", "two"}) {
    start(*machine_, snapshot, life(name));
    EXPECT_TRUE(until([&] { return read("c.count") == "7"; }));
    stop(*machine_);
  }
}

TEST_F(UnikernelTest, AnotherGraphTakesThePlaceOfOneThatRuns) {
  const std::string first = "InfiniteSource(LIMIT 7) -> c :: Counter -> q :: Queue -> Idle;";
  start(*machine_, snapshot_of(*machine_, image_.get(), first), life("a"));
  EXPECT_TRUE(until([&] { return read("c.count") == "7"; }));
  EXPECT_EQ(write("hotconfig", "Idle -> c :: Counter -> q :: Queue(9) -> Idle;"), "");
  EXPECT_EQ(read("q.capacity"), "9");
  EXPECT_EQ(read("q.length"), "7") << "packets stay in a queue of the same name";
  EXPECT_EQ(read("c.count"), "7");
  EXPECT_EQ(write("hotconfig", "Idle -> Nonsense"),
            "hotconfig:1:9: error: undeclared element 'Nonsense'");
  EXPECT_EQ(read("q.capacity"), "9");
  EXPECT_EQ(write("hotconfig", "Idle -> q :: Queue(100000) -> Idle;"), "");
  EXPECT_THAT(write("hotconfig", "Idle -> q :: Queue(9) -> Idle;"),
              ::testing::HasSubstr("has not as much left for another graph beside this one"));
  EXPECT_EQ(read("q.capacity"), "100000");
}

TEST_F(UnikernelTest, WhatIsWrongWithAGraphIsTold) {
  ASSERT_TRUE(machine_->boot(image_.get(), "a.click", "Idle -> Discrad;", life("a")));
  const Heard& said = heard(*machine_);
  ASSERT_TRUE(until([&] { return !said.ended.empty(); }));
  EXPECT_EQ(said.ended[0].why, vmm::End::Why::kPanicked);
  EXPECT_EQ(said.ended[0].code, abi::kPanicGraph);
  EXPECT_EQ(said.ended[0].findings,
            "error\ta.click\t1\t9\tundeclared element 'Discrad'\tdid you mean 'Discard'?\n");
}

}  // namespace
}  // namespace superfluid::testing
