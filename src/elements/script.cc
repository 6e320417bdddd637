// SPDX-License-Identifier: Apache-2.0
// What a Script is made of: its instructions, read once, and its handlers. How it runs is in
// script_run.cc.
#include "elements/script.h"

#include <algorithm>

#include "base/text.h"
#include "elements/fraction_text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;

const graph::ElementClass Script::kClass{"Script", "-/-", "ah/ah", graph::make_element<Script>,
                                         "x/x",    true};
const graph::ElementClass DriverManager::kClass{"DriverManager", "0/0", "a/a",
                                                graph::make_element<DriverManager>};

const Script::Word Script::kWords[] = {
    {"append", Op::kSave, false, false, true},
    {"end", Op::kEnd},
    {"error", Op::kError},
    {"errorq", Op::kError, true},
    {"exit", Op::kExit},
    {"export", Op::kInit, false, true},
    {"exportq", Op::kInit, true, true},
    {"goto", Op::kGoto},
    {"init", Op::kInit},
    {"initq", Op::kInit, true},
    {"label", Op::kLabel},
    {"loop", Op::kGoto},
    {"pause", Op::kPause},
    {"print", Op::kPrint},
    {"printn", Op::kPrint, false, false, false, true},
    {"printnq", Op::kPrint, true, false, false, true},
    {"printq", Op::kPrint, true},
    {"read", Op::kRead},
    {"readq", Op::kRead, true},
    {"return", Op::kReturn},
    {"returnq", Op::kReturn, true},
    {"save", Op::kSave},
    {"set", Op::kSet},
    {"setq", Op::kSet, true},
    {"stop", Op::kStop},
    {"wait", Op::kWait},
    {"wait_for", Op::kWait},
    {"wait_step", Op::kPause},
    {"wait_stop", Op::kPause},
    {"wait_time", Op::kWait},
    {"write", Op::kWrite},
    {"writeq", Op::kWrite, true},
};

const Script::Word* Script::find_word(std::string_view name) {
  const Word* found = std::ranges::find(kWords, name, &Word::name);
  return found == std::end(kWords) ? nullptr : found;
}

void Script::configure(graph::Arguments& arguments) {
  graph::AnyText type;
  std::vector<std::string> texts;
  arguments.keyword("TYPE", type).rest(texts).complete();
  configure_type(type.text, arguments);
  for (std::string& text : texts) {
    compile(std::move(text), arguments);
  }
  resolve_labels(arguments);
  if (instructions_.empty() && type_ == Type::kDriver) {
    add(Op::kPause);
    instructions_.back().count = 1;
  }
  add(type_ == Type::kDriver ? Op::kStop : Op::kEnd);
}

void Script::configure_type(const std::string& text, graph::Arguments& arguments) {
  std::string names = text;
  const std::string type = graph::shift_word(names);
  if (!names.empty() && type != "SIGNAL") {
    arguments.complain("bad TYPE");
  } else if (type == "ACTIVE") {
    type_ = Type::kActive;
  } else if (type == "PASSIVE") {
    type_ = Type::kPassive;
  } else if (type == "PACKET" || type == "PUSH") {
    type_ = Type::kPacket;
  } else if (type == "DRIVER") {
    type_ = Type::kDriver;
  } else if (type == "SIGNAL") {
    type_ = Type::kSignal;
    for (const std::string& name : graph::split_words(names)) {
      const int signal = signal_number(name).value_or(0);
      signals_.push_back(signal == kSignalKill || signal == kSignalStop ? 0 : signal);
    }
    if (signals_.empty() || std::ranges::find(signals_, 0) != signals_.end()) {
      arguments.complain("bad signal number");
    }
  } else if (!type.empty()) {
    arguments.complain("bad TYPE");
  } else if (type_ == Type::kByPorts) {
    type_ = inputs() != 0 || outputs() != 0 ? Type::kPacket : Type::kActive;
  }
  if (type_ == Type::kDriver && !router().set_stop_manager(*this)) {
    arguments.complain("router has more than one driver script");
  }
  if (type_ == Type::kPacket && inputs() == 0) {
    arguments.complain("PACKET script must have inputs");
  } else if (type_ != Type::kPacket && (inputs() != 0 || outputs() != 0)) {
    arguments.complain("ports allowed only on PACKET scripts");
  }
}

void Script::add(Op op, const Word* word, std::string text) {
  if (instructions_.empty() && op != Op::kBegin && op != Op::kPause && op != Op::kWait) {
    add(Op::kBegin);
  }
  Instruction& made = instructions_.emplace_back();
  made.op = op;
  made.word = word;
  made.text = std::move(text);
}

