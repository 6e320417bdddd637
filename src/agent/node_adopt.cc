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
  constexpr api::Isolation kIsolations[] = {api::Isolation::kMicrovm, api::Isolation::kProcess};
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].driver.source == nullptr) {
      continue;
    }
    for (MachinePtr& machine : lines_[i].driver.source->found()) {
      lines_[i].pool->count_found();
      adopt(lines_[i], kIsolations[i], std::move(machine), ids);
    }
  }
  wiring_.sweep(ids);
  refill_soon();
}

void Node::adopt(Line& line, api::Isolation isolation, MachinePtr machine,
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
  const auto entry = std::make_shared<Entry>();
  entry->function = std::move(*function);
  entry->function.isolation = isolation;
  entry->line = static_cast<std::size_t>(&line - lines_.data());
  entry->size = size_for(entry->function.spec);
  entry->arrived = entry->live_at = clock_.now();
  entry->is_first = false;
  by_name_.emplace(entry->function.spec.name, entry);
  by_id_.emplace(entry->function.id, entry);
  functions_.add(1);
  os::log::info("function adopted",
                {{"name", entry->function.spec.name}, {"id", entry->function.id}});
  if (machine->lives()) {
    ids.insert(entry->function.id);
    entry->machine = std::move(machine);
    adopt_running(entry);
    return;
  }
  give_back(entry, std::move(machine));
  restart_or_settle(entry, Ending::kFailed, "ended while there was no node");
}

void Node::adopt_running(const EntryPtr& entry) {
  listen(entry);
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
