// SPDX-License-Identifier: Apache-2.0
// A loop around one question: these bytes should begin with that header; is it so, and what should
// follow? Padding behind the length that a header states belongs to no layer.
#include "net/dissect.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "net/arp.h"
#include "net/ether.h"
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
  std::size_t missing = 0;                      // bytes behind these that the capture cut off
  FragmentPlace place = FragmentPlace::kWhole;  // of a transport's bytes

  // Of a header's stated length.
  bool may_have(std::size_t length) const { return length <= bytes.size() + missing; }
  std::size_t missing_of(std::size_t length) const {
    return length - std::min(length, bytes.size());
  }
};

// Why a header that is shown ends the walk all the same.
struct Fault {
  Malformed reason;
  std::size_t at;  // counted from the header's first byte
  bool cut = false;
};
constexpr Fault kCutFault{Malformed::kTruncated, 0, true};

// A header that was read: its length, and what it carries.
struct Read {
  std::size_t length;
  Step next;
  std::optional<Fault> fault = {};
};

constexpr Step payload_of(base::ByteView bytes) { return {Protocol::kPayload, bytes}; }

// A header of which the first `length` bytes are shown, and nothing behind them is read.
Read stopped(const Step& step, std::size_t length, Fault fault) {
  return {length, payload_of(step.bytes.subspan(length)), fault};
}

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
Step upper_step(Protocol ip, IpProtocol protocol, base::ByteView bytes, std::size_t missing,
                FragmentPlace place) {
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
  return {upper, bytes, missing, place};
}

// As walk(), for a list that is not needed further.
template <typename Reader>
Parsed<void> check_list(Reader reader) {
  return walk(reader);
}

