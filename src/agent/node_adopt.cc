// SPDX-License-Identifier: Apache-2.0
// What a new process finds of the one before it, and how it goes on.
#include <boost/json/parse.hpp>

#include <set>

#include "agent/entry.h"
#include "agent/node.h"
#include "api/codec.h"
#include "os/log.h"

namespace superfluid::agent {

using api::State;

namespace {

base::Result<api::Function> function_of(const Machine& machine) {
  SF_TRY(text, machine.noted());
  boost::json::error_code problem;
  const boost::json::value value = boost::json::parse(text, problem);
  if (problem) {
    return base::fail(base::ErrorCode::kCorrupt, "a machine's note is no JSON");
  }
  return api::decode_function(value, "note");
}

}  // namespace

void Node::adopt() {
  std::set<std::string> ids;
  std::vector<ParkStore::Rest> rests = parked_.found();
  std::set<std::string> parked;
  for (const ParkStore::Rest& rest : rests) {
    parked.insert(rest.function.id);
  }
  for (Line& line : lines_) {
    if (line.driver.source == nullptr) {
      continue;
    }
    for (MachinePtr& machine : line.driver.source->found()) {
      line.pool->count_found();
      adopt(line, std::move(machine), parked, ids);
    }
  }
  wiring_.sweep(ids);
  if (options_.limits != nullptr) {
    options_.limits->sweep(ids);
  }
  for (ParkStore::Rest& rest : rests) {
    if (by_id_.contains(rest.function.id)) {
      parked_.drop(rest.function.id);  // it was about to be parked, or had just been woken
    } else {
      adopt_parked(std::move(rest));
    }
  }
  refill_soon();
}

EntryPtr Node::add_adopted(api::Function function, Line& line) {
  const auto entry = std::make_shared<Entry>();
  entry->function = std::move(function);
  enter(entry);
  assign(*entry, line);
  entry->arrived = entry->live_at = clock_.now();
  entry->is_first = false;
  os::log::info("function adopted",
                {{"name", entry->function.spec.name}, {"id", entry->function.id}});
  return entry;
}

void Node::adopt(Line& line, MachinePtr machine, const std::set<std::string>& parked,
                 std::set<std::string>& ids) {
  const auto noted = machine->noted();
  if (noted && noted->empty()) {
    line.pool->give_back(std::move(machine));
    return;
  }
  auto function = function_of(*machine);
  const bool known =
      function && (function->state == State::kRunning || function->state == State::kPaused ||
                   function->state == State::kStarting);
  if (!known || by_name_.contains(function->spec.name) || by_id_.contains(function->id)) {
    // It was building an image: nobody misses it.
    static_cast<void>(machine->kill());
    return;
  }
  if (function->state == State::kStarting && !function->spec.cpu.pin) {
    machine->let_go();
  }
  if (!machine->lives() && parked.contains(function->id)) {
    static_cast<void>(machine->note(""));
    line.pool->give_back(std::move(machine));
    return;
  }
  const EntryPtr entry = add_adopted(std::move(*function), line);
  if (machine->lives()) {
    ids.insert(entry->function.id);
    entry->machine = std::move(machine);
    adopt_running(entry);
    return;
  }
  give_back(entry->line, std::move(machine));
  restart_or_settle(entry, Ending::kFailed, "ended while there was no node");
}

void Node::adopt_running(const EntryPtr& entry) {
  listen(entry);
  static_cast<void>(entry->machine->unpark());  // which the process before may have been about to
  if (entry->function.state != State::kStarting) {
    return;
  }
  // The process before this one ended between asking for the start and hearing of it. The guest
  // says what became of it; one that never began is ended, and its restart policy decides.
  entry->on_counters.push_back([this, entry](const Outcome&) {
    if (entry->says_live && entry->function.state == State::kStarting &&
        entry->machine != nullptr) {
      entry->function.state = State::kRunning;
      entry->timer.reset();
      note(*entry);
    }
  });
  entry->timer =
      loop_.after(options_.start_max, [entry] { static_cast<void>(entry->machine->kill()); });
  static_cast<void>(entry->machine->ask_counters());
}

}  // namespace superfluid::agent
