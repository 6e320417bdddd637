// SPDX-License-Identifier: Apache-2.0
// How a Script runs: instruction by instruction until one blocks or ends it.
#include <utility>

#include "base/text.h"
#include "elements/script.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;

namespace {

std::string indented(std::string_view text) {
  std::string lines;
  bool begins = true;
  for (const char c : text) {
    lines += begins ? "  " : "";
    lines += c;
    begins = c == '\n';
  }
  return lines;
}

}  // namespace

// A script that is told to step while it runs does so once it has settled.
Script::Outcome Script::run_until_settled(std::int64_t steps, Cause cause) {
  const graph::Router::Alone alone(router());  // its handler calls reach elements of every lane
  if (running_) {
    if (cause == Cause::kStep) {
      steps_to_come_ = steps_to_come_.value_or(0) + steps;
    }
    return Outcome::kBlocked;
  }
  running_ = true;
  jumps_ = 0;
  steps_to_come_.reset();
  const Outcome outcome = run(steps, cause);
  while (steps_to_come_ && ++jumps_ < kJumpsMax) {
    const std::int64_t more = *steps_to_come_;
    steps_to_come_.reset();
    run(more, Cause::kStep);
  }
  running_ = false;
  report(cause != Cause::kStopWish);  // then it is the graph that runs, not an element
  return outcome;
}

Script::Outcome Script::run(std::int64_t steps, Cause cause) {
  const std::int64_t last_step = steps_done_ + steps;
  ended_with_.reset();
  while (steps_done_ <= last_step && position_ < instructions_.size() && jumps_ < kJumpsMax) {
    const std::size_t at = position_++;
    if (const auto outcome = execute(at, last_step, cause)) {
      return *outcome;
    }
    if (position_ != at + 1) {
      ++jumps_;
    }
  }
  if (jumps_ >= kJumpsMax) {
    router().errors().write(
        cat(name(), " :: ", element_class().name, ": too many jumps, giving up\n"));
    position_ = instructions_.size();
    timer_.cancel();
  }
  return position_ < instructions_.size() ? Outcome::kBlocked : Outcome::kEnded;
}

std::optional<Script::Outcome> Script::execute(std::size_t at, std::int64_t last_step,
                                               Cause cause) {
  Instruction& instruction = instructions_[at];
  switch (instruction.op) {
    case Op::kBegin:
      steps_done_ += instruction.count;
      instruction.count = 0;
      break;
    case Op::kSet: execute_set(instruction); break;
    case Op::kPrint: execute_print(*instruction.word, instruction.text); break;
    case Op::kSave: {
      std::string file = instruction.text;
      const std::string what = graph::shift_word(file);
      execute_print(*instruction.word, cat(instruction.word->appends ? ">>" : ">",
                                           file.empty() ? "-" : file, " ", what));
      break;
    }
    case Op::kRead: execute_read(instruction); break;
    case Op::kWrite: execute_write(instruction); break;
    case Op::kPause: return execute_pause(instruction, last_step);
    case Op::kWait: return execute_wait(instruction, last_step);
    case Op::kGoto: return execute_goto(at, cause);
    case Op::kReturn: execute_set(instruction); return finish(instruction.op, cause);
    case Op::kError: {
      const std::string text = expanded(instruction.text);
      if (!text.empty()) {
        complain(instruction.word->unquotes ? graph::unquote(text) : text);
      }
      return finish(instruction.op, cause);
    }
    case Op::kEnd:
    case Op::kExit:
    case Op::kStop: return finish(instruction.op, cause);
    case Op::kInit:
    case Op::kLabel: break;
  }
  return std::nullopt;
}

std::optional<Script::Outcome> Script::execute_pause(Instruction& instruction,
                                                     std::int64_t last_step) {
  const std::int64_t passed =
      std::min(last_step - steps_done_, instruction.count - instruction.counted);
  instruction.counted += passed;
  steps_done_ += passed;
  if (instruction.counted < instruction.count) {
    --position_;
    return Outcome::kBlocked;
  }
  return std::nullopt;
}

