// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/to_dump.h"

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::hostgraph {

const graph::ElementClass ToDump::kClass{"ToDump", "1/0-1", "a/ah", graph::make_element<ToDump>,
                                         "x/x",    true};

ToDump::~ToDump() {
  if (writer_) {
    if (const base::Status status = writer_->close(); !status) {
      complain(status.error());
    }
  }
}

void ToDump::configure(graph::Arguments& arguments) {
  std::string encapsulation = "ETHER";
  arguments.required("FILENAME", path_)
      .keyword("SNAPLEN", snap_length_)
      .keyword("ENCAP", encapsulation)
      .keyword("EXTRA_LENGTH", extra_length_)
      .complete();
  if (encapsulation == "IP") {
    link_type_ = os::kLinkRaw;
  } else if (encapsulation != "ETHER") {
    arguments.complain("ENCAP: bad encapsulation type, ETHER or IP are known");
  }
  if (snap_length_ > os::kCapturedBytesMax) {
    arguments.complain(base::cat("SNAPLEN: out of range, maximum ", os::kCapturedBytesMax));
  } else if (snap_length_ == 0) {
    snap_length_ = os::kCapturedBytesMax;
  }
}

ToDump* ToDump::predecessor() const {
  auto* before = static_cast<ToDump*>(router().replaced(*this));
  const bool same = before != nullptr && before->path_ == path_ &&
                    before->link_type_ == link_type_ && before->snap_length_ == snap_length_;
  return same ? before : nullptr;
}

base::Status ToDump::initialize() {
  if (predecessor() == nullptr) {
    auto made =
        os::PcapWriter::create(path_, {.link_type = link_type_, .snap_length = snap_length_});
    if (!made) {
      return base::pass(std::move(made).error());
    }
    writer_.emplace(std::move(*made));
  }
  start();
  return {};
}

void ToDump::take_state(graph::Element&) {
  if (ToDump* const before = predecessor()) {
    writer_.emplace(std::move(*before->writer_));
    before->writer_.reset();
    count_ = before->count_;
    complained_ = before->complained_;
  }
}

// The writer repeats its first error; once is enough.
void ToDump::complain(const base::Error& error) {
  if (!std::exchange(complained_, true)) {
    router().errors().write(base::cat(path_, ": ", error.to_string(), "\n"));
  }
}

void ToDump::record(const graph::Packet& packet) {
  const bool stamped = packet.notes.timestamp != base::Duration();
  const base::Duration stamp = stamped ? packet.notes.timestamp : schedule().time_of_day();
  const std::uint32_t on_wire = packet.length + (extra_length_ ? packet.notes.extra_length : 0);
  if (const base::Status status = writer_->write(packet.bytes(), stamp, on_wire); !status) {
    complain(status.error());
  } else {
    ++count_;
  }
}

void ToDump::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("count", [this] { return count_; });
  handlers.value("filename", [this] { return std::string_view(path_); });
  handlers.write("reset_counts", [this](std::string_view) -> base::Status {
    count_ = 0;
    return {};
  });
  handlers.write("flush", [this](std::string_view) { return writer_->flush(); });
}

}  // namespace superfluid::hostgraph
