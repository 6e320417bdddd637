// SPDX-License-Identifier: Apache-2.0
#include "elements/gtpu_decap.h"

#include <array>

#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/router.h"
#include "net/ipv6.h"
#include "net/udp.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

enum Reason : std::size_t {
  kNotIt,
  kFragment,
  kBadLength,
  kBadChecksum,
  kBadHeader,
  kUnknownTunnel,
  kUnknownExtension,
  kBadInner,
};
constexpr std::string_view kReasons[] = {
    "not UDP to port 2152", "fragment",       "bad UDP length",    "bad UDP checksum",
    "bad GTP-U header",     "unknown tunnel", "unknown extension", "bad inner packet"};

constexpr std::uint8_t kHopLimit = 64;

// The bit of an extension's type that forbids a receiver who does not know it to go on.
bool must_be_understood(net::GtpuExtensionType type) {
  return (static_cast<unsigned>(type) & 0x80) != 0 &&
         type != net::GtpuExtensionType::kPduSessionContainer &&
         type != net::GtpuExtensionType::kPdcpPduNumber;
}

}  // namespace

// What carries the message: one of the two versions.
struct GTPUDecap::Outer {
  const net::Ipv4Header* ipv4 = nullptr;
  const net::Ipv6Header* ipv6 = nullptr;
  net::IpProtocol protocol{};
  net::FragmentPlace place = net::FragmentPlace::kWhole;
  base::ByteView payload = {};
  const net::UdpHeader* udp = nullptr;

  net::PseudoHeader pseudo_header() const {
    return ipv4 != nullptr ? net::PseudoHeader(ipv4->source, ipv4->destination)
                           : net::PseudoHeader(ipv6->source, ipv6->destination);
  }
  bool one_to_one() const {
    return ipv4 != nullptr ? !ipv4->destination.is_multicast() && !ipv4->destination.is_broadcast()
                           : !ipv6->destination.is_multicast();
  }

  // False when there is no IP packet of either version at the network hint.
  bool find(const Packet& packet) {
    const base::ByteView bytes = packet.from(packet.network);
    if (bytes.empty()) {
      return false;
    }
    if (bytes[0] >> 4 == 6) {
      const auto ip = net::parse_ipv6(bytes);
      const auto upper = ip ? net::skip_extensions(*ip) : std::unexpected(ip.error());
      if (!upper || !upper->destination_is_final) {
        return false;
      }
      ipv6 = ip->header;
      protocol = upper->protocol;
      place = upper->fragment_place;
      payload = upper->payload;
      return true;
    }
    const Ipv4Datagram datagram = ipv4_datagram(packet);
    if (datagram.header == nullptr) {
      return false;
    }
    ipv4 = datagram.header;
    protocol = ipv4->protocol;
    place = ipv4->fragment_place();
    payload = datagram.bytes();
    return true;
  }
};

const graph::ElementClass GTPUDecap::kClass{"GTPUDecap", "1/1-3", "a/ah",
                                            graph::make_element<GTPUDecap>};

GTPUDecap::GTPUDecap() : check_("GTP-U", kReasons) {}

void GTPUDecap::configure(graph::Arguments& arguments) {
  check_.read_arguments(arguments)
      .keyword("TEID", teid_)
      .keyword("PAINT", paint_)
      .keyword("CHECKSUM", checksum_)
      .complete();
}

Packet* GTPUDecap::refuse(Packet* packet, std::size_t reason) {
  check_.count(*this, reason);
  release(packet);
  return nullptr;
}

Packet* GTPUDecap::act(Packet* packet) {
  Outer outer;
  if (!outer.find(*packet) || outer.protocol != net::IpProtocol::kUdp) {
    return refuse(packet, kNotIt);
  }
  if (outer.place != net::FragmentPlace::kWhole) {
    return refuse(packet, kFragment);
  }
  const auto udp = net::parse_udp(outer.payload);
  if (!udp) {
    return refuse(packet, kBadLength);
  }
  outer.udp = udp->header;
  if (outer.udp->destination_port.host() != net::kGtpuPort) {
    return refuse(packet, kNotIt);
  }
  if (checksum_ && !net::verify_checksum(*udp, outer.pseudo_header())) {
    return refuse(packet, kBadChecksum);
  }
  const auto message = net::parse_gtpu(udp->payload);
  if (!message) {
    return refuse(packet, kBadHeader);
  }
  if (message->header->message == net::GtpuMessage::kGpdu) [[likely]] {
    return take_out(packet, *message);
  }
  if (message->header->message == net::GtpuMessage::kEchoRequest && outputs() > 1) {
    answer(packet, outer, *message);
    return nullptr;
  }
  ++messages_;
  reject(packet, 2);
  return nullptr;
}

