// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <utility>

#include "base/text.h"
#include "os/fork.h"
#include "os/memfd.h"
#include "os/thread.h"
#include "vmm/machine_parts.h"
#include "vmm/nursery.h"
#include "vmm/snapshot.h"

namespace superfluid::vmm {

using base::ErrorCode;

namespace {

// A monitor shares its process with a guest: what it calls a snapshot is looked at.
base::Status check_memory(const os::UniqueFd& memory, const ShellSize& size) {
  SF_TRY(there, os::size_of(memory.get()));
  if (there != size.ram || !os::has_seals(memory.get(), os::Seals::kContent)) {
    return base::fail(ErrorCode::kCorrupt, "a monitor sent a snapshot that is none");
  }
  return {};
}

base::Status check_snapshot(const Snapshot& snapshot, const ShellSize& size) {
  SF_CHECKED(check_memory(snapshot.memory, size));
  if (snapshot.size != size) {
    return base::fail(ErrorCode::kCorrupt, "a monitor sent a snapshot of another size");
  }
  return check_cpu(snapshot.cpu);
}

base::Failure fail_gone() {
  return base::fail(ErrorCode::kUnreachable, "the monitor of this machine has ended");
}

// The handler is copied first: it may listen anew from inside.
template <typename Handler, typename... Args>
void call(Handler handler, Args&&... args) {
  if (handler) {
    handler(std::forward<Args>(args)...);
  }
}

}  // namespace

Machine::Machine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Machine::~Machine() = default;

Machine::Id Machine::id() const { return parts_->id; }
pid_t Machine::pid() const { return parts_->pid; }
const ShellSize& Machine::size() const { return parts_->size; }
void Machine::listen(Events events) { parts_->events = std::move(events); }
MonitorState Machine::state() const { return parts_->dossier.state(); }
Steps Machine::steps() const { return parts_->dossier.steps(); }

base::Status Machine::send_order(const Message& message) {
  if (parts_->is_gone) {
    return fail_gone();
  }
  return send(parts_->channel, message);
}

base::Status Machine::boot(int image, std::string_view text_name, std::string_view text,
                           const Life& life, bool then_run) {
  SF_TRY(message, encode_boot(image, text_name, text, life, then_run));
  return send_order(message);
}

base::Status Machine::start(const Snapshot& snapshot, std::string_view difference,
                            const Life& life) {
  if (snapshot.size != size()) {
    return base::fail(ErrorCode::kInvalid, "a snapshot is started in a machine of its size");
  }
  SF_TRY(message, encode_start(snapshot, difference, life));
  // Where it may not be held it begins elsewhere, and later.
  parts_->is_held =
      life.begins_here && !parts_->is_gone && os::pin(pid(), os::this_processor()).has_value();
  base::Status sent = send_order(message);
  if (!sent) {
    let_go_if_held();
  }
  return sent;
}

base::Status Machine::stop() { return send_order(encode_order<StopOrder>()); }
base::Status Machine::pause() { return send_order(encode_order<PauseOrder>()); }
base::Status Machine::unpause() { return send_order(encode_order<UnpauseOrder>()); }
base::Status Machine::save() { return send_order(encode_order<SaveOrder>()); }
base::Status Machine::park() { return send_order(encode_order<ParkOrder>()); }
base::Status Machine::unpark() { return send_order(encode_order<UnparkOrder>()); }
base::Status Machine::ask_counters() { return send_order(encode_order<CountOrder>()); }

base::Status Machine::read(std::string_view handler, std::string_view argument) {
  SF_TRY(message, encode_ask(abi::Ask::kRead, handler, argument));
  return send_order(message);
}

base::Status Machine::write(std::string_view handler, std::string_view value) {
  SF_TRY(message, encode_ask(abi::Ask::kWrite, handler, value));
  return send_order(message);
}

base::Status Machine::kill() { return os::send_signal(parts_->pidfd, SIGKILL); }

void Machine::let_go() {
  if (!parts_->is_gone) {
    static_cast<void>(os::pin(pid(), std::nullopt));
  }
  parts_->is_held = false;
}

void Machine::let_go_if_held() {
  if (parts_->is_held) {
    let_go();
  }
}

base::Status Machine::note(std::string_view text) {
  const auto nursery = parts_->nursery.lock();
  if (nursery == nullptr || nursery->notebook() == nullptr || parts_->is_gone) {
    return fail_gone();
  }
  parts_->note_found.reset();
  return nursery->notebook()->write(parts_->page, text);
}

base::Result<std::string> Machine::noted() const {
  if (parts_->note_found) {
    return *parts_->note_found;
  }
  const auto nursery = parts_->nursery.lock();
  if (nursery == nullptr || nursery->notebook() == nullptr) {
    return fail_gone();
  }
  return nursery->notebook()->read(parts_->page);
}

base::Result<Machine::Log> Machine::log(std::uint64_t from) const {
  return parts_->dossier.log(from);
}

void Machine::hear() {
  while (!parts_->is_gone) {
    auto received = parts_->channel.receive(*parts_->room);
    if (received && !*received) {
      return;
    }
    if (!received || (*received)->size == 0) {
      parts_->watch.reset();  // the zygote says how it ended
      return;
    }
    auto event = decode_event(std::span(*parts_->room).first((*received)->size),
                              {(*received)->fds.begin(), (*received)->fds.end()});
    if (!event) {
      // A monitor that does not keep to the protocol is no longer ours.
      (void)kill();
      parts_->watch.reset();
      return;
    }
    tell(*std::move(event));
  }
}

void Machine::tell(Event event) {
  const Events& events = parts_->events;
  if (std::holds_alternative<WarmEvent>(event)) {
    const auto nursery = parts_->nursery.lock();
    if (!std::exchange(parts_->is_warm, true) && nursery != nullptr) {
      nursery->warm(*this);
    }
  } else if (auto* failed = std::get_if<FailedEvent>(&event)) {
    const auto nursery = parts_->nursery.lock();
    if (!std::exchange(parts_->said_why, true) && !parts_->is_warm && nursery != nullptr) {
      nursery->failed(std::move(failed->why));
    }
  } else if (const auto* live = std::get_if<LiveEvent>(&event)) {
    let_go_if_held();
    call(events.live, live->steps);
  } else if (std::holds_alternative<PacketEvent>(event)) {
    call(events.packet);
  } else if (std::holds_alternative<PausedEvent>(event)) {
    call(events.paused);
  } else if (auto* snapshot = std::get_if<SnapshotEvent>(&event)) {
    tell_snapshot(std::move(snapshot->snapshot));
  } else if (std::holds_alternative<IdleEvent>(event)) {
    call(events.idle);
  } else if (auto* parked = std::get_if<ParkedEvent>(&event)) {
    tell_parked(std::move(parked->parked));
  } else if (const auto* ended = std::get_if<EndedEvent>(&event)) {
    let_go_if_held();
    call(events.ended, ended->end);
  } else if (auto* answer = std::get_if<AnswerEvent>(&event)) {
    call(events.answer, std::move(answer->answer));
  } else if (const auto* counters = std::get_if<CountersEvent>(&event)) {
    call(events.counters, counters->counters);
  }
}

void Machine::tell_snapshot(base::Result<Snapshot> snapshot) {
  if (snapshot) {
    if (base::Status good = check_snapshot(*snapshot, size()); !good) {
      snapshot = base::pass(std::move(good).error());
    }
  }
  if (snapshot) {
    call(parts_->events.snapshot, *std::move(snapshot));
  } else {
    call(parts_->events.not_saved, std::move(snapshot).error());
  }
}

void Machine::tell_parked(base::Result<Parked> parked) {
  if (parked) {
    if (base::Status good = check_memory(parked->image, size()); !good) {
      parked = base::pass(std::move(good).error());
    }
  }
  call(parts_->events.parked, std::move(parked));
}

void Machine::tell_ended(const End& end) {
  parts_->is_gone = true;
  parts_->watch.reset();
  if (parts_->is_warm) {
    call(parts_->events.ended, end);
  }
}

}  // namespace superfluid::vmm
