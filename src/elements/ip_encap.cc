// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_encap.h"

#include <algorithm>
#include <cstring>

#include "elements/ip_header.h"
#include "elements/ip_names.h"
#include "graph/handler.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass IPEncap::kClass{"IPEncap", "1/1", "a/a", graph::make_element<IPEncap>};

namespace {

// What the arguments say about the type of service octet, in their Click forms.
struct ServiceArguments {
  std::int32_t tos = -1;
  std::int32_t dscp = -1;
  std::string ect;
  bool congested = false;

  std::uint8_t octet(graph::Arguments& arguments) const;
};

std::uint8_t ServiceArguments::octet(graph::Arguments& arguments) const {
  bool first = false;
  const bool second = ect == "2";
  if (!ect.empty() && !second && !graph::parse_argument(ect, first).empty()) {
    arguments.complain(base::cat("bad ECT value '", base::escape(ect), "'"));
  }
  const bool capable = first || second;
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
  // ECT(1), which the argument calls 2, is the bits 01.
  const int ecn = congested ? 3 : second ? 1 : first ? 2 : 0;
  return static_cast<std::uint8_t>(tos >= 0 ? tos : std::max(dscp, 0) * 4 + ecn);
}

}  // namespace

void IPEncap::configure(graph::Arguments& arguments) {
  std::string protocol;
  std::string destination;
  ServiceArguments service;
  bool dont_fragment = false;
  header_.ttl = 250;
  arguments.required("PROTO", protocol)
      .required("SRC", header_.source)
      .required("DST", destination)
      .keyword("TOS", service.tos)
      .keyword("TTL", header_.ttl)
      .keyword("DSCP", service.dscp)
      .keyword("ECT", service.ect)
      .keyword("CE", service.congested)
      .keyword("DF", dont_fragment)
      .complete();
  if (!arguments.complaints().empty()) {
    return;
  }
  const auto number = read_number_or_name(protocol, NameKind::kProtocol);
  if (!number || *number > 255) {
    arguments.complain("bad IP protocol");
  }
  const auto to = read_destination(destination, this);
  if (!to) {
    arguments.complain("DST argument should be IP address or 'DST_ANNO'");
  }
  header_.dscp_and_ecn = service.octet(arguments);
  if (arguments.complaints().empty()) {
    header_.version_and_words = 0x45;
    header_.flags_and_offset = base::be16(dont_fragment ? 0x4000 : 0);
    header_.protocol = static_cast<net::IpProtocol>(*number);
    destination_ = *to;
    make_header();
  }
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
  handlers.value("src", [this] { return std::string(to_text(header_.source).view()); });
  handlers.write("src", [this](std::string_view text) -> base::Status {
    SF_CHECKED(graph::parse_handler_value(text, header_.source, *this));
    make_header();
    return {};
  });
  handlers.read("dst", [this](std::string_view) { return destination_text(destination_); });
  handlers.write("dst", [this](std::string_view text) -> base::Status {
    SF_CHECKED(write_destination(text, destination_, *this));
    make_header();
    return {};
  });
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
