// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/control_session.h"

#include <algorithm>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"

namespace superfluid::hostgraph {

using base::cat;

namespace {

constexpr int kOk = 200;
constexpr int kSyntax = 500;
constexpr int kUnimplemented = 501;
constexpr int kNoElement = 510;
constexpr int kNoHandler = 511;
constexpr int kHandlerError = 520;
constexpr int kDataTooBig = 521;
constexpr int kLlrpcError = 522;
constexpr int kNotPermitted = 530;
constexpr int kUnspecified = 590;

// Of an LLRPC's number: that it takes data, and how much; that there are no pointers in it.
constexpr std::uint32_t kLlrpcGives = 0x40000000;
constexpr std::uint32_t kLlrpcTakes = 0x80000000;
constexpr std::uint32_t kLlrpcFlat = 0x00004000;
constexpr std::uint32_t llrpc_bytes(std::uint32_t number) { return number >> 16 & 0xfff; }

constexpr std::string_view kHelp[] = {
    "Commands:",
    "READ handler [argument...]    the handler's value, as DATA",
    "READDATA handler count        the same; the argument is count bytes behind this line",
    "READUNTIL handler [end]       the same; the argument is lines, up to one that says end",
    "WRITE handler [argument...]   gives the handler a value",
    "WRITEDATA handler count       the same; the value is count bytes behind this line",
    "WRITEUNTIL handler [end]      the same; the value is lines, up to one that says end",
    "CHECKREAD handler             whether it can be read",
    "CHECKWRITE handler            whether it can be written",
    "LLRPC element#number [count]  refused",
    "QUIT                          ends the conversation",
};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool ends_line(char c) { return c == '\r' || c == '\n'; }

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (at < line.size()) {
    const std::size_t begin = at;
    while (at < line.size() && !is_space(line[at])) {
      ++at;
    }
    if (at != begin) {
      words.push_back(line.substr(begin, at - begin));
    }
    ++at;
  }
  return words;
}

std::string_view without_trailing_space(std::string_view text) {
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// From the third word to the end of the last.
std::string_view rest_of(std::string_view line, const std::vector<std::string_view>& words) {
  if (words.size() < 3) {
    return {};
  }
  return line.substr(
      static_cast<std::size_t>(words[2].data() - line.data()),
      static_cast<std::size_t>(words.back().data() - words[2].data()) + words.back().size());
}

std::string upper(std::string_view text) {
  std::string big(text);
  for (char& c : big) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return big;
}

// On one line: ^X for control characters, \ooo for what is not ASCII.
std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 32) {
      shown += {'^', static_cast<char>(byte + 64)};
    } else if (byte < 127) {
      shown += c;
    } else {
      shown += {'\\', static_cast<char>('0' + (byte >> 6)),
                static_cast<char>('0' + (byte >> 3 & 7)), static_cast<char>('0' + (byte & 7))};
    }
  }
  return shown;
}

// "0.x" and ".x" name the global handler x.
std::string_view canonical(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == 0 || (dot == 1 && name[0] == '0') ? name.substr(dot + 1) : name;
}

}  // namespace

ControlSession::ControlSession() : out_("Click::ControlSocket/1.3\r\n") {}

void ControlSession::receive(base::ByteView bytes) {
  needs_more_ = false;
  if (!over_) {
    in_ += base::text_of(bytes);
  }
}

bool ControlSession::wants_input() const {
  return !over_ && !input_ended_ && (needs_more_ || in_.size() - taken_ < kInputBytesMax);
}

void ControlSession::sent(std::size_t count) {
  sent_ += count;
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
  }
}

void ControlSession::consume(std::size_t count) {
  taken_ += count;
  if (taken_ * 2 >= in_.size()) {  // so that each byte is moved once, on average
    in_.erase(0, taken_);
    taken_ = 0;
  }
}

void ControlSession::end(int code, std::string_view text) {
  answer(code, text);
  over_ = true;
  in_.clear();
  taken_ = 0;
}