std::optional<Script::Outcome> Script::execute_wait(const Instruction& instruction,
                                                    std::int64_t last_step) {
  if (steps_done_ < last_step) {
    ++steps_done_;
    timer_.cancel();
    return std::nullopt;
  }
  if (set_wait_timer(expanded(instruction.text))) {
    --position_;
  } else {
    complain("syntax error at 'wait'");
  }
  return Outcome::kBlocked;
}

bool Script::set_wait_timer(const std::string& text) {
  base::Duration time;
  if (!graph::parse_argument(base::trim(text), time).empty()) {
    return false;
  }
  timer_.set_after(time);
  return true;
}

std::optional<Script::Outcome> Script::execute_goto(std::size_t at, Cause cause) {
  const Instruction& instruction = instructions_[at];
  const std::string condition = expanded(instruction.text);
  bool holds = true;
  if (!condition.empty() && !graph::parse_argument(base::trim(condition), holds).empty()) {
    complain(cat("bad condition '", base::escape(condition), "'"));
    return std::nullopt;
  }
  if (!holds) {
    return std::nullopt;
  }
  if (instruction.ends_with) {
    return finish(*instruction.ends_with, cause);
  }
  rewind_pauses(instruction.target, at);
  position_ = instruction.target;
  return std::nullopt;
}

void Script::rewind_pauses(std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    instructions_[i].counted = 0;
  }
}

// An ended script stays where it ended.
Script::Outcome Script::finish(Op op, Cause cause) {
  --position_;
  ended_with_ = op;
  if (op == Op::kStop) {
    ++steps_done_;
    if (cause != Cause::kStopWish) {
      router().stop();
    }
  }
  return Outcome::kEnded;
}

void Script::execute_set(const Instruction& instruction) {
  std::string value = expanded(instruction.text);
  variables_[instruction.variable].value =
      instruction.word->unquotes ? graph::unquote(value) : std::move(value);
}

void Script::execute_print(const Word& word, std::string text) {
  std::string file;
  const bool appends = text.starts_with(">>");
  if (text.starts_with('>')) {
    text.erase(0, appends ? 2 : 1);
    file = graph::unquote(graph::shift_word(text));
  }
  const char first = text.empty() ? '\0' : text[0];
  const bool is_call = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                       first == '_' || first == '@';
  std::optional<std::string> result =
      is_call ? call_read(expanded(text), word.unquotes, true)
              : std::optional(graph::unquote(expanded(text, BareValues::kQuoted)));
  if (!result) {
    return;
  }
  if (!word.no_newline && !result->ends_with('\n')) {
    *result += '\n';
  }
  if (file.empty() || file == "-") {
    router().output().write(*result);
    return;
  }
  const base::Status written = host().write_file(file, *result, appends);
  if (!written) {
    complain(written.error().to_string());
  }
}

void Script::execute_read(const Instruction& instruction) {
  const std::string call = expanded(instruction.text);
  if (auto result = call_read(call, instruction.word->unquotes, true)) {
    while (result->ends_with('\n')) {
      result->pop_back();
    }
    router().errors().write(cat(full_name(call), ":\n", *result, "\n"));
  }
}

void Script::execute_write(const Instruction& instruction) {
  constexpr int kRefused = -22;  // what scripts know as EINVAL
  std::string value = expanded(instruction.text);
  const std::string call = value;
  const std::string name = graph::shift_word(value);
  if (instruction.word->unquotes) {
    value = graph::unquote(value);
  }
  const auto handler = router().find_handler(name, this);
  write_status_ = kRefused;
  if (!handler || *handler == nullptr || !(*handler)->write) {
    complain(handler ? cat("no '", base::escape(full_name(call)), "' write handler")
                     : handler.error().message());
  } else if (const base::Status status = (*handler)->write(value); !status) {
    complain(cat("While calling '", full_name(call), "':\n", indented(status.error().to_string())));
  } else {
    write_status_ = 0;
  }
}

std::optional<std::string> Script::call_read(std::string call, bool unquotes, bool in_context) {
  const std::string shown = full_name(call);
  const std::string name = graph::shift_word(call);
  const auto handler = router().find_handler(name, this);
  if (!handler || *handler == nullptr || !(*handler)->read) {
    complain(handler ? cat("no '", base::escape(shown), "' read handler")
                     : handler.error().message());
    return std::nullopt;
  }
  auto result = (*handler)->read(unquotes ? graph::unquote(call) : call);
  if (!result) {
    const std::string why = result.error().to_string();
    complain(in_context ? cat("While calling '", shown, "':\n", indented(why)) : why);
    return std::nullopt;
  }
  return std::move(*result);
}

