// SPDX-License-Identifier: Apache-2.0
// The beginning of a life: image, shell, ports, page, run.
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "agent/endings.h"
#include "agent/entry.h"
#include "agent/node.h"
#include "api/codec.h"
#include "base/text.h"

namespace superfluid::agent {

using api::State;
using api::Step;
using base::cat;
using base::ErrorCode;

namespace {

void stamp(Entry& entry, Step step, base::Instant at) {
  const base::Duration since = at - entry.arrived;
  entry.function.timeline.stamp(
      step, static_cast<std::uint64_t>(std::max<std::int64_t>(since.count(), 0)));
}

// Of the monitor's clock, which is this one; 0 says that it did not come to that.
void stamp(Entry& entry, Step step, std::uint64_t monotonic_ns) {
  if (monotonic_ns != 0) {
    stamp(entry, step, base::Instant(base::nanoseconds(static_cast<std::int64_t>(monotonic_ns))));
  }
}

api::Counts counts_of(const vmm::Counters& counters, std::size_t ports) {
  api::Counts counts{.exits = counters.exits,
                     .sleeps = counters.sleeps,
                     .kicks = counters.kicks,
                     .run_ns = counters.run_ns,
                     .memory_private = counters.memory_private_bytes,
                     .memory_shared = counters.memory_shared_bytes,
                     .heap = counters.guest.heap_bytes,
                     .heap_used = counters.guest.heap_used};
  for (std::size_t i = 0; i < ports; ++i) {
    const abi::PortCounters& port = counters.guest.ports[i];
    counts.ports.push_back({port.packets_in, port.bytes_in, port.packets_out, port.bytes_out,
                            port.drops_full, port.drops_bad, port.drops_memory, port.drops_unread});
  }
  return counts;
}

// REQUIRES: it is wired.
vmm::Life life_of(const Entry& entry) {
  vmm::Life life;
  life.page = page_for(entry.function);
  for (std::size_t i = 0; i < entry.wired.size(); ++i) {
    const Wired& wired = entry.wired[i];
    life.page.ports[i].role = wired.role;
    if (wired.link.kind == vmm::PortLink::Kind::kRing) {
      life.page.ports[i].doorbell =
          static_cast<std::uint8_t>(static_cast<std::size_t>(abi::Exit::kDoorbell) + i);
    }
    life.ports.push_back(wired.link);
  }
  if (entry.function.spec.park_after && entry.function.isolation == api::Isolation::kMicrovm) {
    life.idle_after_ns = static_cast<std::uint64_t>(entry.function.spec.park_after->count());
  }
  return life;
}

// What was counted in machines that the function has left since its start.
void add_earlier(api::Counts& counts, const api::Counts& earlier) {
  counts.exits += earlier.exits;
  counts.sleeps += earlier.sleeps;
  counts.kicks += earlier.kicks;
  counts.run_ns += earlier.run_ns;
  for (std::size_t i = 0; i < std::min(counts.ports.size(), earlier.ports.size()); ++i) {
    api::PortCount& port = counts.ports[i];
    const api::PortCount& before = earlier.ports[i];
    port.packets_in += before.packets_in;
    port.bytes_in += before.bytes_in;
    port.packets_out += before.packets_out;
    port.bytes_out += before.bytes_out;
    port.drops_full += before.drops_full;
    port.drops_bad += before.drops_bad;
    port.drops_memory += before.drops_memory;
    port.drops_unread += before.drops_unread;
  }
}

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string(text.data(), text.size()));
}

// What the next process needs in order to take away what is made for this start, and to know the
// function if it lives. Written by hand, since a start waits for it; all else follows once it is
// live.
std::string first_note(const api::Function& function) {
  std::string ports;
  for (const api::PortSpec& port : function.spec.ports) {
    ports += cat(ports.empty() ? "" : ",", "{\"name\":", quoted(port.name), ",\"kind\":\"",
                 to_string(port.kind), "\",\"to\":", quoted(port.to), "}");
  }
  return cat("{\"id\":\"", function.id, "\",\"state\":\"", to_string(function.state),
             "\",\"spec\":{\"graph\":\"\",\"name\":\"", function.spec.name,
             "\",\"memory_bytes\":", function.spec.memory.count(), ",\"ports\":[", ports, "]}}");
}

}  // namespace

base::Error Node::too_late(std::string_view what) {
  return base::Error(ErrorCode::kTimedOut, cat("the function did not ", what, " in time"))
      .try_this("a graph that does much at its start needs a host with less to do");
}