Packet* GTPUDecap::take_out(Packet* packet, const net::GtpuView& message) {
  const std::uint32_t teid = message.header->teid.host();
  if (teid_ && teid != *teid_) {
    return refuse(packet, kUnknownTunnel);
  }
  std::uint8_t qfi = 0;
  net::GtpuExtensionReader extensions(message);
  while (const auto extension = extensions.next()) {
    if (extension->type == net::GtpuExtensionType::kPduSessionContainer) {
      const auto container = net::parse_pdu_session_container(extension->content);
      if (!container) {
        return refuse(packet, kBadHeader);
      }
      qfi = container->qfi;
    } else if (must_be_understood(extension->type)) {
      return refuse(packet, kUnknownExtension);
    }
  }
  const base::ByteView inner = message.payload;
  net::Ipv6Address destination;
  std::uint32_t header_length = 0;
  if (const auto ipv4 = net::parse_ipv4(inner)) {
    std::copy_n(ipv4->header->destination.bytes.begin(), 4, destination.bytes.begin());
    header_length = static_cast<std::uint32_t>(ipv4->header->header_length());
  } else if (const auto ipv6 = net::parse_ipv6(inner)) {
    destination = ipv6->header->destination;
    header_length = sizeof(net::Ipv6Header);
  } else {
    return refuse(packet, kBadInner);
  }
  packet->pull(static_cast<std::uint32_t>(inner.data() - packet->data));
  packet->take(packet->length - static_cast<std::uint32_t>(inner.size()));
  packet->network = packet->data;
  packet->transport = packet->data + header_length;
  packet->notes.destination = destination;
  packet->notes.aggregate = teid;
  if (paint_) {
    packet->notes.paint = qfi;
  }
  ++packets_;
  return packet;
}

void GTPUDecap::answer(Packet* request, const Outer& outer, const net::GtpuView& message) {
  if (!outer.one_to_one()) {
    refuse(request, kNotIt);
    return;
  }
  std::array<std::uint8_t, 16> gtpu;
  base::Writer response(gtpu);
  constexpr std::size_t kRecoveryBytes = 2;
  net::write_gtpu(
      response,
      {.message = net::GtpuMessage::kEchoResponse, .sequence = message.sequence().value_or(0)},
      kRecoveryBytes);
  net::write_gtpu_recovery(response);

  std::array<std::uint8_t, sizeof(net::Ipv6Header) + sizeof(net::UdpHeader) + 16> bytes;
  base::Writer writer(bytes);
  const std::size_t length = sizeof(net::UdpHeader) + response.position();
  if (outer.ipv4 != nullptr) {
    net::write_ipv4(writer,
                    {.ttl = kHopLimit,
                     .protocol = net::IpProtocol::kUdp,
                     .source = outer.ipv4->destination,
                     .destination = outer.ipv4->source},
                    length);
  } else {
    net::write_ipv6(writer,
                    {.next_header = net::IpProtocol::kUdp,
                     .hop_limit = kHopLimit,
                     .source = outer.ipv6->destination,
                     .destination = outer.ipv6->source},
                    length);
  }
  const std::size_t header_length = writer.position();
  // The sum over the addresses does not care which of them comes first.
  net::write_udp(writer,
                 {.source_port = net::kGtpuPort, .destination_port = outer.udp->source_port.host()},
                 outer.pseudo_header(), response.written());
  Packet* const packet = pool().make(writer.written());
  if (packet != nullptr) {
    packet->network = packet->data;
    packet->transport = packet->data + header_length;
    if (outer.ipv4 != nullptr) {
      set_ipv4_destination(packet->notes, outer.ipv4->source);
    } else {
      packet->notes.destination = outer.ipv6->source;
    }
    ++echoes_;
    output(1).push(packet);
  }
  release(request);
}

void GTPUDecap::add_handlers(graph::HandlerTable& handlers) {
  check_.add_handlers(handlers);
  add_value(handlers, "packets", packets_);
  add_value(handlers, "echoes", echoes_);
  add_value(handlers, "messages", messages_);
}

}  // namespace superfluid::elements