// What a handler is called in messages: with its element's whole name.
std::string Script::full_name(std::string_view call) const {
  const std::string_view name = call.substr(0, call.find_first_of(" \t\n"));
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos) {
    const bool own = router().handlers(*this).find(name) != nullptr;
    return own ? cat(this->name(), ".", name) : std::string(name);
  }
  const graph::Element* element = router().find(name.substr(0, dot), this);
  return element == nullptr ? std::string(name) : cat(element->name(), name.substr(dot));
}

std::optional<std::string> Script::handler(std::string_view call) {
  auto value = call_read(std::string(call), false, false);
  return value ? value : std::optional<std::string>("");
}

std::optional<std::string> Script::variable(std::string_view name) {
  if (const std::string* value = find_variable(name)) {
    return *value;
  }
  if (name == "?") {
    return cat(write_status_);
  }
  if (name == "args") {
    return arguments_;
  }
  if (name == "$") {
    return cat(host().process());
  }
  const std::vector<std::string> words = graph::split_words(arguments_);
  if (name == "#") {
    return cat(words.size());
  }
  const auto number = base::parse_u64(name);
  if (number && *number > 0) {
    return *number <= words.size() ? words[*number - 1] : std::string();
  }
  return std::nullopt;
}

void Script::run_timer(graph::Timer&) { run_until_settled(1, Cause::kTimer); }

bool Script::absorb_stop() { return run_until_settled(1, Cause::kStopWish) == Outcome::kBlocked; }

base::Result<std::string> Script::answer_run(std::string_view arguments) {
  if (running_) {
    return base::fail(base::ErrorCode::kConflict, "the script is running");
  }
  arguments_ = arguments;
  position_ = 0;
  run_until_settled(0, Cause::kJump);
  return answer();
}

base::Result<std::string> Script::answer() {
  if (ended_with_ == Op::kError) {
    return base::fail(base::ErrorCode::kFailed, "the script ended with an error");
  }
  if (ended_with_ == Op::kReturn) {
    return *find_variable("_");
  }
  return ended_with_ == Op::kEnd && type_ == Type::kPacket ? "0" : "";
}

// Which output a packet that came to `port` is to leave by; one that does not exist drops it.
std::uint32_t Script::output_for(std::uint32_t port) {
  std::uint32_t output = outputs();
  if (running_) {
    return output;  // the script itself made this packet come
  }
  variables_[variable_index("input")].value = cat(port);
  position_ = 0;
  run_until_settled(0, Cause::kJump);
  if (const auto chosen = answer(); chosen && !chosen->empty()) {
    std::uint32_t number = 0;
    output = graph::parse_argument(*chosen, number).empty() ? number : output;
  }
  return output;
}

void Script::push(std::uint32_t port, graph::Batch batch) {
  for (graph::Packet* packet : batch) {
    reject(packet, output_for(port));
  }
}

std::size_t Script::pull(std::uint32_t, graph::Packet** into, std::size_t max) {
  std::size_t kept = 0;
  while (kept == 0 && max != 0) {
    const std::size_t found = input(0).pull(into, max);
    if (found == 0) {
      return 0;
    }
    for (std::size_t i = 0; i < found; ++i) {
      graph::Packet* const packet = into[i];
      const std::uint32_t output = output_for(0);
      if (output == 0) {
        into[kept++] = packet;
      } else {
        reject(packet, output);
      }
    }
  }
  return kept;
}

void Script::complain(std::string text) { complaints_ += cat(text, "\n"); }

void Script::report(bool in_context) {
  if (complaints_.empty()) {
    return;
  }
  const std::string text = std::exchange(complaints_, {});
  router().errors().write(in_context ? cat("While executing '", name(),
                                           " :: ", element_class().name, "':\n", indented(text))
                                     : text);
}

}  // namespace superfluid::elements