void Script::compile(std::string text, graph::Arguments& arguments) {
  const std::string name = graph::shift_word(text);
  if (name.empty()) {
    return;
  }
  const Word* word = find_word(name);
  bool good = word != nullptr;
  const Op op =
      !good ? Op::kEnd
            : (word->op == Op::kWait && text.empty() && name == "wait" ? Op::kPause : word->op);
  switch (op) {
    case Op::kPause: {
      std::uint32_t count = 1;
      good = text.empty() || graph::parse_argument(text, count).empty();
      add(op, word);
      instructions_.back().count = count;
      break;
    }
    case Op::kSet:
    case Op::kInit:
    case Op::kReturn: good = good && compile_variable(*word, std::move(text)); break;
    case Op::kLabel: {
      std::string label = graph::shift_word(text);
      good = !label.empty() && text.empty();
      add(op, word, std::move(label));
      break;
    }
    case Op::kGoto:
      good = (name == "loop") == text.empty();
      add(op, word, name == "loop" ? "loop" : std::move(text));
      break;
    case Op::kEnd:
    case Op::kExit:
    case Op::kStop:
      good = good && text.empty();
      add(op, word);
      break;
    default: add(op, word, std::move(text)); break;
  }
  if (!good) {
    arguments.complain(cat("syntax error at '", base::escape(name), "'"));
  }
}

bool Script::compile_variable(const Word& word, std::string text) {
  std::string name = word.op == Op::kReturn ? "_" : graph::shift_word(text);
  if (name.empty() || (word.op == Op::kSet && text.empty())) {
    return false;
  }
  add(word.op, &word, std::move(text));
  instructions_.back().variable = variable_index(name);
  return true;
}

void Script::resolve_labels(graph::Arguments& arguments) {
  for (Instruction& instruction : instructions_) {
    if (instruction.op != Op::kGoto) {
      continue;
    }
    const std::string label = graph::shift_word(instruction.text);
    const Word* word = find_word(label);
    const bool ends = word != nullptr && (word->op == Op::kEnd || word->op == Op::kExit ||
                                          word->op == Op::kStop || word->op == Op::kError);
    if (const auto target = find_label(label)) {
      instruction.target = *target;
    } else if (ends) {
      instruction.ends_with = word->op;
    } else {
      arguments.complain(cat("no such label '", base::escape(label), "'"));
    }
  }
}

std::optional<std::size_t> Script::find_label(std::string_view label) const {
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    if (instructions_[i].op == Op::kLabel && instructions_[i].text == label) {
      return i;
    }
  }
  return label == "begin" || label == "loop" ? std::optional<std::size_t>(0) : std::nullopt;
}

std::string* Script::find_variable(std::string_view name) {
  const auto found = std::ranges::find(variables_, name, &Variable::name);
  return found == variables_.end() ? nullptr : &found->value;
}

std::size_t Script::variable_index(std::string_view name) {
  const auto found = std::ranges::find(variables_, name, &Variable::name);
  if (found == variables_.end()) {
    variables_.push_back({std::string(name), {}});
    return variables_.size() - 1;
  }
  return static_cast<std::size_t>(found - variables_.begin());
}

base::Status Script::initialize() {
  timer_.attach(schedule());
  for (const Instruction& instruction : instructions_) {
    if (instruction.op == Op::kInit) {
      execute_set(instruction);
    }
  }
  report();
  const bool starts = type_ == Type::kActive || type_ == Type::kDriver;
  const Instruction& first = instructions_.front();
  if (starts && first.op == Op::kWait && !set_wait_timer(expanded(first.text))) {
    return base::fail(base::ErrorCode::kInvalid, "syntax error at 'wait'");
  }
  if (starts && first.op == Op::kBegin) {
    instructions_.front().count = 1;
    if (type_ == Type::kDriver) {
      router().stop();  // absorbed before anything runs: this is how the script gets its first turn
    } else {
      timer_.set_after(base::Duration());
    }
  }
  return wait_for_signals();
}

Script::~Script() {
  if (!signals_.empty()) {
    host().forget_signals(this);
  }
}

base::Status Script::wait_for_signals() {
  for (const int signal : signals_) {
    SF_CHECKED(host().at_signal(signal, this, [this] { run_signal(); }));
  }
  return {};
}

// What went wrong was told as it happened.
void Script::run_signal() {
  host().forget_signals(this);
  const bool answered = answer_run({}).has_value();
  if (answered && ended_with_ == Op::kEnd) {
    if (const base::Status waits = wait_for_signals(); !waits) {
      router().errors().write(cat(waits.error().to_string(), "\n"));
    }
  }
}

void Script::add_handlers(graph::HandlerTable& handlers) {
  handlers.write("step", [this](std::string_view text) -> base::Status {
    std::int32_t steps = 1;
    if (!base::trim(text).empty()) {
      SF_CHECKED(graph::parse_handler_value(text, steps));
    }
    run_until_settled(steps, Cause::kStep);
    return {};
  });
  handlers.write("goto", [this](std::string_view text) -> base::Status {
    const auto target = find_label(base::trim(text));
    if (!target) {
      return base::fail(base::ErrorCode::kNotFound, "jump to nonexistent label");
    }
    rewind_pauses(*target, instructions_.size());
    position_ = *target;
    run_until_settled(0, Cause::kJump);
    return {};
  });
  handlers.read("run", [this](std::string_view text) { return answer_run(text); });
  handlers.write("run", [this](std::string_view text) -> base::Status {
    SF_CHECKED(answer_run(text));
    return {};
  });
  add_function_handlers(handlers);
  add_variable_handlers(handlers);
}

