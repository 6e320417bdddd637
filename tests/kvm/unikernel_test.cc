// SPDX-License-Identifier: Apache-2.0
// The unikernel itself in a real monitor: a graph is booted, cloned, asked, and refused where it is
// wrong.
#include <fcntl.h>

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
    Heard& said = heard(*machine_);
    said.answers.clear();
    EXPECT_TRUE(machine_->read(handler, ""));
    EXPECT_TRUE(until([&] { return !said.answers.empty(); }));
    return said.answers.empty() ? "" : said.answers[0].value_or("none");
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
