// SPDX-License-Identifier: Apache-2.0
#include "os/kernel_text.h"

#include <gtest/gtest.h>

namespace superfluid::os {
namespace {

constexpr std::string_view kHybrid =
    "proc /proc proc rw 0 0\n"
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n"
    "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"
    "cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\n";
constexpr std::string_view kGroups = "4:pids:/box\n3:cpu,cpuacct:/\n0::/user.slice/one\n";

TEST(KernelText, LinesAndWordsWithoutEmptyOnes) {
  constexpr std::string_view kLines = "\na b\n\nc";
  constexpr std::string_view kWords = " a\tb\nc ";
  EXPECT_EQ(split_lines(kLines), (std::vector<std::string_view>{"a b", "c"}));
  EXPECT_EQ(split_words(kWords), (std::vector<std::string_view>{"a", "b", "c"}));
  EXPECT_TRUE(contains_word("cpu io memory", "io"));
  EXPECT_FALSE(contains_word("cpuset io", "cpu"));
}

TEST(KernelText, AGroupIsFoundInTheHierarchyThatHasTheController) {
  const auto mounts = parse_mounts(kHybrid);
  ASSERT_EQ(mounts.size(), 4U);
  const auto cpu = find_cgroup(mounts, kGroups, "cpu");
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->root, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(cpu->path, cpu->root);
  EXPECT_FALSE(cpu->is_unified);
  EXPECT_EQ(find_cgroup(mounts, kGroups, "pids")->path, "/sys/fs/cgroup/pids/box");
  const auto io = find_cgroup(mounts, kGroups, "io");
  ASSERT_TRUE(io);
  EXPECT_EQ(io->path, "/sys/fs/cgroup/unified/user.slice/one");
  EXPECT_TRUE(io->is_unified);
}

TEST(KernelText, WhatIsNotThereIsNotFound) {
  EXPECT_FALSE(find_cgroup({}, kGroups, "cpu"));
  EXPECT_FALSE(find_cgroup(parse_mounts("cgroup\n\n cgroup2 x\n"), kGroups, "cpu"));
  for (const char* groups : {"", "3", "3:cpu", "3:cpu:relative", "::", ":"}) {
    EXPECT_FALSE(find_cgroup(parse_mounts(kHybrid), groups, "cpu")) << groups;
  }
}

}  // namespace
}  // namespace superfluid::os
