// SPDX-License-Identifier: Apache-2.0
// A nursery with its own zygote in a temporary directory, and what its machines said; for tests
// that go through real processes.

#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/clock.h"
#include "os/event_loop.h"
#include "support/temporary_directory.h"
#include "vmm/nursery.h"

namespace superfluid::testing {

// What one machine said since it was last asked.
struct Heard {
  std::optional<vmm::Steps> live;
  std::optional<vmm::Snapshot> snapshot;
  std::optional<base::Error> not_saved;
  std::vector<vmm::End> ended;
  std::vector<base::Result<std::string>> answers;
  std::optional<vmm::Counters> counters;
  int paused = 0;
  int packets = 0;
  int idle = 0;
  std::optional<base::Result<vmm::Parked>> parked;
};

// Waits for a moment.
bool is_dead(const os::UniqueFd& pidfd);

class NurseryLab : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Connects to the zygote, or starts it.
  base::Status open();
  // Turns the loop until it is so; false when it is not after a long time.
  bool until(const std::function<bool()>& so);
  // A machine that is warm, and told into heard().
  std::shared_ptr<vmm::Machine> warm_machine();
  void listen(vmm::Machine& machine);
  Heard& heard(const vmm::Machine& machine) { return heard_[machine.id()]; }

  // Boots a tiny guest, or an image's file with a graph, up to READY, stops it there, and gives the
  // snapshot.
  vmm::Snapshot snapshot_of(vmm::Machine& machine, const std::string& guest);
  vmm::Snapshot snapshot_of(vmm::Machine& machine, int image, const std::string& text);
  static vmm::Life life(const std::string& name, std::uint32_t ports = 0);
  // Starts and waits for LIVE.
  void start(vmm::Machine& machine, const vmm::Snapshot& snapshot, const vmm::Life& life);
  // Stops and waits for the end.
  void stop(vmm::Machine& machine);

  TemporaryDirectory directory_;
  os::SystemClock clock_;
  std::unique_ptr<os::EventLoop> loop_;
  vmm::Nursery::Options options_;
  std::unique_ptr<vmm::Nursery> nursery_;
  std::vector<std::shared_ptr<vmm::Machine>> warm_;
  std::vector<base::Error> failed_;
  std::vector<std::pair<vmm::Machine::Id, os::ExitStatus>> gone_;
  int lost_ = 0;
  std::map<vmm::Machine::Id, Heard> heard_;
};

}  // namespace superfluid::testing