bool ControlSession::step(graph::Router& router, const Rules& rules) {
  if (over_ || output().size() >= kOutputBytesMax) {
    return false;
  }
  if (after_cr_ && taken_ < in_.size()) {
    after_cr_ = false;
    if (in_[taken_] == '\n') {
      lines_ += mode_ == Mode::kLines && !lines_.empty() ? "\n" : "";
      consume(1);
    }
  }
  const bool stepped = mode_ == Mode::kLine    ? take_command(router, rules)
                       : mode_ == Mode::kLines ? take_data_line(router, rules)
                                               : take_data(router, rules);
  needs_more_ = !stepped;
  over_ = over_ || (!stepped && input_ended_);
  return stepped;
}

// The next line with its end; nullopt when it is not there yet.
std::optional<std::string> ControlSession::take_line() {
  const std::string_view waiting = std::string_view(in_).substr(taken_);
  const auto* const found = std::find_if(waiting.begin() + scanned_, waiting.end(), ends_line);
  std::size_t end = static_cast<std::size_t>(found - waiting.begin());
  scanned_ = end;
  if (end == waiting.size()) {
    if (waiting.empty() || !input_ended_) {
      return std::nullopt;
    }
  } else {
    const bool is_pair = waiting.substr(end).starts_with("\r\n");
    after_cr_ = waiting[end] == '\r' && !is_pair;
    end += is_pair ? 2 : 1;
  }
  std::string line(waiting.substr(0, end));
  scanned_ = 0;
  consume(end);
  return line;
}

bool ControlSession::take_command(graph::Router& router, const Rules& rules) {
  const std::optional<std::string> line = take_line();
  if ((line ? line->size() : in_.size() - taken_) > kLineBytesMax) {
    end(kSyntax, "Line too long");
    return true;
  }
  if (line) {
    obey(router, rules, *line);
  }
  return line.has_value();
}

bool ControlSession::take_data(graph::Router& router, const Rules& rules) {
  const std::size_t there = in_.size() - taken_;
  if (mode_ == Mode::kSkip) {
    const std::size_t skipped = std::min(there, data_bytes_);
    consume(skipped);
    data_bytes_ -= skipped;
    mode_ = data_bytes_ == 0 ? Mode::kLine : mode_;
    return skipped != 0;
  }
  if (there < data_bytes_) {
    if (input_ended_) {
      end(kSyntax, "Not enough data");
    }
    return false;
  }
  mode_ = Mode::kLine;
  act(router, rules, std::string_view(in_).substr(taken_, data_bytes_));
  consume(data_bytes_);
  return true;
}

bool ControlSession::take_data_line(graph::Router& router, const Rules& rules) {
  const std::size_t waiting = in_.size() - taken_;
  const std::optional<std::string> line = take_line();
  if (!line || !ends_line(line->back())) {
    if (input_ended_) {
      end(kSyntax, "Not enough data");
    } else if (lines_.size() + waiting > kDataBytesMax + kLineBytesMax) {
      end(kDataTooBig, cat("Data too large for handler '", handler_, "'"));
    }
    return false;
  }
  if (without_trailing_space(*line) != terminator_) {
    lines_ += *line;
    if (lines_.size() > kDataBytesMax) {
      end(kDataTooBig, cat("Data too large for handler '", handler_, "'"));
    }
    return true;
  }
  mode_ = Mode::kLine;
  act(router, rules, std::exchange(lines_, {}));
  return true;
}

