// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_encap.h"

#include "elements/ip_header.h"
#include "elements/ip_names.h"
#include "graph/handler.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass IPEncap::kClass{"IPEncap", "1/1", "a/a", graph::make_element<IPEncap>};

void IPEncap::configure(graph::Arguments& arguments) {
  std::string protocol;
  std::string destination;
  std::string ect;
  std::int32_t tos = -1;
  std::int32_t dscp = -1;
  std::uint8_t ttl = 250;
  bool congested = false;
  bool dont_fragment = false;
  net::Ipv4Address source;
  arguments.required("PROTO", protocol)
      .required("SRC", source)
      .required("DST", destination)
      .keyword("TOS", tos)
      .keyword("TTL", ttl)
      .keyword("DSCP", dscp)
      .keyword("ECT", ect)
      .keyword("CE", congested)
      .keyword("DF", dont_fragment)
      .complete();
  if (!arguments.complaints().empty()) {
    return;
  }
  const auto number = read_number_or_name(protocol, NameKind::kProtocol);
  if (!number || *number > 255) {
    arguments.complain("bad IP protocol");
  }
  const auto to = read_destination(destination);
  if (!to) {
    arguments.complain("DST argument should be IP address or 'DST_ANNO'");
  }
  bool capable = false;
  const bool second = ect == "2";
  if (!ect.empty() && !second && !graph::parse_argument(ect, capable).empty()) {
    arguments.complain(base::cat("bad ECT value '", base::escape(ect), "'"));
  }
  capable |= second;
  if (tos >= 0 && dscp >= 0) {
    arguments.complain("cannot set both TOS and DSCP");
  } else if (tos >= 0 && (capable || congested)) {
    arguments.complain("cannot set both TOS and ECN bits");
  }
  if (tos > 255 || tos < -1) {
    arguments.complain("TOS too large; max 255");
  } else if (dscp > 63 || dscp < -1) {
    arguments.complain("DSCP too large; max 63");
  }
  if (capable && congested) {
    arguments.complain("can set at most one ECN option");
  }
  if (!arguments.complaints().empty()) {
    return;
  }
  const unsigned ecn = congested ? 3u : second ? 1u : capable ? 2u : 0u;
  header_ = {};
  header_.version_and_words = 0x45;
  header_.dscp_and_ecn = static_cast<std::uint8_t>(
      tos >= 0 ? static_cast<unsigned>(tos) : static_cast<unsigned>(std::max(dscp, 0)) << 2 | ecn);
  header_.flags_and_offset = base::be16(dont_fragment ? 0x4000 : 0);
  header_.ttl = ttl;
  header_.protocol = static_cast<net::IpProtocol>(*number);
  header_.source = source;
  destination_ = *to;
  make_header();
}

void IPEncap::make_header() {
  header_.destination = destination_.address;
  header_.checksum = {};
  header_.checksum =
      net::internet_checksum({reinterpret_cast<const std::uint8_t*>(&header_), sizeof header_});
}

Packet* IPEncap::act(Packet* packet) {
  if (packet->length > 0xffff - sizeof header_) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet = push_front(packet, sizeof header_);
  if (packet == nullptr) [[unlikely]] {
    ++drops_;
    return nullptr;
  }
  net::Ipv4Header header = header_;
  header.total_length = base::be16(static_cast<std::uint16_t>(packet->length));
  header.identification = base::be16(next_identification_++);
  net::ChecksumDelta delta;
  delta.replace(base::be16(), header.total_length);
  delta.replace(base::be16(), header.identification);
  if (destination_.annotated) {
    header.destination = ipv4_destination(packet->notes);
    delta.replace(net::Ipv4Address{}, header.destination);
  } else {
    set_ipv4_destination(packet->notes, header.destination);
  }
  header.checksum = delta.apply(header.checksum);
  std::memcpy(packet->data, &header, sizeof header);
  packet->network = packet->data;
  packet->transport = packet->data + sizeof header;
  return packet;
}

void IPEncap::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("src", [this] { return to_text(header_.source).view(); });
  handlers.write("src", [this](std::string_view text) -> base::Status {
    SF_CHECKED(graph::parse_handler_value(text, header_.source));
    make_header();
    return {};
  });
  add_destination_handlers(handlers, destination_, [this] { make_header(); });
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