void Script::add_function_handlers(graph::HandlerTable& handlers) {
  for (const ScriptFunction& function : script_functions()) {
    handlers.read(function.name, function.call);
  }
  handlers.value("now",
                 [this] { return elements::timestamp_text(schedule().clock().since_epoch()); });
  handlers.read("random", [this](std::string_view text) { return random_number(text); });
  handlers.read("readable", [this](std::string_view text) { return all_have(text, true); });
  handlers.read("writable", [this](std::string_view text) { return all_have(text, false); });
  handlers.read("kill", [this](std::string_view text) { return send_signal(text); });
  const auto cat_file = [this](std::string_view name) {
    return host().read_file(graph::unquote(name));
  };
  handlers.read("cat", cat_file);
  handlers.read("catq", [cat_file](std::string_view name) -> base::Result<std::string> {
    SF_TRY(text, cat_file(name));
    return graph::quote(text);
  });
  handlers.make_private("cat");
  handlers.make_private("catq");
}

void Script::add_variable_handlers(graph::HandlerTable& handlers) {
  const auto named = [this](std::string_view name) -> base::Result<std::string*> {
    std::string* value = name == "args" ? &arguments_ : find_variable(name);
    if (value == nullptr) {
      return base::fail(base::ErrorCode::kNotFound,
                        cat("undefined variable '", base::escape(name), "'"));
    }
    return value;
  };
  handlers.read("get", [named](std::string_view text) -> base::Result<std::string> {
    SF_TRY(value, named(base::trim(text)));
    return *value;
  });
  handlers.read("shift", [named](std::string_view text) -> base::Result<std::string> {
    SF_TRY(value, named(base::trim(text).empty() ? "args" : base::trim(text)));
    return graph::shift_word(*value);
  });
  handlers.write("set", [this](std::string_view text) -> base::Status {
    std::string value(text);
    const std::string name = graph::shift_word(value);
    if (name.empty()) {
      return base::fail(base::ErrorCode::kInvalid, "no variable");
    }
    variables_[variable_index(name)].value = value;
    return {};
  });
  for (const Instruction& instruction : instructions_) {
    if (instruction.op == Op::kInit && instruction.word->exports) {
      handlers.value(variables_[instruction.variable].name,
                     [this, i = instruction.variable] { return variables_[i].value; });
    }
  }
}

// kill SIGNAL PID...: as kill(1) does, but to single processes only, and never to all at once.
base::Result<std::string> Script::send_signal(std::string_view arguments) {
  constexpr std::uint32_t kProcessMax = 0x7fffffff;
  std::string rest(arguments);
  const std::optional<int> signal = signal_number(graph::shift_word(rest));
  if (!signal) {
    return base::fail(base::ErrorCode::kInvalid, "bad SIGNO");
  }
  while (!rest.empty()) {
    std::uint32_t process = 0;
    if (!graph::parse_argument(graph::shift_word(rest), process).empty() || process == 0 ||
        process > kProcessMax) {
      return base::fail(base::ErrorCode::kInvalid, "bad PID");
    }
    SF_CHECKED(host().send_signal(process, *signal));
  }
  return "";
}

// random: any number; random N: below N; random A B: from A to B.
base::Result<std::string> Script::random_number(std::string_view arguments) {
  const std::vector<std::string> words = graph::split_words(arguments);
  std::uint32_t bounds[2] = {0, 0x7fffffff};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i == 2) {
      return base::fail(base::ErrorCode::kInvalid, "too many arguments");
    }
    SF_CHECKED(graph::parse_handler_value(words[i], bounds[i]));
  }
  if (words.size() == 1) {
    bounds[1] = bounds[0] - 1;
  }
  const std::uint32_t least = words.size() == 2 ? bounds[0] : 0;
  if (bounds[1] < least || (words.size() == 1 && bounds[0] == 0)) {
    return base::fail(base::ErrorCode::kInvalid, "bad N");
  }
  const std::uint32_t span = bounds[1] - least;
  base::Rng& random = rng();
  return cat(least + (span == 0xffffffff ? static_cast<std::uint32_t>(random.next())
                                         : random.below(span + 1)));
}

base::Result<std::string> Script::all_have(std::string_view names, bool readable) {
  for (const std::string& name : graph::split_words(names)) {
    const auto handler = router().find_handler(name, this);
    if (!handler || *handler == nullptr ||
        !(readable ? bool((*handler)->read) : bool((*handler)->write))) {
      return "false";
    }
  }
  return "true";
}

}  // namespace superfluid::elements
