// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_print.h"

#include <algorithm>

#include "elements/fraction_text.h"
#include "elements/ip_describe.h"
#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

namespace {

// What lies behind the header, no longer than the header says.
base::ByteView transport_of(const Packet& packet, const net::Ipv4Header& header) {
  const base::ByteView datagram = packet.from(packet.network);
  const std::size_t begin = std::min(header.header_length(), datagram.size());
  const std::size_t end =
      std::clamp<std::size_t>(header.total_length.host(), begin, datagram.size());
  return datagram.subspan(begin, end - begin);
}

// What lies behind the headers that are known, to the packet's end.
base::ByteView payload_of(const Packet& packet, const net::Ipv4Header& header) {
  const base::ByteView datagram = packet.from(packet.network);
  const base::ByteView transport =
      datagram.subspan(std::min(header.header_length(), datagram.size()));
  std::size_t skipped = 0;
  if (header.fragment_offset() == 0 && header.protocol == net::IpProtocol::kTcp) {
    skipped = transport.size() > 12 ? 4U * (transport[12] >> 4) : transport.size();
  } else if (header.fragment_offset() == 0 && header.protocol == net::IpProtocol::kUdp) {
    skipped = 8;
  }
  return transport.subspan(std::min(skipped, transport.size()));
}

}  // namespace

const graph::ElementClass IPPrint::kClass{
    .name = "IPPrint",
    .ports = "1/1",
    .processing = "a/a",
    .make = graph::make_element<IPPrint>,
    .order_visible = true,
};

void IPPrint::configure(graph::Arguments& arguments) {
  std::string contents = "NONE";
  std::string payload = "NO";
  arguments.positional("LABEL", label_)
      .keyword("CONTENTS", contents)
      .keyword("PAYLOAD", payload)
      .keyword("MAXLENGTH", length_max_)
      .keyword("NBYTES", length_max_)
      .keyword("ID", id_)
      .keyword("TIMESTAMP", timestamp_)
      .keyword("PAINT", paint_)
      .keyword("TOS", tos_)
      .keyword("TTL", ttl_)
      .keyword("SWAP", swap_)
      .keyword("LENGTH", length_)
      .keyword("AGGREGATE", aggregate_)
      .keyword("ACTIVE", active_)
      .complete();
  read_contents(arguments, contents, payload);
}

void IPPrint::read_contents(graph::Arguments& arguments, const std::string& contents,
                            const std::string& payload) {
  const auto is_one_of = [](std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(
        words, [&](std::string_view word) { return base::equal_ignoring_case(text, word); });
  };
  if (bool shown = false; graph::parse_argument(contents, shown).empty()) {
    contents_ = shown ? Contents::kHex : Contents::kNone;
  } else if (is_one_of(contents, {"HEX"})) {
    contents_ = Contents::kHex;
  } else if (is_one_of(contents, {"ASCII"})) {
    contents_ = Contents::kAscii;
  } else if (!is_one_of(contents, {"NONE"})) {
    arguments.complain(cat("bad contents value '", base::escape(contents),
                           "'; should be 'NONE', 'HEX', or 'ASCII'"));
  }
  Contents wanted = Contents::kNone;
  if (is_one_of(payload, {"YES", "TRUE", "HEX"})) {
    wanted = Contents::kHex;
  } else if (is_one_of(payload, {"ASCII"})) {
    wanted = Contents::kAscii;
  } else if (!is_one_of(payload, {"NO", "FALSE", "NONE"})) {
    arguments.complain(cat("bad payload value '", base::escape(payload),
                           "'; should be 'false', 'hex', or 'ascii'"));
  }
  if (wanted == Contents::kNone) {
    return;
  }
  if (contents_ != Contents::kNone) {
    arguments.complain("specify at most one of PAYLOAD and CONTENTS");
  }
  contents_ = wanted;
  payload_only_ = true;
}

std::string IPPrint::contents(const Packet& packet, const net::Ipv4Header& header) const {
  base::ByteView bytes = payload_only_ ? payload_of(packet, header) : packet.bytes();
  if (length_max_ >= 0) {
    bytes = bytes.first(std::min(bytes.size(), static_cast<std::size_t>(length_max_)));
  }
  const bool hex = contents_ == Contents::kHex;
  const std::size_t in_a_group = hex ? 4 : 8;
  const std::size_t in_a_line = hex ? 24 : 48;
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += i % in_a_line == 0 ? "\n  " : i % in_a_group == 0 ? " " : "";
    if (hex) {
      text += cat(base::Hex{bytes[i], 2});
    } else {
      text += bytes[i] < ' ' || bytes[i] > '~' ? '.' : static_cast<char>(bytes[i]);
    }
  }
  return text;
}

std::string IPPrint::fields(const net::Ipv4Header& header) const {
  std::string text;
  if (id_) {
    text += cat("id ", header.identification.host(), " ");
  }
  if (ttl_) {
    text += cat("ttl ", header.ttl, " ");
  }
  if (tos_) {
    text += cat("tos ", header.dscp_and_ecn, " ");
  }
  if (length_) {
    text += cat("length ", header.total_length.host(), " ");
  }
  return text;
}

std::string IPPrint::line(const Packet& packet) const {
  std::string text = label_.empty() ? "" : cat(label_, ": ");
  if (timestamp_) {
    text += cat(timestamp_text(packet.notes.timestamp), ": ");
  }
  if (aggregate_) {
    text += cat("#", packet.notes.aggregate);
  }
  if (paint_) {
    text += cat(aggregate_ ? "." : "paint ", packet.notes.paint);
  }
  text += aggregate_ || paint_ ? ": " : "";
  const net::Ipv4Header* const header = ipv4_header(packet);
  if (header == nullptr) {
    return text + "truncated-ip\n";
  }
  text += fields(*header);
  text += describe_ipv4(*header, transport_of(packet, *header),
                        {.packet_length = packet.length, .swap_echo = swap_});
  if (header->fragment_place() != net::FragmentPlace::kWhole) {
    const int payload = header->total_length.host() - static_cast<int>(header->header_length());
    text += cat(" (frag ", header->identification.host(), ":", payload, "@",
                header->fragment_offset(), header->more_fragments() ? "+" : "", ")");
  }
  if (contents_ != Contents::kNone) {
    text += contents(packet, *header);
  }
  return text + "\n";
}

Packet* IPPrint::act(Packet* packet) {
  if (active_ && packet->network != nullptr) {
    router().errors().write(line(*packet));
  }
  return packet;
}

void IPPrint::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "active", active_);
}

}  // namespace superfluid::elements
