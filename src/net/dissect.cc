// SPDX-License-Identifier: Apache-2.0
// A loop around one question: these bytes should begin with that header; is it so, and what should
// follow? Padding behind the length that a header states belongs to no layer.
#include "net/dissect.h"

#include <array>

#include "net/arp.h"
#include "net/ethernet.h"
#include "net/gtpu.h"
#include "net/icmp.h"
#include "net/icmpv6.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/options.h"
#include "net/sctp.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "net/vxlan.h"

namespace superfluid::net {
namespace {

// What to read next: kPayload ends the walk.
struct Step {
  Protocol protocol;
  base::ByteView bytes;
  FragmentPlace place = FragmentPlace::kWhole;  // of a transport's bytes
};

// A header that was read: its length, and what it carries.
struct Read {
  std::size_t length;
  Step next;
};

constexpr Step payload_of(base::ByteView bytes) { return {Protocol::kPayload, bytes}; }

Protocol protocol_of(EtherType type) {
  switch (type) {
    case EtherType::kVlan:
    case EtherType::kServiceVlan: return Protocol::kVlan;
    case EtherType::kArp: return Protocol::kArp;
    case EtherType::kIpv4: return Protocol::kIpv4;
    case EtherType::kIpv6: return Protocol::kIpv6;
  }
  return Protocol::kPayload;
}

// An IP packet by its version, which the parser checks again.
Protocol ip_protocol_of(base::ByteView bytes, Protocol otherwise) {
  const unsigned version = bytes.empty() ? 0 : bytes[0] >> 4;
  return version == 4 ? Protocol::kIpv4 : version == 6 ? Protocol::kIpv6 : otherwise;
}

// What an IP header of version `ip` says that its payload is.
Step upper_step(Protocol ip, IpProtocol protocol, base::ByteView bytes, FragmentPlace place) {
  if (place == FragmentPlace::kLater) {
    return payload_of(bytes);
  }
  const bool whole = place == FragmentPlace::kWhole;
  Protocol upper = Protocol::kPayload;
  switch (protocol) {
    case IpProtocol::kTcp: upper = Protocol::kTcp; break;
    case IpProtocol::kUdp: upper = Protocol::kUdp; break;
    case IpProtocol::kSctp: upper = Protocol::kSctp; break;
    case IpProtocol::kIcmpv4: upper = ip == Protocol::kIpv4 ? Protocol::kIcmpv4 : upper; break;
    case IpProtocol::kIcmpv6: upper = ip == Protocol::kIpv6 ? Protocol::kIcmpv6 : upper; break;
    case IpProtocol::kIpv4: upper = whole ? Protocol::kIpv4 : upper; break;
    case IpProtocol::kIpv6: upper = whole ? Protocol::kIpv6 : upper; break;
    default: break;
  }
  return {upper, bytes, place};
}

// As walk(), for a list that is not needed further.
template <typename Reader>
Parsed<void> check_list(Reader reader) {
  return walk(reader);
}

Parsed<Read> read_ethernet(base::ByteView bytes) {
  const auto view = parse_ethernet(bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  return Read{sizeof(EthernetHeader), {protocol_of(view->header->ethertype()), view->payload}};
}

Parsed<Read> read_vlan(base::ByteView bytes) {
  const auto view = parse_vlan(bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  return Read{sizeof(VlanTag), {protocol_of(view->tag->ethertype()), view->payload}};
}

Parsed<Read> read_arp(base::ByteView bytes) {
  if (const auto header = parse_arp(bytes); !header) {
    return std::unexpected(header.error());
  }
  return Read{sizeof(ArpHeader), payload_of({})};
}

Parsed<Read> read_ipv4(base::ByteView bytes) {
  const auto view = parse_ipv4(bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  if (const auto options = check_list(OptionReader(view->options)); !options) {
    return std::unexpected(options.error());
  }
  const Ipv4Header& header = *view->header;
  return Read{header.header_length(),
              upper_step(Protocol::kIpv4, header.protocol, view->payload, header.fragment_place())};
}

Parsed<Read> read_icmp(const Step& step) {
  const auto view = parse_icmp(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  return Read{sizeof(IcmpHeader), payload_of(view->payload)};
}

Parsed<Read> read_icmpv6(const Step& step) {
  const auto view = parse_icmpv6(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  // Options of a fragment may be cut; RFC 6980 forbids to fragment neighbour discovery at all.
  if (!view->header->is_neighbor_discovery() || step.place != FragmentPlace::kWhole) {
    return Read{sizeof(Icmpv6Header), payload_of(view->payload)};
  }
  const auto neighbor = parse_neighbor(*view);
  if (!neighbor) {
    return std::unexpected(neighbor.error());
  }
  if (const auto options = check_list(NdOptionReader(neighbor->options)); !options) {
    return std::unexpected(options.error());
  }
  return Read{view->message.size(), payload_of({})};
}

Parsed<Read> read_tcp(const Step& step) {
  const auto view = parse_tcp(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  if (const auto options = parse_tcp_options(view->options); !options) {
    return std::unexpected(options.error());
  }
  return Read{view->header->header_length(), payload_of(view->payload)};
}

Parsed<Read> read_udp(const Step& step) {
  const bool whole = step.place == FragmentPlace::kWhole;
  const auto view = parse_udp(step.bytes, whole ? Extent::kWhole : Extent::kCut);
  if (!view) {
    return std::unexpected(view.error());
  }
  const std::uint16_t from = view->header->source_port.host();
  const std::uint16_t to = view->header->destination_port.host();
  Protocol inside = Protocol::kPayload;
  if (whole && to == kVxlanPort) {
    inside = Protocol::kVxlan;
  } else if (whole && (to == kGtpuPort || from == kGtpuPort)) {
    inside = Protocol::kGtpu;
  }
  return Read{sizeof(UdpHeader), {inside, view->payload}};
}

Parsed<Read> read_sctp(const Step& step) {
  const auto view = parse_sctp(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  if (step.place != FragmentPlace::kWhole) {
    return Read{sizeof(SctpHeader), payload_of(view->chunks)};
  }
  if (const auto chunks = check_list(SctpChunkReader(*view)); !chunks) {
    return std::unexpected(chunks.error());
  }
  return Read{view->packet.size(), payload_of({})};
}

Parsed<Read> read_vxlan(base::ByteView bytes) {
  const auto view = parse_vxlan(bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  return Read{sizeof(VxlanHeader), {Protocol::kEthernet, view->frame}};
}

Parsed<Read> read_gtpu(base::ByteView bytes) {
  const auto view = parse_gtpu(bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  const std::size_t message_length = sizeof(GtpuHeader) + view->header->length.host();
  const std::size_t length = message_length - view->payload.size();
  if (view->header->message == GtpuMessage::kGpdu) {
    return Read{length, {ip_protocol_of(view->payload, Protocol::kPayload), view->payload}};
  }
  // Signalling: the elements belong to the header, unless some are of types unknown here.
  if (check_list(GtpuElementReader(view->payload))) {
    return Read{message_length, payload_of({})};
  }
  return Read{length, payload_of(view->payload)};
}

class Dissector {
 public:
  explicit Dissector(base::ByteView packet) : packet_(packet) {}

  Dissection run(LinkType link) {
    Step step{Protocol::kEthernet, packet_};
    if (link == LinkType::kRawIp) {
      step.protocol = ip_protocol_of(packet_, Protocol::kIpv4);
    }
    while (step.protocol != Protocol::kPayload && read_one(step)) {
    }
    if (!step.bytes.empty()) {
      add(Protocol::kPayload, step.bytes, step.bytes.size());
    }
    return dissection_;
  }

 private:
  // Reads the header that `step` asks for and moves on; false with the problem noted when it is not
  // there.
  bool read_one(Step& step) {
    // The last place is kept for the payload.
    const bool full = dissection_.layers.size() + 1 == Dissection::kLayersMax;
    const Parsed<Read> read =
        full ? std::unexpected(Malformed::kTooManyHeaders) : read_header(step);
    if (!read) {
      dissection_.problem = Problem{read.error(), step.protocol, offset_of(step.bytes)};
      return false;
    }
    add(step.protocol, step.bytes, read->length);
    step = read->next;
    return true;
  }

  Parsed<Read> read_header(const Step& step) {
    switch (step.protocol) {
      case Protocol::kEthernet: return read_ethernet(step.bytes);
      case Protocol::kVlan: return read_vlan(step.bytes);
      case Protocol::kArp: return read_arp(step.bytes);
      case Protocol::kIpv4: return read_ipv4(step.bytes);
      case Protocol::kIpv6: return read_ipv6(step.bytes);
      case Protocol::kIpv6Extension: return read_ipv6_extension();
      case Protocol::kIcmpv4: return read_icmp(step);
      case Protocol::kIcmpv6: return read_icmpv6(step);
      case Protocol::kTcp: return read_tcp(step);
      case Protocol::kUdp: return read_udp(step);
      case Protocol::kSctp: return read_sctp(step);
      case Protocol::kVxlan: return read_vxlan(step.bytes);
      case Protocol::kGtpu: return read_gtpu(step.bytes);
      case Protocol::kPayload: break;
    }
    return std::unexpected(Malformed::kBadValue);
  }

  Parsed<Read> read_ipv6(base::ByteView bytes) {
    const auto view = parse_ipv6(bytes);
    if (!view) {
      return std::unexpected(view.error());
    }
    extensions_.emplace(*view);
    return Read{sizeof(Ipv6Header), behind_extensions()};
  }

  Parsed<Read> read_ipv6_extension() {
    const auto extension = extensions_->next();
    if (!extension) {
      return std::unexpected(*extensions_->problem());
    }
    const bool has_options = extension->type == IpProtocol::kHopByHop ||
                             extension->type == IpProtocol::kDestinationOptions;
    if (const auto options = check_list(Ipv6OptionReader(*extension)); has_options && !options) {
      return std::unexpected(options.error());
    }
    return Read{extension->bytes.size(), behind_extensions()};
  }

  Step behind_extensions() const {
    if (extensions_->at_extension()) {
      return {Protocol::kIpv6Extension, extensions_->rest()};
    }
    return upper_step(Protocol::kIpv6, extensions_->protocol(), extensions_->rest(),
                      extensions_->fragment_place());
  }

  // bytes: a part of the packet.
  std::uint32_t offset_of(base::ByteView bytes) const {
    return static_cast<std::uint32_t>(bytes.data() - packet_.data());
  }

  void add(Protocol protocol, base::ByteView bytes, std::size_t length) {
    dissection_.layers.push_back({protocol, offset_of(bytes), static_cast<std::uint32_t>(length)});
  }

  base::ByteView packet_;
  Dissection dissection_;
  std::optional<Ipv6ExtensionReader> extensions_;  // of the innermost IPv6 header
};

constexpr std::array<std::string_view, 14> kProtocolNames{
    "ethernet", "vlan", "arp", "ipv4", "ipv6",  "ipv6_extension", "icmpv4",
    "icmpv6",   "tcp",  "udp", "sctp", "vxlan", "gtpu",           "payload",
};
static_assert(kProtocolNames.size() == static_cast<std::size_t>(Protocol::kPayload) + 1);

}  // namespace

std::string_view name_of(Protocol protocol) {
  return kProtocolNames[static_cast<std::size_t>(protocol)];
}

Dissection dissect(base::ByteView packet, LinkType link) { return Dissector(packet).run(link); }

}  // namespace superfluid::net
