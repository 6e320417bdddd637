// SPDX-License-Identifier: Apache-2.0
#include "elements/print.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "elements/fraction_text.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {
namespace {

using graph::Packet;

std::string hex(base::ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += base::cat(base::Hex{byte, 2});
  }
  return text;
}

std::string notes_in_hex(const graph::Annotations& notes) {
  std::array<std::uint8_t, 48> bytes{};
  const auto put = [&](std::size_t at, const auto& value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
  };
  put(0, notes.destination);
  put(16, notes.paint);
  put(17, notes.icmp_pointer);
  put(19, notes.fix_ip_source);
  if (notes.aggregate != 0) {
    put(20, notes.aggregate);
  } else {
    put(20, base::be16(notes.vlan_tci));
  }
  put(28, notes.extra_length);
  put(32, notes.number);
  return hex(bytes);
}

}  // namespace

const graph::ElementClass Print::kClass{
    .name = "Print",
    .ports = "1/1",
    .processing = "a/a",
    .make = graph::make_element<Print>,
    .order_visible = true,
};

void Print::configure(graph::Arguments& arguments) {
  std::string contents = "HEX";
  arguments.positional("LABEL", label_)
      .positional("MAXLENGTH", length_max_)
      .keyword("LENGTH", length_max_)
      .keyword("NBYTES", length_max_)
      .keyword("CONTENTS", contents)
      .keyword("TIMESTAMP", timestamp_)
      .keyword("PRINTANNO", notes_)
      .keyword("ACTIVE", active_)
      .keyword("HEADROOM", headroom_)
      .complete();
  read_contents(contents, arguments);
}

void Print::read_contents(std::string text, graph::Arguments& arguments) {
  if (bool shown = false; graph::parse_argument(text, shown).empty()) {
    contents_ = shown ? Contents::kHex : Contents::kNone;
  } else if (base::equal_ignoring_case(text, "NONE")) {
    contents_ = Contents::kNone;
  } else if (base::equal_ignoring_case(text, "HEX")) {
    contents_ = Contents::kHex;
  } else if (base::equal_ignoring_case(text, "ASCII")) {
    contents_ = Contents::kAscii;
  } else {
    arguments.complain(base::cat("bad contents value '", base::escape(text),
                                 "'; should be 'NONE', 'HEX', or 'ASCII'"));
  }
}

std::string Print::contents(const Packet& packet) const {
  const std::size_t most = length_max_ < 0 ? packet.length : static_cast<std::size_t>(length_max_);
  const base::ByteView bytes = packet.bytes().first(std::min<std::size_t>(most, packet.length));
  std::string text;
  if (bytes.empty() || contents_ == Contents::kNone) {
    return text;
  }
  text = " | ";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (contents_ == Contents::kHex) {
      text += base::cat(i != 0 && i % 4 == 0 ? " " : "", base::Hex{bytes[i], 2});
    } else {
      const bool printable = bytes[i] >= ' ' && bytes[i] <= '~';
      text += base::cat(i % 8 == 0 ? " " : "", printable ? static_cast<char>(bytes[i]) : '.');
    }
  }
  return text;
}

std::string Print::line(const Packet& packet) const {
  std::string text = label_;
  if (timestamp_) {
    text += base::cat(text.empty() ? "" : ": ", timestamp_text(packet.notes.timestamp));
  }
  const std::string length = base::cat(packet.length);
  text += text.empty() ? "" : ": ";
  text.append(4 - std::min<std::size_t>(4, length.size()), ' ');
  text += length;
  if (headroom_) {
    text += base::cat(" (h", packet.headroom(), " t", packet.tailroom(), ")");
  }
  if (notes_) {
    text += base::cat(" | ", notes_in_hex(packet.notes));
  }
  return base::cat(text, contents(packet), "\n");
}

Packet* Print::act(Packet* packet) {
  if (active_) {
    router().errors().write(line(*packet));
  }
  return packet;
}

void Print::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "active", active_);
}

}  // namespace superfluid::elements