Parsed<Read> read_ethernet(const Step& step) {
  const auto view = parse_ethernet(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  return Read{sizeof(EthernetHeader),
              {protocol_of(view->header->ethertype()), view->payload, step.missing}};
}

Parsed<Read> read_vlan(const Step& step) {
  const auto view = parse_vlan(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  return Read{sizeof(VlanTag), {protocol_of(view->tag->ethertype()), view->payload, step.missing}};
}

Parsed<Read> read_arp(const Step& step) {
  if (const auto header = parse_arp(step.bytes); !header) {
    return std::unexpected(header.error());
  }
  return Read{sizeof(ArpHeader), payload_of({})};
}

Parsed<Read> read_ipv4(const Step& step) {
  const auto* header = base::Cursor(step.bytes).view<Ipv4Header>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  const std::size_t length = header->header_length();
  const std::size_t total = header->total_length.host();
  const bool is_sound = header->version() == 4 && length >= sizeof(Ipv4Header);
  if (is_sound && length <= total && length > step.bytes.size() && step.may_have(length)) {
    return stopped(step, sizeof(Ipv4Header), kCutFault);
  }
  if (is_sound && length <= step.bytes.size() && (total < length || !step.may_have(total))) {
    return stopped(step, length, {Malformed::kBadTotalLength, offsetof(Ipv4Header, total_length)});
  }
  const auto view = parse_ipv4(step.bytes, Extent::kCut);
  if (!view) {
    return std::unexpected(view.error());
  }
  OptionReader options(view->options);
  if (const auto walked = walk(options); !walked) {
    return stopped(step, length, {walked.error(), sizeof(Ipv4Header) + options.position()});
  }
  return Read{length, upper_step(Protocol::kIpv4, header->protocol, view->payload,
                                 step.missing_of(total), header->fragment_place())};
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
  if (step.missing != 0) {
    return stopped(step, sizeof(Icmpv6Header), kCutFault);
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
  const auto* header = base::Cursor(step.bytes).view<TcpHeader>();
  if (header != nullptr && header->header_length() > step.bytes.size() &&
      step.may_have(header->header_length())) {
    return stopped(step, sizeof(TcpHeader), kCutFault);
  }
  const auto view = parse_tcp(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  if (const auto options = parse_tcp_options(view->options); !options) {
    const std::size_t readable = readable_tcp_options(view->options).size();
    return stopped(step, header->header_length(), {options.error(), sizeof(TcpHeader) + readable});
  }
  return Read{header->header_length(), payload_of(view->payload)};
}

Parsed<Read> read_udp(const Step& step) {
  const bool whole = step.place == FragmentPlace::kWhole;
  const auto view = parse_udp(step.bytes, Extent::kCut);
  if (!view) {
    return std::unexpected(view.error());
  }
  const std::size_t length = view->header->length.host();
  if (whole && !step.may_have(length)) {
    return stopped(step, sizeof(UdpHeader),
                   {Malformed::kBadTotalLength, offsetof(UdpHeader, length)});
  }
  const std::uint16_t from = view->header->source_port.host();
  const std::uint16_t to = view->header->destination_port.host();
  Protocol inside = Protocol::kPayload;
  if (whole && to == kVxlanPort) {
    inside = Protocol::kVxlan;
  } else if (whole && (to == kGtpuPort || from == kGtpuPort)) {
    inside = Protocol::kGtpu;
  }
  return Read{sizeof(UdpHeader), {inside, view->payload, step.missing_of(length)}};
}

Parsed<Read> read_sctp(const Step& step) {
  const auto view = parse_sctp(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  if (step.place != FragmentPlace::kWhole) {
    return Read{sizeof(SctpHeader), payload_of(view->chunks)};
  }
  if (step.missing != 0) {
    return stopped(step, sizeof(SctpHeader), kCutFault);
  }
  if (const auto chunks = check_list(SctpChunkReader(*view)); !chunks) {
    return std::unexpected(chunks.error());
  }
  return Read{view->packet.size(), payload_of({})};
}

Parsed<Read> read_vxlan(const Step& step) {
  const auto view = parse_vxlan(step.bytes);
  if (!view) {
    return std::unexpected(view.error());
  }
  return Read{sizeof(VxlanHeader), {Protocol::kEthernet, view->frame, step.missing}};
}

Parsed<Read> read_gtpu(const Step& step) {
  const auto* header = base::Cursor(step.bytes).view<GtpuHeader>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  const std::size_t message_length = sizeof(GtpuHeader) + header->length.host();
  const bool cut = message_length > step.bytes.size() && step.may_have(message_length);
  const auto view = parse_gtpu(step.bytes, cut ? Extent::kCut : Extent::kWhole);
  if (!view) {
    const bool ends_early = view.error() == Malformed::kBadOption ||
                            (view.error() == Malformed::kBadTotalLength &&
                             header->length.host() >= sizeof(GtpuOptionalPart));
    return std::unexpected(cut && ends_early ? Malformed::kTruncated : view.error());
  }
  const std::size_t missing = step.missing_of(message_length);
  const std::size_t length = message_length - missing - view->payload.size();
  if (header->message == GtpuMessage::kGpdu) {
    if (cut && view->payload.empty()) {  // which protocol it carries is in the first byte cut off
      return stopped(step, length, kCutFault);
    }
    return Read{length,
                {ip_protocol_of(view->payload, Protocol::kPayload), view->payload, missing}};
  }
  // Signalling: the elements belong to the header, unless some are cut or of types unknown here.
  if (!cut && check_list(GtpuElementReader(view->payload))) {
    return Read{message_length, payload_of({})};
  }
  return Read{length, payload_of(view->payload)};
}

class Dissector {
 public:
  Dissector(base::ByteView packet, std::size_t length_on_wire)
      : packet_(packet), missing_(length_on_wire - std::min(length_on_wire, packet.size())) {}

  Dissection run(LinkType link) {
    Step step{Protocol::kEthernet, packet_, missing_};
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
      const bool cut = step.missing != 0 && read.error() == Malformed::kTruncated;
      note(step, {read.error(), 0, cut});
      return false;
    }
    add(step.protocol, step.bytes, read->length);
    if (read->fault) {
      note(step, *read->fault);
    }
    step = read->next;
    return true;
  }

  void note(const Step& step, const Fault& fault) {
    const std::size_t offset = fault.cut ? packet_.size() : offset_of(step.bytes) + fault.at;
    dissection_.problem =
        Problem{fault.reason, step.protocol, static_cast<std::uint32_t>(offset), fault.cut};
  }

  Parsed<Read> read_header(const Step& step) {
    switch (step.protocol) {
      case Protocol::kEthernet: return read_ethernet(step);
      case Protocol::kVlan: return read_vlan(step);
      case Protocol::kArp: return read_arp(step);
      case Protocol::kIpv4: return read_ipv4(step);
      case Protocol::kIpv6: return read_ipv6(step);
      case Protocol::kIpv6Extension: return read_ipv6_extension(step);
      case Protocol::kIcmpv4: return read_icmp(step);
      case Protocol::kIcmpv6: return read_icmpv6(step);
      case Protocol::kTcp: return read_tcp(step);
      case Protocol::kUdp: return read_udp(step);
      case Protocol::kSctp: return read_sctp(step);
      case Protocol::kVxlan: return read_vxlan(step);
      case Protocol::kGtpu: return read_gtpu(step);
      case Protocol::kPayload: break;
    }
    return std::unexpected(Malformed::kBadValue);
  }

  Parsed<Read> read_ipv6(const Step& step) {
    const auto* header = base::Cursor(step.bytes).view<Ipv6Header>();
    if (header == nullptr) {
      return std::unexpected(Malformed::kTruncated);
    }
    const std::size_t total = sizeof(Ipv6Header) + header->payload_length.host();
    const auto view = parse_ipv6(step.bytes, Extent::kCut);
    if (!view && view.error() != Malformed::kBadTotalLength) {
      return std::unexpected(view.error());
    }
    if (!view || !step.may_have(total)) {
      return stopped(step, sizeof(Ipv6Header),
                     {Malformed::kBadTotalLength, offsetof(Ipv6Header, payload_length)});
    }
    extensions_.emplace(*view);
    return Read{sizeof(Ipv6Header), behind_extensions(step.missing_of(total))};
  }

  Parsed<Read> read_ipv6_extension(const Step& step) {
    const auto extension = extensions_->next();
    if (!extension) {
      const Malformed reason = *extensions_->problem();
      const bool cut = step.missing != 0 && reason == Malformed::kBadOption;
      return std::unexpected(cut ? Malformed::kTruncated : reason);
    }
    const bool has_options = extension->type == IpProtocol::kHopByHop ||
                             extension->type == IpProtocol::kDestinationOptions;
    if (const auto options = check_list(Ipv6OptionReader(*extension)); has_options && !options) {
      return std::unexpected(options.error());
    }
    return Read{extension->bytes.size(), behind_extensions(step.missing)};
  }

  Step behind_extensions(std::size_t missing) const {
    if (extensions_->at_extension()) {
      return {Protocol::kIpv6Extension, extensions_->rest(), missing};
    }
    return upper_step(Protocol::kIpv6, extensions_->protocol(), extensions_->rest(), missing,
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
  std::size_t missing_;  // behind the packet's bytes
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

Dissection dissect(base::ByteView packet, LinkType link, std::size_t length_on_wire) {
  return Dissector(packet, length_on_wire).run(link);
}

}  // namespace superfluid::net
