// SPDX-License-Identifier: Apache-2.0
#include "agent/nursery_machines.h"

#include <utility>

namespace superfluid::agent {

namespace {

class NurseryMachine final : public Machine {
 public:
  explicit NurseryMachine(std::shared_ptr<vmm::Machine> machine) : machine_(std::move(machine)) {}

  Id id() const override { return machine_->id(); }
  pid_t pid() const override { return machine_->pid(); }
  const vmm::ShellSize& size() const override { return machine_->size(); }
  void listen(Events events) override { machine_->listen(std::move(events)); }
  bool lives() const override {
    const vmm::MonitorState state = machine_->state();
    return state == vmm::MonitorState::kRuns || state == vmm::MonitorState::kPaused;
  }
  base::Status boot(int image, std::string_view text_name, std::string_view text,
                    const vmm::Life& life, bool then_run) override {
    return machine_->boot(image, text_name, text, life, then_run);
  }
  base::Status start(const vmm::Snapshot& snapshot, std::string_view difference,
                     const vmm::Life& life) override {
    return machine_->start(snapshot, difference, life);
  }
  base::Status stop() override { return machine_->stop(); }
  base::Status pause() override { return machine_->pause(); }
  base::Status unpause() override { return machine_->unpause(); }
  base::Status save() override { return machine_->save(); }
  base::Status park() override { return machine_->park(); }
  base::Status unpark() override { return machine_->unpark(); }
  base::Status read(std::string_view handler, std::string_view argument) override {
    return machine_->read(handler, argument);
  }
  base::Status write(std::string_view handler, std::string_view value) override {
    return machine_->write(handler, value);
  }
  base::Status ask_counters() override { return machine_->ask_counters(); }
  base::Status kill() override { return machine_->kill(); }
  void let_go() override { machine_->let_go(); }
  base::Status note(std::string_view text) override { return machine_->note(text); }
  base::Result<std::string> noted() const override { return machine_->noted(); }
  base::Result<Log> log(std::uint64_t from) const override { return machine_->log(from); }

 private:
  std::shared_ptr<vmm::Machine> machine_;
};

class NurserySource final : public MachineSource {
 public:
  base::Status open(os::EventLoop& loop, const vmm::Nursery::Options& options) {
    vmm::Nursery::Events events;
    events.warm = [this](std::shared_ptr<vmm::Machine> machine) {
      events_.warm(std::make_shared<NurseryMachine>(std::move(machine)));
    };
    events.failed = [this](base::Error error) { events_.failed(std::move(error)); };
    events.gone = [this](Machine::Id id, os::ExitStatus status) { events_.gone(id, status); };
    events.lost = [this] { events_.lost(); };
    SF_TRY(nursery, vmm::Nursery::open(loop, options, std::move(events)));
    nursery_ = std::move(nursery);
    return {};
  }

  void listen(Events events) override { events_ = std::move(events); }
  std::vector<MachinePtr> found() override {
    std::vector<MachinePtr> found;
    for (std::shared_ptr<vmm::Machine>& machine : nursery_->found()) {
      found.push_back(std::make_shared<NurseryMachine>(std::move(machine)));
    }
    return found;
  }
  base::Status order(const vmm::ShellSize& size, std::uint32_t count) override {
    return nursery_->order(size, count);
  }
  base::Status shut_down() override { return nursery_->shut_down(); }

 private:
  Events events_;
  std::unique_ptr<vmm::Nursery> nursery_;
};

}  // namespace

base::Result<std::unique_ptr<MachineSource>> open_nursery(os::EventLoop& loop,
                                                          const vmm::Nursery::Options& options) {
  auto source = std::make_unique<NurserySource>();
  SF_CHECKED(source->open(loop, options));
  return source;
}

}  // namespace superfluid::agent
