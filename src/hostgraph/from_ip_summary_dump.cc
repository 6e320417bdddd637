// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/from_ip_summary_dump.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"
#include "os/files.h"

namespace superfluid::hostgraph {

using base::cat;
using graph::Packet;

const graph::ElementClass FromIPSummaryDump::kClass{"FromIPSummaryDump", "0/1", "a/a",
                                                    graph::make_element<FromIPSummaryDump>};

namespace {

constexpr base::ByteCount kTextMax = base::gib(1);

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// The next word, with its quotes.
std::string_view take_word(std::string_view& line) {
  std::size_t end = 0;
  while (end < line.size() && !is_space(line[end])) {
    end = line[end] == '"' ? graph::skip_double_quoted(line, end) : end + 1;
  }
  end = std::min(end, line.size());
  const std::string_view word = line.substr(0, end);
  while (end < line.size() && is_space(line[end])) {
    ++end;
  }
  line.remove_prefix(end);
  return word;
}

}  // namespace

void FromIPSummaryDump::configure(graph::Arguments& arguments) {
  graph::AnyText fields;
  graph::AnyText flow;
  bool zero = true;
  read_arguments(arguments.positional("FILENAME", path_))
      .keyword("ZERO", zero)
      .keyword("CHECKSUM", making_.checksums)
      .keyword("PROTO", making_.default_protocol)
      .keyword("DEFAULT_CONTENTS", fields)
      .keyword("DEFAULT_FIELDS", fields)
      .keyword("CONTENTS", fields)
      .keyword("FIELDS", fields)
      .keyword("DEFAULT_FLOWID", flow)
      .keyword("FLOWID", flow)
      .keyword("ALLOW_NONEXISTENT", allow_nonexistent_)
      .keyword("DATA", text_)
      .complete();
  has_data_ = !text_.empty();
  if (has_data_ && !path_.empty()) {
    arguments.complain("FILENAME and DATA conflict");
  } else if (!has_data_ && path_.empty()) {
    arguments.complain("FILENAME: required argument missing");
  }
  if (!fields.text.empty()) {
    read_command(cat("!data ", fields.text));
  }
  if (!flow.text.empty()) {
    read_command(cat("!flowid ", flow.text));
  }
}

base::Status FromIPSummaryDump::initialize() {
  bool missing = false;
  if (path_ == "-") {
    SF_TRY(bytes, os::read_whole(STDIN_FILENO, kTextMax));
    text_ = base::text_of(bytes);
  } else if (!has_data_) {
    auto read = os::read_text(path_, kTextMax);
    missing = !read && read.error().code() == base::ErrorCode::kNotFound;
    if (!read && !(missing && allow_nonexistent_)) {
      return base::pass(std::move(read).error());
    }
    text_ = read ? std::move(*read) : std::string();
  }
  if (!missing) {
    check_banner();
  }
  start();
  return {};
}

// Files say what they are; one that does not is read all the same.
void FromIPSummaryDump::check_banner() {
  std::string_view first(text_);
  first = first.substr(0, first.find('\n'));
  const auto begins = [&](std::string_view word) { return first.starts_with(word); };
  if (fields_.empty() && !begins("!IPSummaryDump") && !begins("!creator") && !begins("!data") &&
      !begins("!contents") && !begins("!proto") && !begins("!flowid")) {
    line_ = 1;
    complain("warning: missing banner line; is this an IP summary dump?");
    line_ = 0;
  }
}

void FromIPSummaryDump::complain(std::string_view what) {
  router().errors().write(
      cat(has_data_ ? "data" : (path_ == "-" ? "<stdin>" : path_), ":", line_, ": ", what, "\n"));
}

bool FromIPSummaryDump::next_line(std::string_view& line) {
  if (at_ >= text_.size()) {
    return false;
  }
  const std::size_t end = std::min(text_.find('\n', at_), text_.size());
  line = std::string_view(text_).substr(at_, end - at_);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  at_ = end + 1;
  ++line_;
  return true;
}

void FromIPSummaryDump::read_command(std::string_view line) {
  const std::vector<std::string> words = graph::split_words(line);
  if (words[0] == "!data" || words[0] == "!contents") {
    set_fields(words);
  } else if (words[0] == "!proto") {
    set_protocol(words);
  } else if (words[0] == "!flowid") {
    set_flow(words);
  } else if (words[0] == "!aggregate") {
    if (words.size() != 2 || !graph::parse_argument(words[1], pattern_.notes.aggregate).empty()) {
      complain("bad !aggregate specification");
    }
  } else if (words[0] == "!binary") {
    complain("binary records are not read here");
    at_ = text_.size();
  }
}

void FromIPSummaryDump::set_fields(const std::vector<std::string>& words) {
  fields_.clear();
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string name = graph::unquote(words[i]);
    fields_.push_back(find_summary_field(name));
    if (fields_.back() == nullptr) {
      complain(cat("warning: unknown content type '", base::escape(name), "'"));
    }
  }
  if (fields_.empty()) {
    complain("no contents specified");
  }
}

void FromIPSummaryDump::set_protocol(const std::vector<std::string>& words) {
  SummaryDraft read;
  if (words.size() == 2 && read_summary(*find_summary_field("ip_proto"), words[1], read)) {
    making_.default_protocol = *read.protocol;
  } else {
    complain(words.size() == 2 ? "bad protocol in !proto" : "bad !proto");
  }
}

void FromIPSummaryDump::set_flow(const std::vector<std::string>& words) {
  constexpr std::string_view kNames[] = {"", "src", "sport", "dst", "dport", "proto"};
  SummaryDraft draft = pattern_;
  bool good = words.size() >= 5 && words.size() <= std::size(kNames);
  for (std::size_t i = 1; good && i < words.size(); ++i) {
    good = words[i] == "-" || read_summary(*find_summary_field(kNames[i]), words[i], draft);
  }
  if (good) {
    pattern_ = draft;
  } else {
    complain("bad !flowid specification");
  }
}

Packet* FromIPSummaryDump::packet_of(std::string_view line) {
  SummaryDraft draft = pattern_;
  std::size_t read = 0;
  std::string_view rest = line;
  for (const SummaryField* field : fields_) {
    const std::string_view word = take_word(rest);
    if (field != nullptr && !word.empty() && word != "-" && read_summary(*field, word, draft)) {
      ++read;
    }
  }
  if (read != 0) {
    return make_packet(draft, making_, pool());
  }
  if (!complained_ && !base::trim(line).empty()) {
    complain(fields_.empty() ? "no '!data' provided" : "packet parse error");
    complained_ = true;
  }
  return nullptr;
}

Packet* FromIPSummaryDump::read_packet() {
  std::string_view line;
  while (next_line(line)) {
    if (line.starts_with('!')) {
      read_command(line);
    } else if (!line.empty() && !line.starts_with('#')) {
      if (Packet* packet = packet_of(line)) {
        return packet;
      }
    }
  }
  return nullptr;
}

void FromIPSummaryDump::add_handlers(graph::HandlerTable& handlers) {
  Replay::add_handlers(handlers);
  handlers.value("encap", [] { return "IP"; });
}

}  // namespace superfluid::hostgraph
