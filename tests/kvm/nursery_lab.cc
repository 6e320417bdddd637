// SPDX-License-Identifier: Apache-2.0
#include "kvm/nursery_lab.h"

#include <poll.h>

#include <cstring>
#include <utility>

#include "kvm/tiny_guests.h"
#include "os/files.h"
#include "os/memfd.h"

namespace superfluid::testing {

using vmm::Machine;

namespace {

std::string how(const vmm::End& end) {
  return end.message + (end.process ? " " + end.process->to_string() : "");
}

}  // namespace

bool is_dead(const os::UniqueFd& pidfd) {
  pollfd watched{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 10) == 1;
}

void NurseryLab::SetUp() {
  auto loop = os::EventLoop::create(clock_);
  ASSERT_TRUE(loop);
  loop_ = std::move(*loop);
  options_ = {.program = SUPERFLUID_VMM, .path = directory_.path("vmm.sock")};
}

void NurseryLab::TearDown() {
  if (nursery_ != nullptr && lost_ == 0) {
    const base::Status ended = nursery_->shut_down();
    EXPECT_TRUE(ended) << ended.error().to_string();
  }
  warm_.clear();
  nursery_.reset();
}

base::Status NurseryLab::open() {
  SF_TRY(nursery,
         vmm::Nursery::open(
             *loop_, options_,
             {.warm = [this](std::shared_ptr<Machine> m) { warm_.push_back(std::move(m)); },
              .failed = [this](base::Error why) { failed_.push_back(std::move(why)); },
              .gone = [this](Machine::Id id, os::ExitStatus how) { gone_.emplace_back(id, how); },
              .lost = [this] { ++lost_; }}));
  nursery_ = std::move(nursery);
  return {};
}

bool NurseryLab::until(const std::function<bool()>& so) {
  const base::Instant deadline = clock_.now() + base::seconds(60);
  while (!so()) {
    if (clock_.now() > deadline || !loop_->turn(base::seconds(1))) {
      return false;
    }
  }
  return true;
}

std::shared_ptr<Machine> NurseryLab::warm_machine() {
  const base::Status ordered = nursery_->order({}, 1);
  EXPECT_TRUE(ordered) << ordered.error().to_string();
  const bool came = until([this] { return !warm_.empty() || !failed_.empty(); });
  if (!came || warm_.empty()) {
    ADD_FAILURE() << (failed_.empty() ? "no shell in time" : failed_.back().to_string());
    return nullptr;
  }
  auto machine = std::move(warm_.back());
  warm_.pop_back();
  listen(*machine);
  return machine;
}

void NurseryLab::listen(Machine& machine) {
  Heard& heard = heard_[machine.id()];
  machine.listen(
      {.live = [&heard](const vmm::Steps& steps) { heard.live = steps; },
       .snapshot = [&heard](vmm::Snapshot s) { heard.snapshot = std::move(s); },
       .ended = [&heard](const vmm::End& end) { heard.ended.push_back(end); },
       .answer = [&heard](base::Result<std::string> a) { heard.answers.push_back(std::move(a)); },
       .counters = [&heard](const vmm::Counters& counters) { heard.counters = counters; },
       .paused = [&heard] { ++heard.paused; },
       .packet = [&heard] { ++heard.packets; },
       .not_saved = [&heard](base::Error why) { heard.not_saved = std::move(why); },
       .idle = [&heard] { ++heard.idle; },
       .parked = [&heard](base::Result<vmm::Parked> p) { heard.parked = std::move(p); }});
}

vmm::Life NurseryLab::life(const std::string& name, std::uint32_t ports) {
  vmm::Life life;
  name.copy(life.page.name, sizeof life.page.name - 1);
  life.page.port_count = ports;
  life.ports.resize(ports);
  return life;
}

vmm::Snapshot NurseryLab::snapshot_of(Machine& machine, const std::string& guest) {
  const auto image = os::create_memfd("guest", base::bytes(0));
  EXPECT_TRUE(image && os::write_all(image->get(), tiny_guest(guest)));
  return snapshot_of(machine, image->get(), "Idle -> Discard;");
}

vmm::Snapshot NurseryLab::snapshot_of(Machine& machine, int image, const std::string& text) {
  const base::Status told = machine.boot(image, "a.click", text, life("image"));
  EXPECT_TRUE(told) << told.error().to_string();
  Heard& said = heard(machine);
  EXPECT_TRUE(until([&] { return said.snapshot || !said.ended.empty(); }));
  if (!said.snapshot) {
    ADD_FAILURE() << "no READY: " << (said.ended.empty() ? "" : how(said.ended.back()));
    return {};
  }
  vmm::Snapshot snapshot = *std::exchange(said.snapshot, std::nullopt);
  stop(machine);
  return snapshot;
}

void NurseryLab::start(Machine& machine, const vmm::Snapshot& snapshot, const vmm::Life& life) {
  Heard& said = heard(machine);
  said.live.reset();
  const base::Status told = machine.start(snapshot, {}, life);
  ASSERT_TRUE(told) << told.error().to_string();
  ASSERT_TRUE(until([&] { return said.live || !said.ended.empty(); }));
  ASSERT_TRUE(said.live) << how(said.ended.back());
}

void NurseryLab::stop(Machine& machine) {
  Heard& said = heard(machine);
  const base::Status told = machine.stop();
  ASSERT_TRUE(told) << told.error().to_string();
  ASSERT_TRUE(until([&] { return !said.ended.empty(); }));
  EXPECT_EQ(said.ended.back().why, vmm::End::Why::kStopped) << how(said.ended.back());
  said.ended.clear();
}

}  // namespace superfluid::testing