void Node::launch(const EntryPtr& entry, base::Instant arrived) {
  api::Function& function = entry->function;
  entry->arrived = arrived;
  entry->wished_end = false;
  entry->is_late = false;
  ++entry->life;
  entry->timer.reset();
  function.state = State::kPending;
  function.reason.clear();
  function.timeline = {};
  function.counts.reset();
  function.cold = false;
  entry->counts_before.reset();
  entry->log_before = 0;
  std::string why;
  const Line* line = line_for(function.spec.isolation, why);
  if (line == nullptr) {
    start_failed(entry, base::Error(ErrorCode::kUnsupported,
                                    function.spec.isolation == api::Isolation::kAuto
                                        ? std::string("nothing on this host can hold a function")
                                        : cat("this host has no isolation ",
                                              to_string(function.spec.isolation)))
                            .caused_by(base::Error(ErrorCode::kUnsupported, why))
                            .try_this("superfluid doctor"));
    return;
  }
  if (function.spec.graph.empty()) {
    start_failed(entry,
                 base::Error(ErrorCode::kFailed, "the graph's text did not survive the node")
                     .try_this(cat("superfluid vm rm ", function.spec.name, ", and run it anew")));
    return;
  }
  function.isolation_why = std::move(why);
  assign(*entry, *line);
  function.image = line->driver.clones ? to_text(entry->key) : std::string();
  stamp(*entry, Step::kAccept, clock_.now());
  if (!line->driver.clones) {
    function.cold = true;
    take_shell(entry, nullptr);
  } else if (ImagePtr image = images_.find(entry->key)) {
    take_shell(entry, std::move(image));
  } else {
    build(entry);
  }
}

void Node::build(const EntryPtr& entry) {
  entry->function.state = State::kBuilding;
  entry->function.cold = true;
  const auto [place, is_new] = builds_.try_emplace(entry->key);
  place->second.waiting.push_back(entry);
  if (is_new) {
    lines_[entry->line].pool->take(
        entry->size, std::nullopt,
        [this, alive = alive_, key = entry->key](base::Result<MachinePtr> machine) {
          if (*alive) {
            boot(key, std::move(machine));
          }
        });
  }
}

void Node::boot(const ImageKey& key, base::Result<MachinePtr> machine) {
  const auto found = builds_.find(key);
  if (found == builds_.end()) {
    return;
  }
  if (!machine) {
    build_failed(key, machine.error());
    return;
  }
  Build& build = found->second;
  build.machine = *machine;
  const EntryPtr first = build.waiting.front();
  Line& line = lines_[first->line];
  // The image must not hold a name: clones get their own, but a dump of this memory would show it.
  vmm::Life life;
  life.page = page_for(first->function);
  life.ports.resize(life.page.port_count);
  Machine* raw = build.machine.get();
  Machine::Events events;
  events.snapshot = [this, key](vmm::Snapshot snapshot) { built(key, std::move(snapshot)); };
  events.ended = [this, key, first, weak = std::weak_ptr(*machine)](const vmm::End& end) {
    const Verdict verdict = judge(end, first->function.spec.graph_name);
    if (const MachinePtr held = weak.lock(); held && end.why != vmm::End::Why::kKilled) {
      give_back(first->line, held);
    }
    if (end.why != vmm::End::Why::kStopped) {
      build_failed(key, verdict.error);
    }
  };
  raw->listen(std::move(events));
  boots_.add();
  build.deadline = loop_.after(options_.boot_max, [this, key, machine = *machine] {
    static_cast<void>(machine->kill());
    build_failed(key, too_late("boot"));
  });
  static_cast<void>(raw->note("build"));
  if (base::Status told = raw->boot(line.driver.guest, first->function.spec.graph_name,
                                    first->function.spec.graph, life, false);
      !told) {
    give_back(first->line, *machine);
    build_failed(key, told.error());
  }
}

void Node::built(const ImageKey& key, vmm::Snapshot snapshot) {
  auto build = builds_.extract(key);
  if (build.empty()) {
    return;
  }
  const ImagePtr image = images_.add(key, std::move(snapshot));
  take_back(build.mapped().waiting.front()->line, build.mapped().machine);
  for (const EntryPtr& entry : build.mapped().waiting) {
    if (!entry->gone && entry->function.state == State::kBuilding) {
      stamp(*entry, Step::kBuild, clock_.now());
      take_shell(entry, image);
    }
  }
}

