// SPDX-License-Identifier: Apache-2.0
// Parking: a function that has been idle for long leaves its machine, and gets one again with the
// first frame, question or timer that is for it.
//
//   running --idle--> is_parking --parked: stored--> stop --ended--> kParked --wake--> kPending ...
//
// Between the machine's word that it is parked and its end the guest stands still, so nothing is
// lost if it has to go on after all. The ports stay wired: what comes meanwhile waits in them.
#include <algorithm>

#include "agent/entry.h"
#include "agent/node.h"
#include "base/text.h"
#include "os/log.h"

namespace superfluid::agent {

using api::State;
using base::ErrorCode;

namespace {

// When there is no machine for a parked function now.
constexpr base::Duration kWakeAgain = base::seconds(1);

bool is_passing(const base::Error& error) {
  return error.code() == ErrorCode::kExhausted || error.code() == ErrorCode::kTimedOut ||
         error.code() == ErrorCode::kUnreachable;
}

int fd_that_wakes(const vmm::PortLink& link) {
  return link.kind == vmm::PortLink::Kind::kRing ? link.wake : link.fd;
}

Machine::Log cut(const Machine::Log& log, std::uint64_t from) {
  const std::uint64_t begin = std::clamp(from, log.begins_at, log.ends_at);
  return {log.text.substr(static_cast<std::size_t>(begin - log.begins_at)), begin, log.ends_at};
}

}  // namespace

// What a function prints in one life is one log, however often it was parked.
base::Result<Machine::Log> log_of(const Entry& entry, std::uint64_t from) {
  if (entry.machine == nullptr) {
    return cut(entry.last_log, from);
  }
  const std::uint64_t before = entry.log_before;
  SF_TRY(log, entry.machine->log(from - std::min(from, before)));
  log.begins_at += before;
  log.ends_at += before;
  if (from < before && log.begins_at == before) {
    const Machine::Log earlier = cut(entry.last_log, from);
    log.text.insert(0, earlier.text);
    log.begins_at = earlier.begins_at;
  }
  return log;
}

void Node::idle(const EntryPtr& entry) {
  const bool is_asked = !entry->answers.empty() || !entry->on_pause.empty() ||
                        !entry->on_saved.empty() || entry->wished_end;
  if (entry->function.state != State::kRunning || entry->is_parking || is_asked) {
    return;
  }
  // What it counted until now, since its next machine counts from zero.
  entry->is_parking = entry->machine->ask_counters() && entry->machine->park();
}

void Node::parked(const EntryPtr& entry, base::Result<vmm::Parked> parked) {
  if (!entry->is_parking || entry->is_stored) {
    return;
  }
  const bool wanted = entry->until_awake.empty() && !entry->wished_end;
  if (parked && wanted) {
    base::Status kept = store(*entry, *std::move(parked));
    if (kept && entry->machine->stop()) {
      return;
    }
    if (!kept) {
      os::log::warning("a function cannot be parked",
                       {{"name", entry->function.spec.name}, {"why", kept.error()}});
    }
  }
  entry->is_parking = false;
  drop_parked(*entry);
  static_cast<void>(entry->machine->unpark());
  tell_awake(*entry, {});
}

base::Status Node::store(Entry& entry, vmm::Parked parked) {
  ParkStore::Rest rest{.function = entry.function, .log = {}, .parked = std::move(parked)};
  rest.function.state = State::kParked;
  rest.function.pid = 0;
  if (auto log = log_of(entry, 0)) {
    rest.log = cut(*log, log->ends_at - std::min<std::uint64_t>(log->ends_at, vmm::kLogBytes));
  }
  SF_CHECKED(parked_.put(rest, entry.size));
  if (entry.function.counts) {
    entry.function.counts->memory_private = rest.parked.difference.size();
    entry.function.counts->memory_shared = 0;
  }
  entry.wake_at_ns = rest.parked.wake_at_ns;
  entry.last_log = std::move(rest.log);
  entry.is_stored = true;
  return {};
}

void Node::drop_parked(Entry& entry) {
  entry.watches.clear();
  if (std::exchange(entry.is_stored, false)) {
    parked_.drop(entry.function.id);
  }
}

// Its machine is another's; from here on `last_log` and `counts` are all that is known of it.
void Node::rest(const EntryPtr& entry) {
  give_back(entry->line, std::move(entry->machine));
  entry->log_before = entry->last_log.ends_at;
  entry->counts_before = entry->function.counts;
  entry->function.pid = 0;
  entry->function.state = State::kParked;
  parks_.add();
  tell(entry->on_counters, &entry->function);
  watch_parked(entry);
}

void Node::watch_parked(const EntryPtr& entry) {
  if (!entry->until_awake.empty()) {
    wake(entry);
    return;
  }
  for (const Wired& wired : entry->wired) {
    if (const int fd = fd_that_wakes(wired.link); fd >= 0) {
      if (auto watch =
              loop_.watch(fd, {.readable = true}, [this, entry](os::Ready) { wake(entry); })) {
        entry->watches.push_back(std::move(*watch));
      }
    }
  }
  if (entry->wake_at_ns != 0) {
    const base::Instant at(base::nanoseconds(static_cast<std::int64_t>(entry->wake_at_ns)));
    entry->timer =
        loop_.after(std::max(at - clock_.now(), base::Duration()), [this, entry] { wake(entry); });
  }
}

void Node::wake(const EntryPtr& entry) {
  if (entry->function.state != State::kParked) {
    return;
  }
  entry->watches.clear();
  entry->timer.reset();
  ++entry->life;
  entry->arrived = clock_.now();
  entry->function.timeline = {};
  if (auto image = parked_.image_of(entry->function.id)) {
    take_shell(entry, std::move(*image));
  } else {
    start_failed(entry, image.error());
  }
}

// True: the function stays parked for now.
bool Node::sleep_on(const EntryPtr& entry, const base::Error& error) {
  if (!entry->is_stored || closed_ || !is_passing(error)) {
    return false;
  }
  entry->function.state = State::kParked;
  entry->timer = loop_.after(kWakeAgain, [this, entry] { wake(entry); });
  tell_awake(*entry, base::pass(error));
  return true;
}

void Node::when_awake(const EntryPtr& entry, Awake then) {
  if (!entry->sleeps()) {
    then({});
    return;
  }
  entry->until_awake.push_back(std::move(then));
  wake(entry);
}

void Node::tell_awake(Entry& entry, const base::Status& status) {
  for (const Awake& then : std::exchange(entry.until_awake, {})) {
    then(status);
  }
}

void Node::adopt_parked(ParkStore::Rest rest) {
  Line& line = lines_[0];
  if (line.pool == nullptr || by_name_.contains(rest.function.spec.name)) {
    os::log::error("a parked function is left where it is",
                   {{"name", rest.function.spec.name}, {"id", rest.function.id}});
    return;
  }
  const EntryPtr entry = add_adopted(std::move(rest.function), line);
  entry->is_stored = true;
  entry->wake_at_ns = rest.parked.wake_at_ns;
  entry->last_log = std::move(rest.log);
  entry->log_before = entry->last_log.ends_at;
  entry->counts_before = entry->function.counts;
  entry->function.state = State::kParked;
  if (base::Status wired = wire(*entry); !wired) {
    start_failed(entry, wired.error());
    return;
  }
  watch_parked(entry);
}

}  // namespace superfluid::agent
