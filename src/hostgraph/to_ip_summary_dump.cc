// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/to_ip_summary_dump.h"

#include <fcntl.h>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"
#include "hostgraph/summary_words.h"
#include "os/files.h"

namespace superfluid::hostgraph {

using base::cat;

const graph::ElementClass ToIPSummaryDump::kClass{
    "ToIPSummaryDump", "1/0-1", "a/ah", graph::make_element<ToIPSummaryDump>, "x/x", true};

ToIPSummaryDump::~ToIPSummaryDump() {
  if (base::Status status = flush(); !status) {
    router().errors().write(cat(path_, ": ", status.error().to_string(), "\n"));
  }
}

void ToIPSummaryDump::configure(graph::Arguments& arguments) {
  graph::AnyText fields{"timestamp ip_src"};
  arguments.required("FILENAME", path_)
      .keyword("FIELDS", fields)
      .keyword("CONTENTS", fields)
      .keyword("HEADER", header_)
      .keyword("BANNER", banner_)
      .keyword("BAD_PACKETS", bad_packets_)
      .complete();
  for (const std::string& word : graph::split_words(fields.text)) {
    const std::string name = graph::unquote(word);
    const SummaryField* field = find_summary_field(name);
    if (field == nullptr) {
      arguments.complain(cat("unknown content type '", base::escape(name), "'"));
    } else {
      fields_.push_back(field);
    }
  }
  if (fields_.empty() && arguments.complaints().empty()) {
    arguments.complain("no contents specified");
  }
}

ToIPSummaryDump* ToIPSummaryDump::predecessor() const {
  auto* before = static_cast<ToIPSummaryDump*>(router().replaced(*this));
  return before != nullptr && before->path_ == path_ ? before : nullptr;
}

base::Status ToIPSummaryDump::initialize() {
  const ToIPSummaryDump* const before = predecessor();
  if (path_ != "-" && before == nullptr) {
    SF_TRY(file, os::open_file(path_, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    file_ = std::move(file);
  }
  start();
  if (header_ && (before == nullptr || before->fields_ != fields_)) {
    buffer_ = "!IPSummaryDump 1.3\n";
    buffer_ += banner_.empty() ? std::string() : cat("!creator ", graph::quote(banner_), "\n");
    buffer_ += "!data";
    for (const SummaryField* field : fields_) {
      buffer_ += cat(" ", field->name == "ntimestamp" ? "timestamp" : field->name);
    }
    buffer_ += "\n";
  }
  return path_ == "-" && before == nullptr ? flush() : base::Status();
}

// What the other has not written yet comes first.
void ToIPSummaryDump::take_state(graph::Element&) {
  if (ToIPSummaryDump* const before = predecessor()) {
    buffer_ = cat(std::exchange(before->buffer_, {}), buffer_);
    file_ = std::move(before->file_);
    count_ = before->count_;
    failed_ = before->failed_;
  }
}

void ToIPSummaryDump::record(const graph::Packet& packet) {
  const SummaryView view(packet);
  if (const std::string_view bad = bad_packets_ ? what_is_bad(view) : ""; !bad.empty()) {
    buffer_ += cat("!bad ", bad, "\n");
  }
  std::string_view space;
  for (const SummaryField* field : fields_) {
    buffer_ += space;
    write_summary(*field, view, buffer_);
    space = " ";
  }
  buffer_ += '\n';
  ++count_;
  if (path_ == "-" || buffer_.size() > kBufferBytesMax) {
    if (base::Status status = flush(); !status) {
      router().errors().write(cat(path_, ": ", status.error().to_string(), "\n"));
    }
  }
}

// A file that takes no more is written to no further.
base::Status ToIPSummaryDump::flush() {
  const std::string text = std::exchange(buffer_, {});
  if (text.empty() || failed_) {
    return {};
  }
  if (path_ == "-") {
    router().output().write(text);
    return {};
  }
  base::Status status = os::write_all(file_.get(), base::bytes_of(text));
  failed_ = !status;
  return status;
}

void ToIPSummaryDump::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("count", [this] { return count_; });
  handlers.write("flush", [this](std::string_view) { return flush(); });
}

}  // namespace superfluid::hostgraph