// A machine that has made an image has done its work: wiped, it is a shell like any other. Until
// then nobody holds it but its listener.
void Node::take_back(std::size_t line, const MachinePtr& machine) {
  Machine::Events events;
  events.ended = [this, alive = alive_, line, machine](const vmm::End& end) {
    if (*alive && end.why != vmm::End::Why::kKilled) {
      give_back(line, machine);
    } else {
      loop_.post([machine] { machine->listen({}); });
    }
  };
  machine->listen(std::move(events));
  if (base::Status stopped = machine->stop(); !stopped) {
    static_cast<void>(machine->kill());
  }
}

void Node::build_failed(const ImageKey& key, const base::Error& error) {
  auto build = builds_.extract(key);
  if (build.empty()) {
    return;
  }
  for (const EntryPtr& entry : build.mapped().waiting) {
    if (!entry->gone && entry->function.state == State::kBuilding) {
      start_failed(entry, error);
    }
  }
}

void Node::take_shell(const EntryPtr& entry, ImagePtr image) {
  entry->function.state = State::kPending;
  const std::optional<ImageKey> known = image != nullptr ? std::optional(entry->key) : std::nullopt;
  lines_[entry->line].pool->take(
      entry->size, known,
      [this, alive = alive_, entry, life = entry->life,
       image = std::move(image)](base::Result<MachinePtr> machine) {
        if (!*alive) {
          return;
        }
        if (entry->gone || entry->life != life || entry->function.state != State::kPending) {
          if (machine) {
            give_back(entry->line, std::move(*machine));
          }
        } else if (!machine) {
          start_failed(entry, machine.error());
        } else {
          begin(entry, std::move(*machine), image);
        }
      });
}

void Node::note(Entry& entry) {
  boost::json::object function = api::encode(entry.function);
  std::string text = boost::json::serialize(function);
  if (text.size() > vmm::Machine::kNoteBytesMax) {
    // The next process goes on with this life, but has no text for another one.
    function["spec"].as_object()["graph"] = "";
    text = boost::json::serialize(function);
  }
  // A note that cannot be written costs the next process this function, not this one.
  static_cast<void>(entry.machine->note(text));
}

void Node::begin(const EntryPtr& entry, MachinePtr machine, const ImagePtr& image) {
  stamp(*entry, Step::kShell, clock_.now());
  entry->machine = std::move(machine);
  entry->function.pid = entry->machine->pid();
  entry->function.state = State::kStarting;
  listen(entry);
  if (entry->function.spec.cpu == api::CpuSpec{}) {
    static_cast<void>(entry->machine->note(first_note(entry->function)));
  } else {
    note(*entry);  // what it has of processors is taken back by the next process, if need be
  }
  base::Status told = limit(*entry);
  if (told) {
    told = wire(*entry);
  }
  if (told) {
    stamp(*entry, Step::kWire, clock_.now());
    told = set_off(entry, image);
  }
  if (!told) {
    lift_limits(*entry, entry->machine->pid());
    give_back(entry->line, std::move(entry->machine));
    start_failed(entry, told.error());
    return;
  }
  entry->timer = loop_.after(image != nullptr ? options_.start_max : options_.boot_max, [entry] {
    entry->is_late = true;
    static_cast<void>(entry->machine->kill());
  });
}

// Without an image the machine boots the graph, and goes on.
base::Status Node::set_off(const EntryPtr& of, const ImagePtr& image) {
  Entry& entry = *of;
  const api::FunctionSpec& spec = entry.function.spec;
  vmm::Life life = life_of(entry);
  if (image == nullptr) {
    return entry.machine->boot(lines_[entry.line].driver.guest, spec.graph_name, spec.graph, life,
                               true);
  }
  const EntryPtr here = begins_here_.lock();
  life.begins_here = !spec.cpu.pin && (here == nullptr || here->function.state != State::kStarting);
  if (life.begins_here) {
    begins_here_ = of;
  }
  std::string difference;
  if (entry.is_stored) {
    SF_TRY(rest, parked_.get(entry.function.id));
    difference = std::move(rest.parked.difference);
  }
  return entry.machine->start(*image, difference, life);
}

// The host's ends of the ports that are not there yet.
base::Status Node::wire(Entry& entry) {
  const api::Function& function = entry.function;
  for (auto i = static_cast<unsigned>(entry.wired.size()); i < function.spec.ports.size(); ++i) {
    const api::PortSpec& port = function.spec.ports[i];
    auto wired = wiring_.connect({function.id, function.spec.name, i}, port);
    if (!wired) {
      return base::fail(wired.error().code(),
                        cat("port ", base::escape(port.name), " cannot be connected"))
          .caused_by(std::move(wired).error());
    }
    entry.wired.push_back(std::move(*wired));
  }
  return {};
}

