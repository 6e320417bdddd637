// SPDX-License-Identifier: Apache-2.0
#include "agent/testing.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "os/memfd.h"
#include "vmm/snapshot.h"

namespace superfluid::agent {

using base::cat;
using base::ErrorCode;

namespace {

vmm::End end_of(vmm::End::Why why) {
  vmm::End end;
  end.why = why;
  return end;
}

constexpr std::string_view kFindings =
    "error\tconfig\t1\t1\tunknown element class 'InfinitSource'\tdid you mean 'InfiniteSource'?\n"
    "error\tconfig\t3\t5\tundeclared element 'sink'\t\n";

constexpr std::string_view kDifference = "what it changed";

base::Result<os::UniqueFd> made_up_memory(const vmm::ShellSize& size) {
  SF_TRY(memory, os::create_memfd("made-up-image", size.ram));
  SF_CHECKED(os::seal(memory, os::Seals::kContent));
  return memory;
}

base::Result<std::string> read_handler(std::string_view handler, std::string_view argument) {
  if (handler == "list") {
    return std::string("2\nc\nDiscard@2\n");
  }
  if (handler == "handlers") {
    return std::string("list\tr\nstop\tw\n");
  }
  if (handler == "c.handlers") {
    return std::string("count\tr\nreset\tw\n");
  }
  if (handler == "c.count") {
    return std::string("42");
  }
  if (handler == "echo") {
    return std::string(argument);
  }
  return base::fail(ErrorCode::kNotFound, cat("no '", base::escape(handler), "' read handler"));
}

}  // namespace

void MadeUpMachine::later(std::function<void(const Events&)> what) {
  all_.loop_.post([self = shared_from_this(), what = std::move(what)] {
    // Who replaces the listener within a call does not pull it from under it.
    const auto events = self->events_;
    what(*events);
  });
}

base::Status MadeUpMachine::boot(int, std::string_view text_name, std::string_view text,
                                 const vmm::Life& life, bool then_run) {
  ++all_.boots;
  text_ = text;
  page_ = life.page;
  lives_ = true;
  if (text.find("never-boots") != std::string_view::npos) {
    return {};
  }
  if (text.find("wrong") != std::string_view::npos) {
    std::string findings(kFindings);
    for (std::size_t at = 0; (at = findings.find("config", at)) != std::string::npos;) {
      findings.replace(at, 6, text_name);
      at += text_name.size();
    }
    vmm::End panic = end_of(vmm::End::Why::kPanicked);
    panic.code = abi::kPanicGraph;
    panic.findings = std::move(findings);
    end(std::move(panic));
    return {};
  }
  if (text.find("hungry") != std::string_view::npos) {
    vmm::End panic = end_of(vmm::End::Why::kPanicked);
    panic.code = abi::kPanicMemory;
    panic.message = "4MiB needed";
    end(std::move(panic));
    return {};
  }
  if (then_run) {
    console_ = cat("hello from ", page_.name, "\n");
    if (text.find("mute") == std::string_view::npos) {
      say_live();
    }
    return {};
  }
  later([this](const Events& events) {
    auto memory = made_up_memory(size_);
    if (memory && events.snapshot) {
      vmm::Snapshot snapshot;
      snapshot.memory = std::move(*memory);
      snapshot.size = size_;
      snapshot.cpu.registers.rip = text_.find("mute") != std::string::npos;
      events.snapshot(std::move(snapshot));
    }
  });
  return {};
}

base::Status MadeUpMachine::start(const vmm::Snapshot& snapshot, std::string_view difference,
                                  const vmm::Life& life) {
  if (snapshot.size != size_) {
    return base::fail(ErrorCode::kInvalid, "a snapshot of another size");
  }
  ++all_.starts;
  lives_ = true;
  SF_TRY(image, snapshot.memory.duplicate());
  image_ = std::move(image);
  if (!difference.empty()) {
    ++all_.wakes;
    base::check(difference == kDifference, "what was parked comes back as it was");
  }
  page_ = life.page;
  begins_here_ = life.begins_here;
  console_ = cat("hello from ", page_.name, "\n");
  if (snapshot.cpu.registers.rip == 0) {  // else it is mute
    say_live();
  }
  return {};
}

void MadeUpMachine::say_live() {
  const auto now = static_cast<std::uint64_t>(all_.clock_.now().since_start().count());
  later([this, now](const Events& events) {
    let_go();
    if (events.live) {
      events.live({.received_ns = now,
                   .image_ns = now,
                   .ports_ns = now,
                   .page_ns = now,
                   .run_ns = now,
                   .live_ns = now,
                   .packet_ns = 0});
    }
  });
}

base::Status MadeUpMachine::save() {
  later([this](const Events& events) {
    if (auto memory = made_up_memory(size_); memory && events.snapshot) {
      vmm::Snapshot snapshot;
      snapshot.memory = std::move(*memory);
      snapshot.size = size_;
      vmm::normalize(snapshot.cpu);
      events.snapshot(std::move(snapshot));
    }
  });
  return {};
}

void MadeUpMachine::be_idle() {
  later([](const Events& events) {
    if (events.idle) {
      events.idle();
    }
  });
}

base::Status MadeUpMachine::park() {
  later([this](const Events& events) {
    if (!lives_ || !events.parked) {
      return;
    }
    if (refuses_parking_) {
      events.parked(base::fail(ErrorCode::kConflict, "a frame came"));
      return;
    }
    is_parked_ = true;
    events.parked(vmm::Parked{.difference = std::string(kDifference),
                              .image = image_.duplicate().value(),
                              .wake_at_ns = all_.wake_at_ns});
  });
  return {};
}

base::Status MadeUpMachine::unpark() {
  is_parked_ = false;
  return {};
}

void MadeUpMachine::end(vmm::End end) {
  later([this, end = std::move(end)](const Events& events) {
    if (!lives_ || dead_) {
      return;
    }
    lives_ = is_parked_ = false;
    if (events.ended) {
      events.ended(end);
    }
    if (all_.lives_ == MadeUpMachines::Lives::kOne) {
      later([this](const Events&) {
        if (!dead_) {
          die(os::ExitStatus{});
        }
      });
    }
  });
}

base::Status MadeUpMachine::stop() {
  if (text_.find("deaf") != std::string::npos) {
    return {};
  }
  end(end_of(vmm::End::Why::kStopped));
  return {};
}

base::Status MadeUpMachine::kill() {
  later([this](const Events& events) {
    if (std::exchange(dead_, true)) {
      return;
    }
    const os::ExitStatus status{.signal = 9};
    if (std::exchange(lives_, false) && events.ended) {
      vmm::End killed = end_of(vmm::End::Why::kKilled);
      killed.process = status;
      events.ended(killed);
    }
    die(status);
  });
  return {};
}

void MadeUpMachine::die(os::ExitStatus status) {
  dead_ = true;
  const auto self = shared_from_this();
  all_.machines_.erase(id_);
  if (all_.events_.gone) {
    all_.events_.gone(id_, status);
  }
}

base::Status MadeUpMachine::switch_pause() {
  later([](const Events& events) {
    if (events.paused) {
      events.paused();
    }
  });
  return {};
}

base::Status MadeUpMachine::read(std::string_view handler, std::string_view argument) {
  later([value = read_handler(handler, argument)](const Events& events) {
    if (events.answer) {
      events.answer(value);
    }
  });
  return {};
}

base::Status MadeUpMachine::write(std::string_view handler, std::string_view value) {
  console_ += cat(handler, "=", value, "\n");
  base::Result<std::string> answer = std::string();
  if (handler != "c.reset" && handler != "hotconfig" && handler != "stop") {
    answer =
        base::fail(ErrorCode::kNotFound, cat("no '", base::escape(handler), "' write handler"));
  }
  later([answer](const Events& events) {
    if (events.answer) {
      events.answer(answer);
    }
  });
  return {};
}

base::Status MadeUpMachine::ask_counters() {
  later([this](const Events& events) {
    vmm::Counters counters{.exits = 7, .memory_private_bytes = 4096};
    counters.guest.state = lives_ ? abi::GuestState::kLive : abi::GuestState::kBooting;
    if (events.counters) {
      events.counters(counters);
    }
  });
  return {};
}

base::Status MadeUpMachine::note(std::string_view text) {
  if (text.size() > vmm::Machine::kNoteBytesMax) {
    return base::fail(ErrorCode::kExhausted, "the note is too long");
  }
  note_ = text;
  return {};
}

base::Result<Machine::Log> MadeUpMachine::log(std::uint64_t from) const {
  const std::size_t begin = std::min<std::size_t>(from, console_.size());
  return Log{console_.substr(begin), begin, console_.size()};
}

std::vector<MachinePtr> MadeUpMachines::found() {
  std::vector<MachinePtr> found;
  for (const auto& [id, machine] : machines_) {
    found.push_back(machine);
  }
  return found;
}

base::Status MadeUpMachines::order(const vmm::ShellSize& size, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    ++ordered;
    loop_.post([this, size] {
      if (order_error_) {
        events_.failed(*order_error_);
        return;
      }
      const auto machine = std::make_shared<MadeUpMachine>(*this, ++last_id_, size);
      machines_.emplace(machine->id(), machine);
      events_.warm(machine);
    });
  }
  return {};
}

base::Status MadeUpMachines::shut_down() {
  machines_.clear();
  return {};
}

MadeUpMachine* MadeUpMachines::machine_of(std::string_view name) const {
  const std::string key = cat("\"name\":\"", name, "\"");
  for (const auto& [id, machine] : machines_) {
    if (machine->note_.find(key) != std::string::npos) {
      return machine.get();
    }
  }
  return nullptr;
}

base::Result<Wired> MadeUpWiring::connect(const PortPlace& place, const api::PortSpec& port) {
  if (!refuses.empty() && port.to == refuses) {
    return base::fail(ErrorCode::kNotFound, cat("no ", refuses));
  }
  if (port.kind != api::PortKind::kNone) {
    made.insert(cat(place.function_id, "/", place.index));
  }
  return Wired{};
}

void MadeUpWiring::disconnect(const PortPlace& place, const api::PortSpec&) {
  made.erase(cat(place.function_id, "/", place.index));
}

void MadeUpWiring::sweep(const std::set<std::string>& ids) {
  std::erase_if(
      made, [&](const std::string& name) { return !ids.contains(name.substr(0, name.find('/'))); });
}

}  // namespace superfluid::agent
