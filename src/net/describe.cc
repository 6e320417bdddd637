// SPDX-License-Identifier: Apache-2.0
#include "net/describe.h"

#include "base/check.h"
#include "base/text.h"
#include "net/arp.h"
#include "net/ether.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/options.h"

namespace superfluid::net {
namespace {

// The transport that begins at layer `index`, by the IP header in front of it.
Transport transport_of(base::ByteView packet, const Dissection& dissection, std::size_t index) {
  const std::size_t offset = dissection.layers[index].offset;
  std::size_t ip = index;
  do {
    base::check(ip > 0, "a transport has an IP header in front");
    --ip;
  } while (dissection.layers[ip].protocol == Protocol::kIpv6Extension);
  const base::ByteView bytes = packet.subspan(dissection.layers[ip].offset);
  if (dissection.layers[ip].protocol == Protocol::kIpv4) {
    const Ipv4View view = expect(parse_ipv4(bytes, Extent::kCut));
    return {view.payload, view.header->total_length.host() > bytes.size(),
            view.header->fragment_place(),
            PseudoHeader(view.header->source, view.header->destination)};
  }
  const Ipv6View view = expect(parse_ipv6(bytes, Extent::kCut));
  const Ipv6Upper upper = expect(skip_extensions(view));
  base::check(upper.payload.data() == packet.data() + offset,
              "the dissection was made from this packet");
  const bool is_cut = view.header->payload_length.host() > view.payload.size();
  Transport transport{upper.payload, is_cut, upper.fragment_place, std::nullopt};
  if (upper.destination_is_final) {
    transport.pseudo_header.emplace(view.header->source, view.header->destination);
  }
  return transport;
}

void describe_type_or_length(base::be16 type_or_length, FieldSink& sink) {
  const std::uint16_t value = type_or_length.host();
  if (value >= kEtherTypeMin) {
    sink.hex("ethertype", value, 4);
  } else {
    sink.number("length", value);
  }
}

void describe_ethernet(base::ByteView bytes, FieldSink& sink) {
  const EthernetHeader& header = *expect(parse_ethernet(bytes)).header;
  sink.text("destination", to_text(header.destination));
  sink.text("source", to_text(header.source));
  describe_type_or_length(header.type_or_length, sink);
}

void describe_vlan(base::ByteView bytes, FieldSink& sink) {
  const VlanTag& tag = *expect(parse_vlan(bytes)).tag;
  sink.number("priority", tag.priority());
  sink.text("drop_eligible", yes_or_no(tag.drop_eligible()));
  sink.number("vlan", tag.vlan());
  describe_type_or_length(tag.type_or_length, sink);
}

void describe_arp(base::ByteView bytes, FieldSink& sink) {
  const ArpHeader& header = *expect(parse_arp(bytes));
  switch (header.operation()) {
    case ArpOperation::kRequest: sink.text("operation", "request"); break;
    case ArpOperation::kReply: sink.text("operation", "reply"); break;
    default: sink.text("operation", base::cat(header.operation_code.host())); break;
  }
  sink.text("sender_mac", to_text(header.sender_mac));
  sink.text("sender_ip", to_text(header.sender_ip));
  sink.text("target_mac", to_text(header.target_mac));
  sink.text("target_ip", to_text(header.target_ip));
}

std::string name_of_ipv4_option(std::uint8_t kind) {
  switch (static_cast<Ipv4OptionKind>(kind)) {
    case Ipv4OptionKind::kRecordRoute: return "record_route";
    case Ipv4OptionKind::kTimestamp: return "timestamp";
    case Ipv4OptionKind::kLooseSourceRoute: return "loose_source_route";
    case Ipv4OptionKind::kStrictSourceRoute: return "strict_source_route";
    case Ipv4OptionKind::kRouterAlert: return "router_alert";
  }
  return base::cat(kind);
}

std::string ipv4_flags(const Ipv4Header& header) {
  WordList flags;
  if (header.reserved_flag()) {
    flags.add("reserved");
  }
  if (header.dont_fragment()) {
    flags.add("DF");
  }
  if (header.more_fragments()) {
    flags.add("MF");
  }
  return flags.text();
}

// Of a header that is wrong or cut, dissect() has checked the fixed part alone.
template <typename Header>
const Header& fixed_part(base::ByteView bytes) {
  const auto* header = base::Cursor(bytes).view<Header>();
  base::check(header != nullptr, "the dissection was made from this packet");
  return *header;
}

// bytes: those of the layer.
void describe_ipv4(base::ByteView bytes, FieldSink& sink) {
  const auto& header = fixed_part<Ipv4Header>(bytes);
  const bool whole = header.header_length() == bytes.size();
  sink.number("version", header.version());
  sink.number("header_length", header.header_length());
  sink.number("dscp", header.dscp());
  sink.number("ecn", header.ecn());
  sink.number("total_length", header.total_length.host());
  sink.hex("identification", header.identification.host(), 4);
  sink.text("flags", ipv4_flags(header));
  sink.number("fragment_offset", header.fragment_offset());
  sink.number("ttl", header.ttl);
  sink.number("protocol", static_cast<std::uint8_t>(header.protocol));
  sink.hex("checksum", header.checksum.host(), 4);
  sink.text("checksum_status", !whole                           ? "unverified"
                               : internet_checksum_holds(bytes) ? "good"
                                                                : "bad");
  sink.text("source", to_text(header.source));
  sink.text("destination", to_text(header.destination));
  WordList options;
  OptionReader reader(bytes.subspan(sizeof(Ipv4Header)));
  while (const auto option = reader.next()) {
    options.add(name_of_ipv4_option(option->kind));
  }
  if (!options.text().empty()) {
    sink.text("options", options.text());
  }
}

void describe_ipv6(base::ByteView bytes, FieldSink& sink) {
  const auto& header = fixed_part<Ipv6Header>(bytes);
  sink.number("version", header.version());
  sink.number("dscp", header.dscp());
  sink.number("ecn", header.ecn());
  sink.hex("flow_label", header.flow_label(), 5);
  sink.number("payload_length", header.payload_length.host());
  sink.number("next_header", static_cast<std::uint8_t>(header.next_header));
  sink.number("hop_limit", header.hop_limit);
  sink.text("source", to_text(header.source));
  sink.text("destination", to_text(header.destination));
}

void describe_ipv6_options(const Ipv6Extension& extension, FieldSink& sink) {
  constexpr std::uint8_t kRouterAlert = 5;
  WordList options;
  Ipv6OptionReader reader(extension);
  while (const auto option = reader.next()) {
    options.add(option->kind == kRouterAlert ? "router_alert" : base::cat(option->kind));
  }
  if (!options.text().empty()) {
    sink.text("options", options.text());
  }
}

// Which extension a header is stands in the header before it, so the chain is walked from its
// start.
Ipv6Extension extension_at(base::ByteView packet, const Dissection& dissection, std::size_t index) {
  std::size_t ip = index;
  while (ip > 0 && dissection.layers[ip].protocol == Protocol::kIpv6Extension) {
    --ip;
  }
  const base::ByteView bytes = packet.subspan(dissection.layers[ip].offset);
  Ipv6ExtensionReader reader(expect(parse_ipv6(bytes, Extent::kCut)));
  std::optional<Ipv6Extension> extension;
  for (; ip < index; ++ip) {
    extension = reader.next();
  }
  base::check(extension.has_value(), "the dissection was made from this packet");
  return *extension;
}

void describe_ipv6_extension(const Ipv6Extension& extension, FieldSink& sink) {
  base::Cursor cursor(extension.bytes);
  const auto begin = [&](std::string_view type) {
    sink.text("type", type);
    sink.number("next_header", static_cast<std::uint8_t>(extension.next));
    sink.number("length", extension.bytes.size());
  };
  switch (extension.type) {
    case IpProtocol::kHopByHop:
      begin("hop_by_hop");
      describe_ipv6_options(extension, sink);
      return;
    case IpProtocol::kDestinationOptions:
      begin("destination_options");
      describe_ipv6_options(extension, sink);
      return;
    case IpProtocol::kRouting: {
      const auto* routing = cursor.view<Ipv6RoutingHeader>();
      begin("routing");
      sink.number("routing_type", routing->type);
      sink.number("segments_left", routing->segments_left);
      return;
    }
    case IpProtocol::kFragment: {
      const auto* fragment = cursor.view<Ipv6FragmentHeader>();
      begin("fragment");
      sink.number("offset", fragment->offset());
      sink.text("more_fragments", yes_or_no(fragment->more()));
      sink.hex("identification", fragment->identification.host(), 8);
      return;
    }
    default: {  // the reader knows one more: authentication, at least 12 bytes
      cursor.skip(4);
      begin("authentication");
      sink.hex("spi", *cursor.u32(), 8);
      sink.number("sequence", *cursor.u32());
      return;
    }
  }
}

}  // namespace

void describe_fields(base::ByteView packet, const Dissection& dissection, std::size_t index,
                     FieldSink& sink) {
  const Layer& layer = dissection.layers[index];
  base::check(layer.offset <= packet.size() && layer.length <= packet.size() - layer.offset,
              "the dissection was made from this packet");
  const base::ByteView bytes = packet.subspan(layer.offset);
  switch (layer.protocol) {
    case Protocol::kEthernet: return describe_ethernet(bytes, sink);
    case Protocol::kVlan: return describe_vlan(bytes, sink);
    case Protocol::kArp: return describe_arp(bytes, sink);
    case Protocol::kIpv4: return describe_ipv4(bytes.first(layer.length), sink);
    case Protocol::kIpv6: return describe_ipv6(bytes, sink);
    case Protocol::kIpv6Extension:
      return describe_ipv6_extension(extension_at(packet, dissection, index), sink);
    case Protocol::kIcmpv4: return describe_icmp(transport_of(packet, dissection, index), sink);
    case Protocol::kIcmpv6: return describe_icmpv6(transport_of(packet, dissection, index), sink);
    case Protocol::kTcp: return describe_tcp(transport_of(packet, dissection, index), sink);
    case Protocol::kUdp: return describe_udp(transport_of(packet, dissection, index), sink);
    case Protocol::kSctp: return describe_sctp(transport_of(packet, dissection, index), sink);
    case Protocol::kVxlan: return describe_vxlan(bytes, sink);
    case Protocol::kGtpu: return describe_gtpu(bytes, layer, sink);
    case Protocol::kPayload: return sink.number("length", layer.length);
  }
}

}  // namespace superfluid::net