void ControlSession::obey(graph::Router& router, const Rules& rules, std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.empty()) {
    return;
  }
  const std::string command = upper(words[0]);
  const bool reads = command.starts_with("READ") || command == "GET";
  const auto needs = [&](std::size_t least, std::size_t most) {
    const bool right = words.size() >= least && words.size() <= most;
    if (!right) {
      answer(kSyntax, "Wrong number of arguments");
    }
    return right;
  };
  deed_ = reads ? Deed::kRead : Deed::kWrite;
  if (command == "READ" || command == "GET" || command == "WRITE" || command == "SET") {
    if (needs(2, SIZE_MAX)) {
      handler_ = words[1];
      act(router, rules, rest_of(line, words));
    }
  } else if (command == "READDATA" || command == "WRITEDATA" || command == "SETDATA") {
    if (needs(3, 3)) {
      await_data(words[1], words[2], command);
    }
  } else if (command == "READUNTIL" || command == "WRITEUNTIL") {
    if (needs(2, SIZE_MAX)) {
      handler_ = words[1];
      terminator_ = rest_of(line, words);
      lines_.clear();
      mode_ = Mode::kLines;
    }
  } else if (command == "CHECKREAD" || command == "CHECKWRITE") {
    if (needs(2, 2)) {
      check(router, rules, words[1], command == "CHECKWRITE");
    }
  } else if (command == "LLRPC") {
    deed_ = Deed::kLlrpc;
    if (needs(2, 3)) {
      await_data(words[1], words.size() == 3 ? words[2] : "0", command);
    }
  } else if (command == "QUIT" || command == "CLOSE") {
    if (words.size() != 1) {
      answer(kSyntax, "Bad command syntax");
    }
    end(kOk, "Goodbye!");
  } else if (command == "HELP") {
    for (const std::string_view& text : kHelp) {
      answer(kOk, text, &text != &std::end(kHelp)[-1]);
    }
  } else {
    answer(kUnimplemented, cat("Command '", command, "' unimplemented"));
  }
}

void ControlSession::await_data(std::string_view handler, std::string_view count,
                                std::string_view command) {
  std::int32_t bytes = 0;
  if (!graph::parse_argument(count, bytes).empty() || bytes < 0) {
    answer(kSyntax, cat("Syntax error in '", command, "'"));
    return;
  }
  handler_ = handler;
  data_bytes_ = static_cast<std::size_t>(bytes);
  mode_ = Mode::kData;
  if (data_bytes_ > kDataBytesMax) {
    answer(kDataTooBig, cat("Data too large for handler '", handler_, "'"));
    mode_ = Mode::kSkip;
  }
}

void ControlSession::act(graph::Router& router, const Rules& rules, std::string_view data) {
  switch (deed_) {
    case Deed::kRead: read(router, rules, data); break;
    case Deed::kWrite: write(router, rules, data); break;
    case Deed::kLlrpc: refuse_llrpc(router, rules, data.size()); break;
  }
}

// nullptr when there is none, which has been answered then.
const graph::Handler* ControlSession::find(graph::Router& router, const Rules& rules,
                                           std::string_view full_name) {
  const std::string_view name = canonical(full_name);
  const graph::HandlerTable* table = &router.global_handlers();
  std::string_view handler_name = name;
  const std::size_t dot = name.find('.');
  if (rules.proxy != nullptr) {
    table = &router.handlers(*rules.proxy);
  } else if (dot != name.npos) {
    const std::string_view element_name = name.substr(0, dot);
    const graph::Element* element = router.find(element_name);
    std::int32_t number = 0;
    if (element == nullptr && graph::parse_argument(element_name, number).empty() && number > 0 &&
        static_cast<std::size_t>(number) <= router.elements().size()) {
      element = router.elements()[static_cast<std::size_t>(number) - 1].get();
    }
    if (element == nullptr) {
      answer(kNoElement, cat("No element named '", element_name, "'"));
      return nullptr;
    }
    table = &router.handlers(*element);
    handler_name = name.substr(dot + 1);
  }
  const graph::Handler* const handler = table->find(handler_name);
  if (handler == nullptr || handler->is_private) {
    answer(kNoHandler, cat(rules.proxy != nullptr ? "No proxied handler" : "No handler", " named '",
                           full_name, "'"));
    return nullptr;
  }
  return handler;
}

