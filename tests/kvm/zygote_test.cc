// SPDX-License-Identifier: Apache-2.0
// What outlives whom: daemons, the zygote, its monitors.
#include <csignal>
#include <set>
#include <string>

#include "base/text.h"
#include "kvm/kvm_lab.h"
#include "os/files.h"
#include "os/fork.h"
#include "os/unix_socket.h"
#include "support/error_of.h"

namespace superfluid::testing {
namespace {

using vmm::End;
using vmm::MonitorState;

class ZygoteTest : public KvmLab {
 protected:
  // Of the process at the other end of the listener.
  pid_t zygote_of(const vmm::Machine& machine) {
    const std::string stat =
        os::read_text("/proc/" + std::to_string(machine.pid()) + "/stat", base::kib(4)).value();
    const std::string rest = stat.substr(stat.rfind(')') + 4);
    return static_cast<pid_t>(*base::parse_u64(rest.substr(0, rest.find(' '))));
  }
};

TEST_F(ZygoteTest, ADaemonThatComesAfterFindsWhatTheOtherLeft) {
  auto machine = warm_machine();
  ASSERT_NE(machine, nullptr);
  const vmm::Snapshot snapshot = snapshot_of(*machine, "floods");
  ASSERT_TRUE(machine->note("what runs here"));
  start(*machine, snapshot, life("p"));
  ASSERT_TRUE(until([&] { return machine->log(0)->ends_at > 1000; }));
  const auto id = machine->id();
  const pid_t pid = machine->pid();
  ASSERT_TRUE(machine->pause());
  ASSERT_TRUE(until([&] { return heard(*machine).paused == 1; }));
  const auto log = machine->log(0);
  machine.reset();
  nursery_.reset();

  reopen();
  auto found = nursery_->found();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(nursery_->found().empty());
  EXPECT_EQ(found[0]->id(), id);
  EXPECT_EQ(found[0]->pid(), pid);
  EXPECT_EQ(found[0]->state(), MonitorState::kPaused);
  EXPECT_EQ(found[0]->noted().value_or(""), "what runs here");
  EXPECT_EQ(found[0]->log(0)->text, log->text);
  listen(*found[0]);
  stop(*found[0]);
  start(*found[0], snapshot, life("p"));
}

TEST_F(ZygoteTest, AMonitorThatDiedMeanwhileIsToldOf) {
  auto machine = warm_machine();
  ASSERT_NE(machine, nullptr);
  const auto id = machine->id();
  auto pidfd = os::open_pidfd(machine->pid());
  ASSERT_TRUE(pidfd);
  machine.reset();
  nursery_.reset();
  ASSERT_TRUE(os::send_signal(*pidfd, SIGKILL));
  ASSERT_TRUE(until([&] { return is_dead(*pidfd); }));
  reopen();
  ASSERT_TRUE(until([this] { return !gone_.empty(); }));
  EXPECT_EQ(gone_[0].first, id);
  EXPECT_EQ(gone_[0].second.signal, SIGKILL);
  EXPECT_TRUE(nursery_->found().empty());
}

TEST_F(ZygoteTest, TwoDaemonsAtATimeAreOneTooMany) {
  const auto other = vmm::Nursery::open(*loop_, options_, {});
  EXPECT_EQ(error_of(other), base::ErrorCode::kConflict);
  ASSERT_NE(warm_machine(), nullptr) << "the first is no worse for it";
}

TEST_F(ZygoteTest, MonitorsDieWithTheZygote) {
  auto machine = warm_machine();
  ASSERT_NE(machine, nullptr);
  const vmm::Snapshot snapshot = snapshot_of(*machine, "spins");
  start(*machine, snapshot, life("spins"));
  const auto monitor = os::open_pidfd(machine->pid());
  const auto zygote = os::open_pidfd(zygote_of(*machine));
  ASSERT_TRUE(monitor && zygote);
  ASSERT_TRUE(os::send_signal(*zygote, SIGKILL));
  ASSERT_TRUE(until([&] { return lost_ == 1 && is_dead(*monitor); }));
  ASSERT_EQ(heard(*machine).ended.size(), 1U);
  EXPECT_EQ(heard(*machine).ended[0].why, End::Why::kKilled);
  EXPECT_EQ(error_of(nursery_->order({}, 1)), base::ErrorCode::kUnreachable);
  // The path of a dead zygote is taken over.
  machine.reset();
  nursery_.reset();
  lost_ = 0;
  reopen();
  EXPECT_TRUE(nursery_->found().empty());
  ASSERT_NE(warm_machine(), nullptr);
}

TEST_F(ZygoteTest, ShutDownEndsAllOfThem) {
  auto machine = warm_machine();
  ASSERT_NE(machine, nullptr);
  const auto monitor = os::open_pidfd(machine->pid());
  const auto zygote = os::open_pidfd(zygote_of(*machine));
  ASSERT_TRUE(nursery_->shut_down());
  EXPECT_TRUE(until([&] { return is_dead(*monitor) && is_dead(*zygote); }));
  nursery_.reset();
}

TEST_F(ZygoteTest, MoreShellsThanOneAreMadeAndAllMachinesDiffer) {
  ASSERT_TRUE(nursery_->order({}, 8));
  ASSERT_TRUE(until([this] { return warm_.size() == 8; }));
  std::set<pid_t> pids;
  for (const auto& machine : warm_) {
    pids.insert(machine->pid());
  }
  EXPECT_EQ(pids.size(), 8U);
  EXPECT_EQ(error_of(nursery_->order({}, 0)), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(nursery_->order({}, vmm::Nursery::kOrderMax + 1)), base::ErrorCode::kInvalid);
}

TEST_F(ZygoteTest, MonitorsHaveNoPrivilegesAndAFilter) {
  SF_REQUIRE(root);
  ASSERT_TRUE(nursery_->shut_down());
  nursery_.reset();
  constexpr uid_t kNobody = 65534;
  options_.user = kNobody;
  reopen();
  auto machine = warm_machine();
  ASSERT_NE(machine, nullptr);
  const std::string status =
      os::read_text("/proc/" + std::to_string(machine->pid()) + "/status", base::kib(64)).value();
  for (const char* line : {"Uid:\t65534\t65534\t65534\t65534", "Gid:\t65534\t65534\t65534\t65534",
                           "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000",
                           "NoNewPrivs:\t1", "Seccomp:\t2"}) {
    EXPECT_NE(status.find(line), std::string::npos) << line << " is not in\n" << status;
  }
  const vmm::Snapshot snapshot = snapshot_of(*machine, "lifecycle");
  start(*machine, snapshot, life("a"));
}

}  // namespace
}  // namespace superfluid::testing