base::Status Node::limit(const Entry& entry) {
  const api::Function& function = entry.function;
  if (function.spec.cpu == api::CpuSpec{}) {
    return {};
  }
  return options_.limits->apply(function.id, entry.machine->pid(), function.spec.cpu);
}

// `process` is 0 when it is gone.
void Node::lift_limits(const Entry& entry, pid_t process) {
  if (entry.function.spec.cpu != api::CpuSpec{} && options_.limits != nullptr) {
    options_.limits->lift(entry.function.id, process, entry.function.spec.cpu);
  }
}

void Node::unwire(Entry& entry) {
  const api::Function& function = entry.function;
  entry.wired.clear();
  for (unsigned i = 0; i < function.spec.ports.size(); ++i) {
    wiring_.disconnect({function.id, function.spec.name, i}, function.spec.ports[i]);
  }
}

void Node::listen(const EntryPtr& entry) {
  Machine::Events events;
  events.live = [this, entry](const vmm::Steps& steps) { live(entry, steps); };
  events.ended = [this, entry, life = entry->life](const vmm::End& end) {
    if (entry->life == life && entry->machine != nullptr) {
      ended(entry, end);
    }
  };
  events.answer = [entry](base::Result<std::string> value) {
    if (!entry->answers.empty()) {
      const Answer answer = std::move(entry->answers.front());
      entry->answers.pop_front();
      answer(std::move(value));
    }
  };
  events.counters = [entry](const vmm::Counters& counters) {
    entry->function.counts = counts_of(counters, entry->function.spec.ports.size());
    if (entry->counts_before) {
      add_earlier(*entry->function.counts, *entry->counts_before);
    }
    entry->says_live = counters.guest.state == abi::GuestState::kLive;
    tell(entry->on_counters, &entry->function);
  };
  events.paused = [this, entry] {
    if (entry->runs()) {
      const bool was = entry->function.state == State::kPaused;
      entry->function.state = was ? State::kRunning : State::kPaused;
      note(*entry);
    }
    tell(entry->on_pause, &entry->function);
  };
  events.idle = [this, entry] { idle(entry); };
  events.parked = [this, entry](base::Result<vmm::Parked> result) {
    if (entry->machine != nullptr) {
      parked(entry, std::move(result));
    }
  };
  events.snapshot = [entry](vmm::Snapshot snapshot) { saved(*entry, std::move(snapshot)); };
  events.not_saved = [entry](base::Error why) { saved(*entry, base::pass(std::move(why))); };
  events.packet = [this, entry] { stamp(*entry, Step::kFirstPacket, clock_.now()); };
  entry->machine->listen(std::move(events));
}

void Node::live(const EntryPtr& entry, const vmm::Steps& steps) {
  if (entry->function.state != State::kStarting) {
    return;
  }
  stamp(*entry, Step::kImage, steps.image_ns);
  stamp(*entry, Step::kPorts, steps.ports_ns);
  stamp(*entry, Step::kPage, steps.page_ns);
  stamp(*entry, Step::kRun, steps.run_ns);
  stamp(*entry, Step::kReady, steps.live_ns);
  stamp(*entry, Step::kFirstPacket, steps.packet_ns);
  entry->timer.reset();
  entry->function.state = State::kRunning;
  entry->is_first = false;
  if (entry->is_stored) {
    drop_parked(*entry);
    wakes_.add();
  } else {
    entry->live_at = clock_.now();
    starts_.add();
    start_us_.observe(static_cast<std::uint64_t>((entry->live_at - entry->arrived).count()) / 1000);
  }
  tell(entry->on_live, &entry->function);
  tell_awake(*entry, {});
  // What the next process needs to know, and the next start: both after the answer.
  loop_.post([this, alive = alive_, entry, life = entry->life] {
    if (*alive && entry->life == life && entry->machine != nullptr) {
      note(*entry);
    }
  });
  refill_soon();
}

void Node::start_failed(const EntryPtr& entry, const base::Error& error) {
  if (sleep_on(entry, error)) {
    return;
  }
  drop_parked(*entry);
  unwire(*entry);
  tell_awake(*entry, base::pass(error));
  starts_failed_.add();
  if (entry->is_first && !entry->on_live.empty()) {
    forget(entry);
    tell(entry->on_live, base::pass(error));
    tell(entry->on_end, &entry->function);
    return;
  }
  auto waiting = std::exchange(entry->on_live, {});
  restart_or_settle(entry, error.code() == ErrorCode::kInvalid ? Ending::kWrong : Ending::kFailed,
                    error.to_string());
  tell(waiting, base::pass(error));
}

}  // namespace superfluid::agent
