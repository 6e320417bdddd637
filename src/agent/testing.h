// SPDX-License-Identifier: Apache-2.0
// Machines and wires made up for tests: they do what the real ones promise, at the loop's next
// turn, and without a guest, a process or an interface. Like a nursery, a MadeUpMachines outlives
// the node that uses it: a second node finds there what the first one left.
//
// What a made-up guest does is in its graph's text: one with `wrong` has two errors, one with
// `mute` never says that it is live, `never-boots` never gets to READY, `hungry` wants more memory,
// `deaf`, where it was booted, hears no order to stop.
// Its handlers are those of test_handlers() in testing.cc.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/machines.h"
#include "agent/node.h"
#include "agent/wiring.h"
#include "base/check.h"
#include "base/clock.h"
#include "os/event_loop.h"

namespace superfluid::agent {

class MadeUpMachines;

class MadeUpMachine final : public Machine, public std::enable_shared_from_this<MadeUpMachine> {
 public:
  MadeUpMachine(MadeUpMachines& all, Id id, const vmm::ShellSize& size)
      : all_(all), id_(id), size_(size) {}

  Id id() const override { return id_; }
  pid_t pid() const override { return static_cast<pid_t>(1000 + id_); }
  const vmm::ShellSize& size() const override { return size_; }
  void listen(Events events) override { events_ = std::make_shared<Events>(std::move(events)); }
  bool lives() const override { return lives_; }
  base::Status boot(int image, std::string_view text_name, std::string_view text,
                    const vmm::Life& life, bool then_run) override;
  base::Status start(const vmm::Snapshot& snapshot, std::string_view difference,
                     const vmm::Life& life) override;
  base::Status stop() override;
  base::Status pause() override { return switch_pause(); }
  base::Status unpause() override { return switch_pause(); }
  base::Status save() override;
  base::Status park() override;
  base::Status unpark() override;
  base::Status read(std::string_view handler, std::string_view argument) override;
  base::Status write(std::string_view handler, std::string_view value) override;
  base::Status ask_counters() override;
  base::Status kill() override;
  void let_go() override { begins_here_ = false; }
  base::Status note(std::string_view text) override;
  base::Result<std::string> noted() const override { return note_; }
  base::Result<Log> log(std::uint64_t from) const override;

  // For tests: the guest ends.
  void end(vmm::End end);
  // For tests: the guest has nothing to do for long; its next park() is refused.
  void be_idle();
  void refuse_parking() { refuses_parking_ = true; }

  bool is_parked() const { return is_parked_; }
  // Held to the node's processor, by its start.
  bool begins_here() const { return begins_here_; }
  const abi::DevicePage& page() const { return page_; }

 private:
  friend class MadeUpMachines;
  base::Status switch_pause();
  void die(os::ExitStatus status);
  void say_live();
  void later(std::function<void(const Events&)> what);

  MadeUpMachines& all_;
  Id id_;
  vmm::ShellSize size_;
  std::shared_ptr<Events> events_ = std::make_shared<Events>();
  std::string note_;
  std::string text_;
  std::string console_;
  abi::DevicePage page_{};
  os::UniqueFd image_;
  bool refuses_parking_ = false;
  bool is_parked_ = false;
  bool begins_here_ = false;
  bool lives_ = false;
  bool dead_ = false;
};

class MadeUpMachines final : public MachineSource {
 public:
  // How often a machine can be lived in: once, as a process, or again and again.
  enum class Lives : std::uint8_t { kMany, kOne };
  MadeUpMachines(os::EventLoop& loop, const base::Clock& clock, Lives lives = Lives::kMany)
      : loop_(loop), clock_(clock), lives_(lives) {}

  void listen(Events events) override { events_ = std::move(events); }
  std::vector<MachinePtr> found() override;
  base::Status order(const vmm::ShellSize& size, std::uint32_t count) override;
  base::Status shut_down() override;

  // Orders fail from now on with this; nullopt: no more.
  void fail_orders(std::optional<base::Error> error) { order_error_ = std::move(error); }
  // The machine whose note names this function; nullptr when there is none.
  MadeUpMachine* machine_of(std::string_view name) const;
  std::size_t size() const { return machines_.size(); }

  std::size_t ordered = 0;
  std::size_t boots = 0;
  std::size_t starts = 0;
  std::size_t wakes = 0;         // of those, with a difference
  std::uint64_t wake_at_ns = 0;  // of those that are parked

 private:
  friend class MadeUpMachine;
  os::EventLoop& loop_;
  const base::Clock& clock_;
  Lives lives_;
  Events events_;
  std::optional<base::Error> order_error_;
  Machine::Id last_id_ = 0;
  std::map<Machine::Id, std::shared_ptr<MadeUpMachine>> machines_;
};

// Remembers what is there, under the names that the real one would use: "ID/PORT".
class MadeUpWiring final : public Wiring {
 public:
  base::Result<Wired> connect(const PortPlace& place, const api::PortSpec& port) override;
  void disconnect(const PortPlace& place, const api::PortSpec& port) override;
  void sweep(const std::set<std::string>& ids) override;

  std::set<std::string> made;
  std::string refuses;  // the `to` that cannot be connected
};

// A node of such machines and wires, driven turn by turn.
class NodeLab {
 protected:
  NodeLab() : loop_(std::move(*os::EventLoop::create(clock_))), machines_(*loop_, clock_) {
    make_node();
  }
  virtual ~NodeLab() {
    node_.reset();
    turn();  // what was posted goes
  }

  void make_node() {
    node_.emplace(
        *loop_, clock_, wiring_,
        Node::Options{.pool = {.limits = {.level = 2, .seconds_ahead = 0}}, .parked = parked_},
        microvm_, process_);
    node_->adopt();
    turn();
  }
  void turn(int times = 30) {
    for (int i = 0; i < times; ++i) {
      base::check(loop_->turn(base::Duration()).has_value(), "the loop turns");
    }
  }
  void pass(base::Duration time) {
    clock_.advance(time);
    turn();
  }

  struct Told {
    int times = 0;
    std::optional<base::Error> error;
    api::Function function;
    std::optional<base::ErrorCode> code() const {
      return error ? std::optional(error->code()) : std::nullopt;
    }
  };
  static Node::Done into(Told& told) {
    return [&told](const Node::Outcome& outcome) {
      ++told.times;
      if (outcome) {
        told.function = **outcome;
      } else {
        told.error = outcome.error();
      }
    };
  }
  static api::FunctionSpec spec(std::string name, std::string graph = "Idle -> Discard") {
    return {.name = std::move(name), .graph = std::move(graph)};
  }
  Told run(api::FunctionSpec spec) {
    Told told;
    node_->run(std::move(spec), clock_.now(), into(told));
    turn();
    return told;
  }
  template <typename... Args>
  Told call(void (Node::*method)(Args...), std::string_view which) {
    Told told;
    ((*node_).*method)(which, into(told));
    turn();
    return told;
  }
  std::optional<api::State> state(std::string_view name) const {
    for (const api::Function* function : node_->list()) {
      if (function->spec.name == name) {
        return function->state;
      }
    }
    return std::nullopt;
  }

  std::string parked_;  // the directory; none: nothing is parked
  base::ManualClock clock_;
  std::unique_ptr<os::EventLoop> loop_;
  MadeUpMachines machines_;
  Node::Driver microvm_{.source = &machines_, .why_not = ""};
  Node::Driver process_{.why_not = "none here"};
  MadeUpWiring wiring_;
  std::optional<Node> node_;
};

}  // namespace superfluid::agent
