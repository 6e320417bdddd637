// SPDX-License-Identifier: Apache-2.0
#include "agent/node.h"

#include <algorithm>

#include "agent/entry.h"
#include "base/text.h"

namespace superfluid::agent {

using base::cat;
using base::ErrorCode;

namespace {

// Machines kept of those that are used once: making one costs a fork, and little beside the boot
// that every start of theirs is.
constexpr std::uint32_t kLevelOfOnce = 2;

base::Error closing() {
  return base::Error(ErrorCode::kConflict, "the node is ending").try_this("superfluid up");
}

}  // namespace

Node::Node(os::EventLoop& loop, const base::Clock& clock, Wiring& wiring, const Options& options,
           Driver microvm, Driver process)
    : loop_(loop),
      clock_(clock),
      wiring_(wiring),
      options_(options),
      images_(options.images),
      parked_(options.parked),
      start_us_(os::Histogram::Bounds{50, 100, 200, 300, 500, 1000, 2000, 5000, 10000, 100000}) {
  lines_[0].driver = std::move(microvm);
  lines_[1].driver = std::move(process);
  for (Line& line : lines_) {
    open_line(line);
  }
  const auto add = [this](std::string_view name, std::string_view help, const auto& metric) {
    auto handle = metrics_.add({cat("superfluid_node_", name), std::string(help)}, metric);
    base::check(handle.has_value(), "a metric of the node is valid");
    handles_.push_back(std::move(*handle));
  };
  add("starts_total", "Functions that became live.", starts_);
  add("starts_failed_total", "Starts that failed.", starts_failed_);
  add("boots_total", "Graphs booted to make an image.", boots_);
  add("crashes_total", "Functions that ended without being asked to.", crashes_);
  add("restarts_total", "Starts by a restart policy.", restarts_);
  add("parks_total", "Functions that were parked.", parks_);
  add("wakes_total", "Parked functions that got a machine again.", wakes_);
  add("functions", "Functions in the table.", functions_);
  add("start_microseconds", "From a start's request until the function was live.", start_us_);
}

Node::~Node() {
  *alive_ = false;
  for (const auto& [id, entry] : by_id_) {
    let_go(*entry);
  }
  for (const auto& [key, build] : builds_) {
    if (build.machine != nullptr) {
      build.machine->listen({});
    }
  }
}

// Machines outlive a node that does not end them, and its listeners hold the entry.
void Node::let_go(Entry& entry) {
  entry.timer.reset();
  entry.watches.clear();
  if (entry.machine != nullptr) {
    entry.machine->listen({});
    entry.machine.reset();
  }
}

void Node::open_line(Line& line) {
  if (line.driver.source == nullptr) {
    return;
  }
  const bool is_first_choice = &line == &lines_.front() || lines_.front().pool == nullptr;
  ShellPool::Options pool = options_.pool;
  if (!line.driver.clones) {
    pool.limits.level = std::min(pool.limits.level, kLevelOfOnce);
  }
  line.pool = std::make_unique<ShellPool>(loop_, clock_, *line.driver.source, pool);
  if (options_.warm_default && is_first_choice) {
    line.pool->keep(vmm::ShellSize{});
  }
  line.driver.source->listen(
      {.warm = [&line](MachinePtr made) { line.pool->warm(std::move(made)); },
       .failed = [&line](const base::Error& e) { line.pool->failed(e); },
       .gone = [this, &line](Machine::Id id, os::ExitStatus) { gone(line, id); },
       .lost = [this, &line] { lost(line); }});
}

bool Node::clones(const Entry& entry) const { return lines_[entry.line].driver.clones; }

const std::string& Node::why_no(api::Isolation isolation) const {
  return lines_[isolation == api::Isolation::kProcess ? 1 : 0].driver.why_not;
}

std::size_t Node::idle() const {
  std::size_t count = 0;
  for (const Line& line : lines_) {
    count += line.pool ? line.pool->idle() : 0;
  }
  return count;
}

Node::Line* Node::line_for(api::Isolation wish, std::string& why) {
  const bool microvm = lines_[0].pool != nullptr;
  const bool process = lines_[1].pool != nullptr;
  if (wish != api::Isolation::kProcess && microvm) {
    why = wish == api::Isolation::kAuto ? "KVM is there" : "asked for";
    return &lines_[0];
  }
  if (wish != api::Isolation::kMicrovm && process) {
    why = wish == api::Isolation::kProcess ? std::string("asked for")
                                           : cat("no microVMs: ", lines_[0].driver.why_not);
    return &lines_[1];
  }
  why = lines_[wish == api::Isolation::kProcess ? 1 : 0].driver.why_not;
  return nullptr;
}

void Node::assign(Entry& entry, const Line& line) {
  constexpr api::Isolation kIsolations[] = {api::Isolation::kMicrovm, api::Isolation::kProcess};
  entry.line = static_cast<std::size_t>(&line - lines_.data());
  entry.function.isolation = kIsolations[entry.line];
  entry.key = key_of(line.driver.build, entry.function.spec, entry.size);
}

base::Result<EntryPtr> Node::find(std::string_view which) const {
  if (const auto named = by_name_.find(which); named != by_name_.end()) {
    return named->second;
  }
  if (const auto found = by_id_.find(which); found != by_id_.end()) {
    return found->second;
  }
  return base::fail(ErrorCode::kNotFound, cat("there is no function '",
                                              base::escape(which.substr(0, api::kNameMax)), "'"))
      .try_this("superfluid vm ps");
}

base::Status Node::may_park(const api::FunctionSpec& spec) const {
  if (options_.parked.empty()) {
    return base::fail(ErrorCode::kUnsupported, "this node does not park functions");
  }
  if (spec.isolation == api::Isolation::kProcess) {
    return base::fail(ErrorCode::kUnsupported, "only functions in microVMs are parked");
  }
  // The function at the other end would go on with a ring that this one lays out anew.
  if (std::ranges::any_of(spec.ports, [](const api::PortSpec& port) {
        return port.kind == api::PortKind::kRing;
      })) {
    return base::fail(ErrorCode::kUnsupported,
                      "a function that is joined to another by a ring is not parked");
  }
  return {};
}

base::Status Node::admit(const api::FunctionSpec& spec) const {
  if (closed_) {
    return base::pass(closing());
  }
  if (by_id_.size() >= options_.functions_max) {
    return base::fail(ErrorCode::kExhausted, cat("there are ", by_id_.size(), " functions"))
        .try_this("remove some: superfluid vm rm NAME");
  }
  // Not promised by halves: a limit that nobody keeps is worse than none.
  if (spec.cpu != api::CpuSpec{} && options_.limits == nullptr) {
    return base::fail(ErrorCode::kUnsupported, "this node does not limit or pin a function's CPU");
  }
  if (spec.park_after) {
    SF_CHECKED(may_park(spec));
  }
  if (!spec.name.empty() && by_name_.contains(spec.name)) {
    return base::fail(ErrorCode::kConflict, cat("there is a function ", spec.name, " already"))
        .try_this(cat("another --name, or superfluid vm rm ", spec.name));
  }
  return {};
}

void Node::run(api::FunctionSpec spec, base::Instant arrived, Done done) {
  if (base::Status admitted = admit(spec); !admitted) {
    done(base::pass(std::move(admitted).error()));
    return;
  }
  launch(add(std::move(spec), new_id(), std::move(done)), arrived);
}

EntryPtr Node::add(api::FunctionSpec spec, std::string id, Done done) {
  const auto entry = std::make_shared<Entry>();
  entry->function.id = std::move(id);
  if (spec.name.empty()) {
    spec.name = cat("f", entry->function.id.substr(0, 8));
  }
  if (spec.graph_name.empty()) {
    spec.graph_name = "config";
  }
  entry->function.spec = std::move(spec);
  entry->function.created_ms = static_cast<std::uint64_t>(clock_.since_epoch().count()) / 1'000'000;
  entry->on_live.push_back(std::move(done));
  enter(entry);
  return entry;
}

void Node::enter(const EntryPtr& entry) {
  entry->size = size_for(entry->function.spec);
  by_name_.emplace(entry->function.spec.name, entry);
  by_id_.emplace(entry->function.id, entry);
  functions_.add(1);
}

void Node::start(std::string_view which, base::Instant arrived, Done done) {
  auto found = find(which);
  if (!found || closed_) {
    done(base::pass(found ? closing() : std::move(found).error()));
    return;
  }
  const EntryPtr& entry = *found;
  if (!entry->is_idle()) {
    done(not_now(*entry, "started"));
    return;
  }
  entry->past = {};
  entry->on_live.push_back(std::move(done));
  launch(entry, arrived);
}

void Node::stop(std::string_view which, Done done) {
  auto found = find(which);
  if (!found) {
    done(base::pass(std::move(found).error()));
    return;
  }
  const EntryPtr entry = *found;
  if (entry->is_idle() && entry->machine == nullptr) {
    cancel(entry);  // a restart that is due
    done(&entry->function);
    return;
  }
  entry->on_end.push_back(std::move(done));
  if (cancel(entry) || entry->function.state == api::State::kStopping) {
    return;
  }
  entry->wished_end = true;
  if (base::Status told = entry->machine->stop(); !told) {
    if (base::Status killed = entry->machine->kill(); !killed) {
      tell(entry->on_end, base::pass(std::move(killed).error()));
      return;
    }
  }
  entry->function.state = api::State::kStopping;
  watch_stop(entry);
}

void Node::kill(std::string_view which, Done done) {
  auto found = find(which);
  if (!found) {
    done(base::pass(std::move(found).error()));
    return;
  }
  const EntryPtr entry = *found;
  if (entry->machine == nullptr) {
    stop(which, std::move(done));
    return;
  }
  entry->wished_end = true;
  entry->on_end.push_back(std::move(done));
  if (base::Status killed = entry->machine->kill(); !killed) {
    tell(entry->on_end, base::pass(std::move(killed).error()));
  } else {
    entry->function.state = api::State::kStopping;
  }
}

void Node::remove(std::string_view which, Done done) {
  auto found = find(which);
  if (!found) {
    done(base::pass(std::move(found).error()));
    return;
  }
  const EntryPtr entry = *found;
  if (entry->is_idle() && entry->machine == nullptr) {
    cancel(entry);
    forget(entry);
    done(&entry->function);
    return;
  }
  entry->remove_at_end = true;
  stop(entry->function.id, std::move(done));
}

void Node::pause(std::string_view which, bool paused, Done done) {
  auto found = find(which);
  if (!found) {
    done(base::pass(std::move(found).error()));
    return;
  }
  when_awake(*found, [entry = *found, paused, done = std::move(done)](const base::Status& awake) {
    if (!awake) {
      done(base::pass(awake.error()));
      return;
    }
    const bool is_paused = entry->function.state == api::State::kPaused;
    if (!entry->runs() || is_paused == paused || !entry->on_pause.empty()) {
      done(not_now(*entry, paused ? "paused" : "unpaused"));
    } else if (base::Status told = paused ? entry->machine->pause() : entry->machine->unpause();
               !told) {
      done(base::pass(std::move(told).error()));
    } else {
      entry->on_pause.push_back(done);
    }
  });
}

void Node::read(std::string_view which, std::string_view handler, std::string_view argument,
                Answer answer) {
  ask(which, "asked", std::move(answer),
      [handler = std::string(handler), argument = std::string(argument)](Machine& machine) {
        return machine.read(handler, argument);
      });
}

void Node::write(std::string_view which, std::string_view handler, std::string_view value,
                 Answer answer) {
  ask(which, "written to", std::move(answer),
      [handler = std::string(handler), value = std::string(value)](Machine& machine) {
        return machine.write(handler, value);
      });
}

template <typename Send>
void Node::ask(std::string_view which, std::string_view what, Answer answer, Send send) {
  auto found = find(which);
  if (!found) {
    answer(base::pass(std::move(found).error()));
    return;
  }
  when_awake(*found, [entry = *found, what, answer = std::move(answer),
                      send = std::move(send)](const base::Status& awake) {
    if (!awake) {
      answer(base::pass(awake.error()));
    } else if (entry->function.state != api::State::kRunning) {
      answer(not_now(*entry, what));
    } else if (base::Status sent = send(*entry->machine); !sent) {
      answer(base::pass(std::move(sent).error()));
    } else {
      entry->answers.push_back(answer);
    }
  });
}

void Node::look(std::string_view which, Done done) {
  auto found = find(which);
  if (!found) {
    done(base::pass(std::move(found).error()));
    return;
  }
  const EntryPtr& entry = *found;
  if (!entry->runs() || !entry->machine->ask_counters()) {
    done(&entry->function);
    return;
  }
  entry->on_counters.push_back(std::move(done));
}

base::Result<Machine::Log> Node::log(std::string_view which, std::uint64_t from) const {
  SF_TRY(entry, find(which));
  return log_of(*entry, from);
}

std::vector<const api::Function*> Node::list(std::string_view after) const {
  std::vector<const api::Function*> functions;
  functions.reserve(by_name_.size());
  for (auto each = by_name_.upper_bound(after); each != by_name_.end(); ++each) {
    functions.push_back(&each->second->function);
  }
  return functions;
}

void Node::replied(std::string_view id) {
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    Entry& entry = *found->second;
    entry.function.timeline.stamp(
        api::Step::kReply, static_cast<std::uint64_t>((clock_.now() - entry.arrived).count()));
  }
}

void Node::shut_down() {
  closed_ = true;
  for (Line& line : lines_) {
    if (line.pool) {
      line.pool->close(closing());
    }
  }
  for (const auto& [id, entry] : std::exchange(by_id_, {})) {
    entry->gone = true;
    lift_limits(*entry, 0);
    let_go(*entry);
    unwire(*entry);
    tell(entry->on_live, base::pass(closing()));
    entry->function.state = api::State::kStopped;
    tell(entry->on_end, &entry->function);
    tell(entry->on_counters, &entry->function);
    refuse_waiting(*entry, closing());
  }
  parked_.clear();
  if (options_.limits != nullptr) {
    options_.limits->sweep({});
  }
  by_name_.clear();
  builds_.clear();
  for (Line& line : lines_) {
    if (line.driver.source != nullptr) {
      // What it says is that there was nothing to end.
      static_cast<void>(line.driver.source->shut_down());
    }
  }
}

}  // namespace superfluid::agent