void ControlSession::read(graph::Router& router, const Rules& rules, std::string_view data) {
  const graph::Router::Alone alone(router);
  const graph::Handler* const handler = find(router, rules, handler_);
  if (handler == nullptr) {
    return;
  }
  if (!handler->read) {
    answer(kNotPermitted, cat("Handler '", handler_, "' write-only"));
    return;
  }
  const base::Result<std::string> value = handler->read(data);
  if (!value) {
    answer_error(kUnspecified, cat("Read handler '", handler_, "' error"), value.error());
    return;
  }
  answer(kOk, cat("Read handler '", handler_, "' OK"));
  out_ += cat("DATA ", value->size(), "\r\n", *value);
}

void ControlSession::write(graph::Router& router, const Rules& rules, std::string_view data) {
  const graph::Router::Alone alone(router);
  const graph::Handler* const handler = find(router, rules, handler_);
  if (handler == nullptr) {
    return;
  }
  if (!handler->write) {
    answer(kNotPermitted, cat("Handler '", handler_, "' read-only"));
  } else if (rules.read_only) {
    answer(kNotPermitted, cat("Permission denied for '", handler_, "'"));
  } else if (const base::Status done = handler->write(data); !done) {
    answer_error(kHandlerError, cat("Write handler '", handler_, "' error"), done.error());
  } else {
    answer(kOk, cat("Write handler '", handler_, "' OK"));
  }
}

void ControlSession::check(graph::Router& router, const Rules& rules, std::string_view name,
                           bool writing) {
  const graph::Handler* const handler = find(router, rules, name);
  if (handler == nullptr) {
    return;
  }
  const bool can = writing ? handler->write != nullptr : handler->read != nullptr;
  if (can && writing && rules.read_only) {
    answer(kNotPermitted, cat("Permission denied for '", name, "'"));
  } else if (can) {
    answer(kOk, cat(writing ? "Write" : "Read", " handler '", name, "' OK"));
  } else {
    answer(kNoHandler, cat("Handler '", name, writing ? "' not writable" : "' not readable"));
  }
}

void ControlSession::refuse_llrpc(graph::Router& router, const Rules& rules, std::size_t bytes) {
  const std::string_view name = handler_;
  const std::size_t mark = std::min(name.find('#'), name.size());
  const auto number =
      base::parse_u64(cat("0x", name.substr(std::min(mark + 1, name.size()))), true);
  if (!number || *number > 0xffffffff) {
    answer(kSyntax, cat("Syntax error in LLRPC name '", name, "'"));
    return;
  }
  const auto bits = static_cast<std::uint32_t>(*number);
  if (find(router, rules, cat(name.substr(0, mark), ".name")) == nullptr) {
    return;
  }
  if (llrpc_bytes(bits) == 0 || (bits & (kLlrpcTakes | kLlrpcGives)) == 0 ||
      (bits & kLlrpcFlat) == 0) {
    answer(kUnimplemented, cat("Cannot call LLRPC '", name, "' remotely"));
  } else if (rules.read_only) {
    answer(kNotPermitted, cat("Permission denied for '", name, "'"));
  } else if ((bits & kLlrpcTakes) != 0 && bytes != llrpc_bytes(bits)) {
    answer(kLlrpcError,
           cat("LLRPC '", name, "' requires ", llrpc_bytes(bits), " bytes input data"));
  } else {
    answer(kLlrpcError, cat("LLRPC '", name, "' error: Invalid argument"));
  }
}

void ControlSession::answer(int code, std::string_view text, bool more) {
  out_ += cat(code, more ? '-' : ' ', printable(text), "\r\n");
}

// The lines of an error and of its causes, one answer line each.
void ControlSession::answer_error(int code, std::string_view text, const base::Error& error) {
  answer(code, cat(text, ":"), true);
  for (const base::Error* each = &error; each != nullptr; each = each->cause()) {
    std::string_view left = each->message();
    while (!left.empty()) {
      const std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(line.size() + 1, left.size()));
      answer(code, line, !left.empty() || each->cause() != nullptr);
    }
  }
}

}  // namespace superfluid::hostgraph
