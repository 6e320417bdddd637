// SPDX-License-Identifier: Apache-2.0
#include "os/cpu_group.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "os/process.h"
#include "support/require.h"

namespace superfluid::os {
namespace {

using base::cat;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Of a process, as "ID:CONTROLLERS:PATH" lines.
std::string groups_of(pid_t process) { return read(cat("/proc/", process, "/cgroup")); }

// Where the groups of this owner lie, in whichever hierarchy.
std::string directory_of_owner(const std::string& owner) {
  for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"}) {
    if (std::filesystem::exists(cat(mount, "/", owner))) {
      return cat(mount, "/", owner);
    }
  }
  return {};
}

class CpuGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SF_REQUIRE(root);
    auto groups = CpuGroups::open(owner_);
    if (!groups && groups.error().code() == base::ErrorCode::kUnsupported) {
      GTEST_SKIP() << "needs control groups: " << groups.error().to_string();
    }
    ASSERT_TRUE(groups) << groups.error().to_string();
    groups_.emplace(std::move(*groups));
    auto busy = Process::spawn({.argv = {"sh", "-c", "while :; do :; done"}});
    ASSERT_TRUE(busy) << busy.error().to_string();
    busy_.emplace(std::move(*busy));
  }
  void TearDown() override {
    busy_.reset();
    if (groups_) {
      CpuGroups::sweep(owner_, {});
      EXPECT_EQ(directory_of_owner(owner_), "") << "something is left";
    }
  }

  const std::string owner_ = cat("superfluid-test-", ::getpid());
  std::optional<CpuGroups> groups_;
  std::optional<Process> busy_;
};

TEST_F(CpuGroupTest, AProcessInAGroupIsHeldBackByItsQuota) {
  const std::string before = groups_of(busy_->pid());
  ASSERT_TRUE(groups_->put("one", busy_->pid(), {.quota_percent = 5, .weight = 200}));
  EXPECT_NE(groups_of(busy_->pid()).find(cat("/", owner_, "/one\n")), std::string::npos);
  const std::string group = cat(directory_of_owner(owner_), "/one");
  const auto was_throttled = [&] {
    const std::string statistics = read(cat(group, "/cpu.stat"));
    return statistics.find("nr_throttled") != std::string::npos &&
           statistics.find("nr_throttled 0\n") == std::string::npos;
  };
  for (int looks = 0; looks < 1000 && !was_throttled(); ++looks) {
    static_cast<void>(busy_->wait(base::milliseconds(10)));
  }
  EXPECT_TRUE(was_throttled()) << read(cat(group, "/cpu.stat"));
  groups_->take_out("one", busy_->pid());
  EXPECT_EQ(groups_of(busy_->pid()), before);
  EXPECT_FALSE(std::filesystem::exists(group));
}

TEST_F(CpuGroupTest, WhatAKilledProgramLeftIsSweptAndTheRestIsKept) {
  ASSERT_TRUE(groups_->put("old", busy_->pid(), {.quota_percent = 50}));
  auto other = Process::spawn({.argv = {"sleep", "1000"}});
  ASSERT_TRUE(other);
  ASSERT_TRUE(groups_->put("kept", other->pid(), {.quota_percent = 50}));
  CpuGroups::sweep(owner_, {"kept"});
  EXPECT_EQ(groups_of(busy_->pid()).find(owner_), std::string::npos);
  EXPECT_NE(groups_of(other->pid()).find(cat(owner_, "/kept")), std::string::npos);
}

TEST_F(CpuGroupTest, AGroupForAProcessThatIsGoneIsGoneToo) {
  const pid_t pid = busy_->pid();
  ASSERT_TRUE(busy_->terminate(base::seconds(5)));
  EXPECT_FALSE(groups_->put("one", pid, {.quota_percent = 50}));
  EXPECT_FALSE(std::filesystem::exists(cat(directory_of_owner(owner_), "/one")));
}

}  // namespace
}  // namespace superfluid::os
