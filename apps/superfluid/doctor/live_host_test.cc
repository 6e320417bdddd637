// SPDX-License-Identifier: Apache-2.0
// The trials on the machine that runs the tests, as far as it lets them.

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "superfluid/doctor/host.h"
#include "superfluid/doctor/in_child.h"
#include "support/require.h"
#include "support/temporary_directory.h"

namespace superfluid::doctor {
namespace {

TEST(InChild, BringsTheAnswerBack) {
  int untouched = 1;
  const auto answer = in_child<int>(base::seconds(60), [&] { return ++untouched; });
  EXPECT_EQ(answer, 2);
  EXPECT_EQ(untouched, 1) << "the child worked on its own memory";
}

TEST(InChild, SaysWhenTheChildDiedOrHung) {
  const auto died = in_child<int>(base::seconds(60), [] { return std::raise(SIGKILL); });
  EXPECT_EQ(died.error(), kDied);
  const auto hung = in_child<int>(base::milliseconds(1), []() -> int {
    while (true) {
      pause();
    }
  });
  EXPECT_EQ(hung.error(), kTookTooLong);
}

TEST(LiveHost, ReadsFilesAndFindsPrograms) {
  const LiveHost host;
  EXPECT_TRUE(host.read("/proc/self/limits"));
  EXPECT_FALSE(host.read("/proc/self/no-such-file"));
  EXPECT_TRUE(host.has_program("sh"));
  EXPECT_FALSE(host.has_program("no-such-program"));
}

TEST(LiveHost, KnowsTheKernelsFilesFromOthers) {
  const LiveHost host;
  EXPECT_TRUE(host.in_kernel_files("/proc/self/no-such-file"));
  EXPECT_TRUE(host.in_kernel_files("/proc/self/no-such-folder/no-such-file"));
  EXPECT_FALSE(host.in_kernel_files("/no-such-folder/file"));
  const testing::TemporaryDirectory mine;
  EXPECT_FALSE(host.in_kernel_files(mine.path() + "/file"));
}

TEST(LiveHost, SaysWhoMayUseAFile) {
  const LiveHost host;
  EXPECT_FALSE(host.permissions("/proc/self/no-such-file"));
  const auto found = host.permissions("/dev/null");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mode, 0666u);
  EXPECT_FALSE(found->group.empty());
}

TEST(LiveHost, RunsAMicrovm) {
  SF_REQUIRE(kvm);
  const KvmTrial trial = LiveHost().try_kvm();
  EXPECT_EQ(trial.reached, KvmTrial::Step::kDone)
      << "errno " << trial.error << ", exit reason " << trial.exit_reason;
  EXPECT_EQ(trial.api_version, 12u);
  EXPECT_GT(trial.exits, 0u);
  EXPECT_LE(trial.exit_ns_min, trial.exit_ns_p50);
}

TEST(LiveHost, RunsAnXdpProgram) {
  SF_REQUIRE(bpf);
  SF_REQUIRE(root);
  const BpfTrial trial = LiveHost().try_bpf();
  EXPECT_EQ(trial.load, 0);
  EXPECT_EQ(trial.run, 0);
  EXPECT_EQ(trial.verdict, 2u);
}

TEST(LiveHost, MakesANetworkNamespaceAndStaysInItsOwn) {
  SF_REQUIRE(netns);
  char before[64] = {};
  char after[64] = {};
  ASSERT_GT(readlink("/proc/self/ns/net", before, sizeof before - 1), 0);
  EXPECT_EQ(LiveHost().try_namespace(Namespace::kNet).alone, 0);
  ASSERT_GT(readlink("/proc/self/ns/net", after, sizeof after - 1), 0);
  EXPECT_STREQ(before, after);
}

}  // namespace
}  // namespace superfluid::doctor
