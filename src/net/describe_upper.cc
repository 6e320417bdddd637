// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "base/text.h"
#include "net/describe.h"
#include "net/gtpu.h"
#include "net/icmp.h"
#include "net/icmpv6.h"
#include "net/prefix.h"
#include "net/sctp.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "net/vxlan.h"

namespace superfluid::net {
namespace {

template <typename View>
std::string_view status_of(const Transport& transport, const View& view) {
  if (!transport.whole() || !transport.pseudo_header) {
    return "unverified";
  }
  return verify_checksum(view, *transport.pseudo_header) ? "good" : "bad";
}

// The same for ICMP and SCTP, whose checksums cover no pseudo-header.
template <typename View>
std::string_view own_status_of(const Transport& transport, const View& view) {
  if (!transport.whole()) {
    return "unverified";
  }
  return verify_checksum(view) ? "good" : "bad";
}

std::string tcp_flags(const TcpHeader& header) {
  static constexpr std::array<std::pair<TcpFlag, std::string_view>, 8> kNames{{
      {kTcpFin, "FIN"},
      {kTcpSyn, "SYN"},
      {kTcpRst, "RST"},
      {kTcpPsh, "PSH"},
      {kTcpAck, "ACK"},
      {kTcpUrg, "URG"},
      {kTcpEce, "ECE"},
      {kTcpCwr, "CWR"},
  }};
  WordList flags;
  for (const auto& [flag, name] : kNames) {
    if (header.has(flag)) {
      flags.add(name);
    }
  }
  return flags.text();
}

void describe_tcp_options(const TcpOptions& options, FieldSink& sink) {
  if (options.mss) {
    sink.number("mss", *options.mss);
  }
  if (options.window_scale) {
    sink.number("window_scale", *options.window_scale);
  }
  if (options.sack_permitted) {
    sink.text("sack_permitted", "yes");
  }
  if (options.timestamps) {
    sink.number("timestamp_value", options.timestamps->value);
    sink.number("timestamp_echo", options.timestamps->echo);
  }
  WordList blocks;
  for (const TcpSackBlock& block : options.sack) {
    blocks.add(base::cat(block.left, "-", block.right));
  }
  if (!blocks.text().empty()) {
    sink.text("sack", blocks.text());
  }
}

std::string name_of_chunk(SctpChunkType type) {
  switch (type) {
    case SctpChunkType::kData: return "data";
    case SctpChunkType::kInit: return "init";
    case SctpChunkType::kInitAck: return "init_ack";
    case SctpChunkType::kSack: return "sack";
    case SctpChunkType::kHeartbeat: return "heartbeat";
    case SctpChunkType::kHeartbeatAck: return "heartbeat_ack";
    case SctpChunkType::kAbort: return "abort";
    case SctpChunkType::kShutdown: return "shutdown";
    case SctpChunkType::kShutdownAck: return "shutdown_ack";
    case SctpChunkType::kError: return "error";
    case SctpChunkType::kCookieEcho: return "cookie_echo";
    case SctpChunkType::kCookieAck: return "cookie_ack";
    case SctpChunkType::kShutdownComplete: return "shutdown_complete";
  }
  return base::cat(static_cast<std::uint8_t>(type));
}

// The prefix of a prefix information option, whose length is bounded by the option's type.
std::string nd_prefix(base::ByteView data) {
  constexpr std::size_t kFlagsAndLifetimes = 13;  // between the length and the prefix
  base::Cursor cursor(data);
  const auto length = cursor.u8();
  cursor.skip(kFlagsAndLifetimes);
  const auto* address = cursor.view<Ipv6Address>();
  const auto prefix =
      length && address != nullptr ? Ipv6Prefix::make(*address, *length) : std::nullopt;
  return prefix ? base::cat("prefix=", to_text(*prefix)) : "prefix";
}

std::string nd_mtu(base::ByteView data) {
  base::Cursor cursor(data);
  cursor.skip(2);
  return base::cat("mtu=", *cursor.u32());  // an option's data is six bytes or more
}

std::string nd_option(const NdOption& option) {
  switch (option.type) {
    case NdOptionType::kSourceLinkAddress: return base::cat("source_link=", to_text(option.mac()));
    case NdOptionType::kTargetLinkAddress: return base::cat("target_link=", to_text(option.mac()));
    case NdOptionType::kPrefixInformation: return nd_prefix(option.data);
    case NdOptionType::kRedirectedHeader: return "redirected_header";
    case NdOptionType::kMtu: return nd_mtu(option.data);
  }
  return base::cat(static_cast<std::uint8_t>(option.type));
}

void describe_neighbor(const Icmpv6View& view, FieldSink& sink) {
  const Icmpv6Header& header = *view.header;
  const NeighborView neighbor = expect(parse_neighbor(view));
  if (neighbor.timers != nullptr) {
    sink.number("current_hop_limit", header.current_hop_limit());
    sink.text("managed", yes_or_no(header.is_managed()));
    sink.text("other_configuration", yes_or_no(header.has_other_configuration()));
    sink.number("router_lifetime_s", header.router_lifetime_s());
    sink.number("reachable_ms", neighbor.timers->reachable_ms.host());
    sink.number("retransmit_ms", neighbor.timers->retransmit_ms.host());
  }
  if (header.type == Icmpv6Type::kNeighborAdvertisement) {
    sink.text("router", yes_or_no(header.is_router()));
    sink.text("solicited", yes_or_no(header.is_solicited()));
    sink.text("override", yes_or_no(header.is_override()));
  }
  if (neighbor.target != nullptr) {
    sink.text("target", to_text(*neighbor.target));
  }
  if (neighbor.destination != nullptr) {
    sink.text("destination", to_text(*neighbor.destination));
  }
  WordList options;
  NdOptionReader reader(neighbor.options);
  while (const auto option = reader.next()) {
    options.add(nd_option(*option));
  }
  if (!options.text().empty()) {
    sink.text("options", options.text());
  }
}

std::string_view name_of_message(GtpuMessage message) {
  switch (message) {
    case GtpuMessage::kEchoRequest: return "echo_request";
    case GtpuMessage::kEchoResponse: return "echo_response";
    case GtpuMessage::kErrorIndication: return "error_indication";
    case GtpuMessage::kEndMarker: return "end_marker";
    case GtpuMessage::kGpdu: return "g_pdu";
  }
  return "other";
}

std::string name_of_extension(GtpuExtensionType type) {
  switch (type) {
    case GtpuExtensionType::kUdpPort: return "udp_port";
    case GtpuExtensionType::kPduSessionContainer: return "pdu_session_container";
    case GtpuExtensionType::kPdcpPduNumber: return "pdcp_pdu_number";
    case GtpuExtensionType::kNone: break;
  }
  return base::cat(static_cast<std::uint8_t>(type));
}

void describe_container(const PduSessionContainer& container, FieldSink& sink) {
  const bool downlink = container.type == PduSessionType::kDownlink;
  sink.text("pdu_type", downlink ? "downlink" : "uplink");
  sink.number("qfi", container.qfi);
  if (downlink) {
    sink.text("rqi", yes_or_no(container.rqi));
  }
  if (container.ppi) {
    sink.number("ppi", *container.ppi);
  }
}

void describe_gtpu_extensions(const GtpuView& view, FieldSink& sink) {
  WordList names;
  std::optional<PduSessionContainer> first;  // a second one would repeat the names
  GtpuExtensionReader reader(view);
  while (const auto extension = reader.next()) {
    names.add(name_of_extension(extension->type));
    if (extension->type == GtpuExtensionType::kPduSessionContainer && !first) {
      if (const auto container = parse_pdu_session_container(extension->content)) {
        first = *container;
      }
    }
  }
  if (!names.text().empty()) {
    sink.text("extensions", names.text());
  }
  if (first) {
    describe_container(*first, sink);
  }
}

std::string gtpu_element(const GtpuElement& element) {
  base::Cursor cursor(element.value);
  switch (element.type) {
    case GtpuElementType::kRecovery: return base::cat("recovery=", *cursor.u8());
    case GtpuElementType::kTeid: return base::cat("teid=0x", base::Hex{*cursor.u32(), 8});
    case GtpuElementType::kPeerAddress:
      if (element.value.size() == sizeof(Ipv4Address)) {
        return base::cat("peer_address=", to_text(*cursor.view<Ipv4Address>()));
      }
      if (element.value.size() == sizeof(Ipv6Address)) {
        return base::cat("peer_address=", to_text(*cursor.view<Ipv6Address>()));
      }
      return "peer_address";
  }
  return base::cat(static_cast<std::uint8_t>(element.type));
}

}  // namespace

void describe_icmp(const Transport& transport, FieldSink& sink) {
  const IcmpView view = expect(parse_icmp(transport.bytes));
  const IcmpHeader& header = *view.header;
  sink.number("type", static_cast<std::uint8_t>(header.type));
  sink.number("code", header.code);
  sink.hex("checksum", header.checksum.host(), 4);
  sink.text("checksum_status", own_status_of(transport, view));
  if (header.is_echo()) {
    sink.number("identifier", header.identifier());
    sink.number("sequence", header.sequence());
  } else if (header.type == IcmpType::kDestinationUnreachable &&
             header.code == kIcmpFragmentationNeeded) {
    sink.number("mtu", header.next_hop_mtu());
  }
}

void describe_icmpv6(const Transport& transport, FieldSink& sink) {
  const Icmpv6View view = expect(parse_icmpv6(transport.bytes));
  const Icmpv6Header& header = *view.header;
  sink.number("type", static_cast<std::uint8_t>(header.type));
  sink.number("code", header.code);
  sink.hex("checksum", header.checksum.host(), 4);
  sink.text("checksum_status", status_of(transport, view));
  if (header.is_echo()) {
    sink.number("identifier", header.identifier());
    sink.number("sequence", header.sequence());
  } else if (header.type == Icmpv6Type::kPacketTooBig) {
    sink.number("mtu", header.mtu());
  } else if (header.is_neighbor_discovery() && transport.whole()) {
    describe_neighbor(view, sink);
  }
}

void describe_tcp(const Transport& transport, FieldSink& sink) {
  base::Cursor cursor(transport.bytes);
  const auto* fixed = cursor.view<TcpHeader>();
  base::check(fixed != nullptr, "the dissection was made from this packet");
  const TcpHeader& header = *fixed;
  const auto view = parse_tcp(transport.bytes);  // fails where the capture cut the options
  sink.number("source_port", header.source_port.host());
  sink.number("destination_port", header.destination_port.host());
  sink.number("sequence", header.sequence.host());
  sink.number("acknowledgment", header.acknowledgment.host());
  sink.number("header_length", header.header_length());
  sink.text("flags", tcp_flags(header));
  sink.number("window", header.window.host());
  sink.hex("checksum", header.checksum.host(), 4);
  sink.text("checksum_status", view ? status_of(transport, *view) : "unverified");
  sink.number("urgent_pointer", header.urgent_pointer.host());
  if (view) {
    describe_tcp_options(expect(parse_tcp_options(readable_tcp_options(view->options))), sink);
  }
}

void describe_udp(const Transport& transport, FieldSink& sink) {
  const UdpView view = expect(parse_udp(transport.bytes, Extent::kCut));
  const UdpHeader& header = *view.header;
  sink.number("source_port", header.source_port.host());
  sink.number("destination_port", header.destination_port.host());
  sink.number("length", header.length.host());
  sink.hex("checksum", header.checksum.host(), 4);
  // Over a length beyond the IP payload nothing can be summed.
  const bool fits = header.length.host() <= transport.bytes.size();
  const std::string_view status = fits ? status_of(transport, view) : "unverified";
  const bool none = status == "good" && header.checksum.raw() == 0;
  sink.text("checksum_status", none ? "none" : status);
}

void describe_sctp(const Transport& transport, FieldSink& sink) {
  const SctpView view = expect(parse_sctp(transport.bytes));
  const SctpHeader& header = *view.header;
  sink.number("source_port", header.source_port.host());
  sink.number("destination_port", header.destination_port.host());
  sink.hex("verification_tag", header.verification_tag.host(), 8);
  sink.hex("checksum", header.checksum.host(), 8);
  sink.text("checksum_status", own_status_of(transport, view));
  if (!transport.whole()) {
    return;
  }
  WordList chunks;
  SctpChunkReader reader(view);
  while (const auto chunk = reader.next()) {
    chunks.add(name_of_chunk(chunk->type));
  }
  sink.text("chunks", chunks.text());
}

void describe_vxlan(base::ByteView bytes, FieldSink& sink) {
  sink.number("network", expect(parse_vxlan(bytes)).header->network());
}

void describe_gtpu(base::ByteView bytes, const Layer& layer, FieldSink& sink) {
  const GtpuView view = expect(parse_gtpu(bytes, Extent::kCut));
  const GtpuHeader& header = *view.header;
  sink.number("version", header.version());
  sink.number("message_type", static_cast<std::uint8_t>(header.message));
  sink.text("message", name_of_message(header.message));
  sink.number("length", header.length.host());
  sink.hex("teid", header.teid.host(), 8);
  if (const auto sequence = view.sequence()) {
    sink.number("sequence", *sequence);
  }
  if (const auto npdu = view.npdu()) {
    sink.number("npdu", *npdu);
  }
  describe_gtpu_extensions(view, sink);
  const bool has_elements = layer.length == sizeof(GtpuHeader) + header.length.host();
  if (header.message == GtpuMessage::kGpdu || !has_elements) {
    return;
  }
  WordList elements;
  GtpuElementReader reader(view.payload);
  while (const auto element = reader.next()) {
    elements.add(gtpu_element(*element));
  }
  if (!elements.text().empty()) {
    sink.text("elements", elements.text());
  }
}

}  // namespace superfluid::net
