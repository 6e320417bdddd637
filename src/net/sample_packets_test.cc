// SPDX-License-Identifier: Apache-2.0
#include "net/sample_packets.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "net/arp.h"
#include "net/ethernet.h"
#include "net/gtpu.h"
#include "net/icmp.h"
#include "net/icmpv6.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/sctp.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "net/vxlan.h"
#include "support/seed.h"

namespace superfluid::net::testing {

Bytes built(const std::function<void(base::Writer&)>& build) {
  std::array<std::uint8_t, 2048> room{};
  base::Writer writer(room);
  build(writer);
  EXPECT_TRUE(writer.ok());
  return {writer.written().begin(), writer.written().end()};
}

namespace {

// Ports that no dissector of tshark claims.
constexpr std::uint16_t kPortFirst = 40000;

// Random fields.
struct Draw {
  base::Rng& rng;

  template <typename T>
  T number() {
    return static_cast<T>(rng.next());
  }
  std::uint16_t port() { return static_cast<std::uint16_t>(kPortFirst + rng.below(1000)); }
  // Begins with bytes that no dissector of tshark takes for a protocol of its own.
  Bytes payload(std::uint32_t length_max = 64) {
    constexpr std::size_t kDull = 16;
    Bytes bytes(1 + rng.below(length_max), 0xee);
    for (std::size_t i = kDull; i < bytes.size(); ++i) {
      bytes[i] = number<std::uint8_t>();
    }
    return bytes;
  }
  MacAddress mac() {
    return {{0x02, 0, 0, number<std::uint8_t>(), number<std::uint8_t>(), number<std::uint8_t>()}};
  }
  Ipv4Address ipv4() { return Ipv4Address::from_host(10u << 24 | (number<std::uint32_t>() >> 8)); }
  Ipv6Address ipv6() {
    Ipv6Address address{{0x20, 0x01, 0x0d, 0xb8}};
    for (std::size_t i = 8; i < 16; ++i) {
      address.bytes[i] = number<std::uint8_t>();
    }
    return address;
  }
};

// The addresses of one IP packet of either version and what its transport's checksum covers.
struct Ends {
  Ipv4Address source4, destination4;
  Ipv6Address source6, destination6;
  bool ipv6;

  Ends(Draw& draw, bool version6)
      : source4(draw.ipv4()),
        destination4(draw.ipv4()),
        source6(draw.ipv6()),
        destination6(draw.ipv6()),
        ipv6(version6) {}

  PseudoHeader pseudo() const {
    return ipv6 ? PseudoHeader(source6, destination6) : PseudoHeader(source4, destination4);
  }
  EtherType ethertype() const { return ipv6 ? EtherType::kIpv6 : EtherType::kIpv4; }
  Protocol layer() const { return ipv6 ? Protocol::kIpv6 : Protocol::kIpv4; }
};

Bytes ethernet(Draw& draw, EtherType type, const Bytes& payload) {
  return built([&](base::Writer& writer) {
    write_ethernet(writer, {draw.mac(), draw.mac(), type});
    writer.bytes(payload);
  });
}

Bytes ip(Draw& draw, const Ends& ends, IpProtocol protocol, const Bytes& payload) {
  const unsigned dscp = draw.rng.below(64);
  const unsigned ecn = draw.rng.below(4);
  const auto ttl = static_cast<std::uint8_t>(1 + draw.rng.below(255));
  return built([&](base::Writer& writer) {
    if (ends.ipv6) {
      write_ipv6(writer,
                 {.dscp = dscp,
                  .ecn = ecn,
                  .flow_label = draw.rng.below(1 << 20),
                  .next_header = protocol,
                  .hop_limit = ttl,
                  .source = ends.source6,
                  .destination = ends.destination6},
                 payload.size());
    } else {
      write_ipv4(writer,
                 {.dscp = dscp,
                  .ecn = ecn,
                  .identification = draw.number<std::uint16_t>(),
                  .dont_fragment = draw.rng.below(2) != 0,
                  .ttl = ttl,
                  .protocol = protocol,
                  .source = ends.source4,
                  .destination = ends.destination4},
                 payload.size());
    }
    writer.bytes(payload);
  });
}

Bytes udp(Draw& draw, const Ends& ends, std::uint16_t to, const Bytes& payload) {
  return built([&](base::Writer& writer) {
    write_udp(writer, {.source_port = draw.port(), .destination_port = to}, ends.pseudo(), payload);
  });
}

Bytes tcp(Draw& draw, const Ends& ends) {
  TcpOptions chosen;
  chosen.mss = draw.number<std::uint16_t>();
  chosen.window_scale = static_cast<std::uint8_t>(draw.rng.below(15));
  chosen.sack_permitted = draw.rng.below(2) != 0;
  chosen.timestamps = TcpTimestamps{draw.number<std::uint32_t>(), draw.number<std::uint32_t>()};
  const std::uint32_t left = draw.number<std::uint32_t>();
  chosen.sack.push_back({left, left + 1000});
  const Bytes options = built([&](base::Writer& writer) { write_tcp_options(writer, chosen); });
  return built([&](base::Writer& writer) {
    write_tcp(writer,
              {.source_port = draw.port(),
               .destination_port = draw.port(),
               .sequence = draw.number<std::uint32_t>(),
               .acknowledgment = draw.number<std::uint32_t>(),
               .flags = static_cast<std::uint8_t>(draw.number<std::uint8_t>() | kTcpAck),
               .window = draw.number<std::uint16_t>(),
               .urgent_pointer = draw.number<std::uint16_t>(),
               .options = options},
              ends.pseudo(), draw.payload());
  });
}

Bytes sctp(Draw& draw) {
  const Bytes heartbeat = built([&](base::Writer& writer) {
    const Bytes info = draw.payload(20);
    writer.u16(1);  // heartbeat info
    writer.u16(static_cast<std::uint16_t>(4 + info.size()));
    writer.bytes(info);
  });
  const Bytes chunks = built([&](base::Writer& writer) {
    write_sctp_chunk(writer, {SctpChunkType::kHeartbeat, 0, heartbeat});
    write_sctp_chunk(writer, {SctpChunkType::kCookieAck, 0, {}});
  });
  return built([&](base::Writer& writer) {
    write_sctp(writer,
               {.source_port = draw.port(),
                .destination_port = draw.port(),
                .verification_tag = draw.number<std::uint32_t>()},
               chunks);
  });
}

Bytes echo(Draw& draw, const Ends& ends) {
  const auto identifier = draw.number<std::uint16_t>();
  const auto sequence = draw.number<std::uint16_t>();
  return built([&](base::Writer& writer) {
    if (ends.ipv6) {
      write_icmpv6(writer,
                   {.type = Icmpv6Type::kEchoReply, .word = echo_word(identifier, sequence)},
                   ends.pseudo(), draw.payload());
    } else {
      write_icmp(writer, {.type = IcmpType::kEchoRequest, .words = {identifier, sequence}},
                 draw.payload());
    }
  });
}

SamplePacket transport_sample(Draw& draw, bool ipv6, Protocol transport) {
  const Ends ends(draw, ipv6);
  const auto frame = [&](IpProtocol protocol, const Bytes& payload) {
    return ethernet(draw, ends.ethertype(), ip(draw, ends, protocol, payload));
  };
  const std::vector<Protocol> with_payload{Protocol::kEthernet, ends.layer(), transport,
                                           Protocol::kPayload};
  switch (transport) {
    case Protocol::kTcp:
      return {ipv6 ? "tcp6" : "tcp", frame(IpProtocol::kTcp, tcp(draw, ends)), with_payload};
    case Protocol::kUdp:
      return {ipv6 ? "udp6" : "udp",
              frame(IpProtocol::kUdp, udp(draw, ends, draw.port(), draw.payload())), with_payload};
    case Protocol::kSctp:
      return {ipv6 ? "sctp6" : "sctp",
              frame(IpProtocol::kSctp, sctp(draw)),
              {Protocol::kEthernet, ends.layer(), Protocol::kSctp}};
    default:  // kIcmpv4 or kIcmpv6
      return {ipv6 ? "echo6" : "echo",
              frame(ipv6 ? IpProtocol::kIcmpv6 : IpProtocol::kIcmpv4, echo(draw, ends)),
              with_payload};
  }
}

SamplePacket arp_sample(Draw& draw) {
  const Bytes arp = built([&](base::Writer& writer) {
    write_arp(writer, {draw.rng.below(2) != 0 ? ArpOperation::kRequest : ArpOperation::kReply,
                       draw.mac(), draw.ipv4(), draw.mac(), draw.ipv4()});
  });
  return {"arp", ethernet(draw, EtherType::kArp, arp), {Protocol::kEthernet, Protocol::kArp}};
}

// A service tag around a customer tag around UDP.
SamplePacket vlan_sample(Draw& draw) {
  const Ends ends(draw, false);
  const auto tag = [&](EtherType inside) {
    return VlanFields{draw.rng.below(8), draw.rng.below(2) != 0,
                      static_cast<std::uint16_t>(draw.rng.below(4096)), inside};
  };
  const Bytes tagged = built([&](base::Writer& writer) {
    write_vlan(writer, tag(EtherType::kVlan));
    write_vlan(writer, tag(EtherType::kIpv4));
    writer.bytes(ip(draw, ends, IpProtocol::kUdp, udp(draw, ends, draw.port(), draw.payload())));
  });
  return {"vlan",
          ethernet(draw, EtherType::kServiceVlan, tagged),
          {Protocol::kEthernet, Protocol::kVlan, Protocol::kVlan, Protocol::kIpv4, Protocol::kUdp,
           Protocol::kPayload}};
}

SamplePacket ipv4_options_sample(Draw& draw) {
  const Ends ends(draw, false);
  const Bytes inside = udp(draw, ends, draw.port(), draw.payload());
  // Router alert, padding, and an empty record of the route.
  const std::array<std::uint8_t, 12> options{148, 4, 0, 0, 1, 7, 7, 4, 0, 0, 0, 0};
  const Bytes packet = built([&](base::Writer& writer) {
    write_ipv4(writer,
               {.protocol = IpProtocol::kUdp,
                .source = ends.source4,
                .destination = ends.destination4,
                .options = options},
               inside.size());
    writer.bytes(inside);
  });
  return {"ipv4-options",
          ethernet(draw, EtherType::kIpv4, packet),
          {Protocol::kEthernet, Protocol::kIpv4, Protocol::kUdp, Protocol::kPayload}};
}

SamplePacket ipv4_fragment_sample(Draw& draw, bool first) {
  const Ends ends(draw, false);
  Bytes inside = udp(draw, ends, draw.port(), Bytes(64, 0x55));
  inside.resize(40);  // a part of the datagram
  const Bytes packet = built([&](base::Writer& writer) {
    write_ipv4(writer,
               {.identification = draw.number<std::uint16_t>(),
                .more_fragments = first,
                .fragment_offset = first ? 0u : 8u * (1 + draw.rng.below(100)),
                .protocol = IpProtocol::kUdp,
                .source = ends.source4,
                .destination = ends.destination4},
               inside.size());
    writer.bytes(inside);
  });
  std::vector<Protocol> layers{Protocol::kEthernet, Protocol::kIpv4};
  if (first) {
    layers.push_back(Protocol::kUdp);
  }
  layers.push_back(Protocol::kPayload);
  return {first ? "ipv4-first-fragment" : "ipv4-later-fragment",
          ethernet(draw, EtherType::kIpv4, packet), layers};
}

// Hop-by-hop options, a routing header without stops left, destination options, then UDP.
SamplePacket ipv6_extensions_sample(Draw& draw) {
  const Ends ends(draw, true);
  const std::array<std::uint8_t, 6> alert{5, 2, 0, 0, 1, 0};
  const std::array<std::uint8_t, 6> routing{253, 0, 0, 0, 0, 0};  // a type for experiments
  const std::array<std::uint8_t, 6> padding{1, 4, 0, 0, 0, 0};
  const Bytes packet = ip(draw, ends, IpProtocol::kHopByHop, built([&](base::Writer& writer) {
                            write_ipv6_extension(writer, IpProtocol::kRouting, alert);
                            write_ipv6_extension(writer, IpProtocol::kDestinationOptions, routing);
                            write_ipv6_extension(writer, IpProtocol::kUdp, padding);
                            writer.bytes(udp(draw, ends, draw.port(), draw.payload()));
                          }));
  return {"ipv6-extensions",
          ethernet(draw, EtherType::kIpv6, packet),
          {Protocol::kEthernet, Protocol::kIpv6, Protocol::kIpv6Extension, Protocol::kIpv6Extension,
           Protocol::kIpv6Extension, Protocol::kUdp, Protocol::kPayload}};
}

SamplePacket ipv6_fragment_sample(Draw& draw) {
  const Ends ends(draw, true);
  const Bytes packet =
      ip(draw, ends, IpProtocol::kFragment, built([&](base::Writer& writer) {
           write_ipv6_fragment(writer, {.next_header = IpProtocol::kUdp,
                                        .offset = 8u * (1 + draw.rng.below(100)),
                                        .more = draw.rng.below(2) != 0,
                                        .identification = draw.number<std::uint32_t>()});
           writer.fill(48, 0x55);
         }));
  return {"ipv6-later-fragment",
          ethernet(draw, EtherType::kIpv6, packet),
          {Protocol::kEthernet, Protocol::kIpv6, Protocol::kIpv6Extension, Protocol::kPayload}};
}

SamplePacket neighbor_sample(Draw& draw, bool solicitation) {
  const Ends ends(draw, true);
  const Bytes message = built([&](base::Writer& writer) {
    if (solicitation) {
      write_neighbor_solicitation(writer, ends.pseudo(), draw.ipv6(), draw.mac());
    } else {
      write_neighbor_advertisement(writer, ends.pseudo(),
                                   {.target = draw.ipv6(),
                                    .target_link = draw.mac(),
                                    .router = draw.rng.below(2) != 0,
                                    .solicited = draw.rng.below(2) != 0,
                                    .replaces = draw.rng.below(2) != 0});
    }
  });
  return {solicitation ? "neighbor-solicitation" : "neighbor-advertisement",
          ethernet(draw, EtherType::kIpv6, ip(draw, ends, IpProtocol::kIcmpv6, message)),
          {Protocol::kEthernet, Protocol::kIpv6, Protocol::kIcmpv6}};
}

// Options: MTU, prefix information.
SamplePacket router_advertisement_sample(Draw& draw) {
  const Ends ends(draw, true);
  const Ipv6Address prefix{{0x20, 0x01, 0x0d, 0xb8, 0, 1}};
  const Bytes body = built([&](base::Writer& writer) {
    writer.put(RouterTimers{base::be32(30000), base::be32(1000)});
    writer.u16(0x0501);  // MTU, one unit of eight
    writer.u16(0);
    writer.u32(1500);
    writer.u16(0x0304);  // prefix information, four units
    writer.u16(0x40c0);  // 64 bits, on-link and autonomous
    writer.u32(86400);
    writer.u32(14400);
    writer.u32(0);
    writer.put(prefix);
  });
  const Bytes message = built([&](base::Writer& writer) {
    write_icmpv6(writer, {.type = Icmpv6Type::kRouterAdvertisement, .word = 0x40800708},
                 ends.pseudo(), body);
  });
  return {"router-advertisement",
          ethernet(draw, EtherType::kIpv6, ip(draw, ends, IpProtocol::kIcmpv6, message)),
          {Protocol::kEthernet, Protocol::kIpv6, Protocol::kIcmpv6}};
}

// "Fragmentation needed", with the head of the datagram that was too large.
SamplePacket icmp_error_sample(Draw& draw) {
  const Ends ends(draw, false);
  Bytes quoted = ip(draw, ends, IpProtocol::kUdp, udp(draw, ends, draw.port(), Bytes(200, 0)));
  quoted.resize(20 + 8);
  const Bytes message = built([&](base::Writer& writer) {
    write_icmp(writer,
               {.type = IcmpType::kDestinationUnreachable,
                .code = kIcmpFragmentationNeeded,
                .words = {0, 1400}},
               quoted);
  });
  return {"icmp-error",
          ethernet(draw, EtherType::kIpv4, ip(draw, ends, IpProtocol::kIcmpv4, message)),
          {Protocol::kEthernet, Protocol::kIpv4, Protocol::kIcmpv4, Protocol::kPayload}};
}

SamplePacket vxlan_sample(Draw& draw, bool inner6) {
  const Ends outer(draw, false);
  const Ends inner(draw, inner6);
  const Bytes frame =
      ethernet(draw, inner.ethertype(), ip(draw, inner, IpProtocol::kTcp, tcp(draw, inner)));
  const Bytes tunnel = built([&](base::Writer& writer) {
    write_vxlan(writer, draw.rng.below(1 << 24));
    writer.bytes(frame);
  });
  const Bytes packet =
      ip(draw, outer, IpProtocol::kUdp, built([&](base::Writer& writer) {
           write_udp(writer,
                     {.source_port = draw.port(),
                      .destination_port = kVxlanPort,
                      .checksum = inner6 ? UdpChecksum::kFull : UdpChecksum::kNone},
                     outer.pseudo(), tunnel);
         }));
  return {inner6 ? "vxlan6" : "vxlan",
          ethernet(draw, EtherType::kIpv4, packet),
          {Protocol::kEthernet, Protocol::kIpv4, Protocol::kUdp, Protocol::kVxlan,
           Protocol::kEthernet, inner.layer(), Protocol::kTcp, Protocol::kPayload}};
}

// The subscriber's packet in a G-PDU: bare, with sequence and N-PDU numbers, or with a PDU Session
// Container behind another extension.
SamplePacket gpdu_sample(Draw& draw, bool numbers, std::optional<PduSessionType> container) {
  const Ends outer(draw, false);
  const Ends inner(draw, draw.rng.below(2) != 0);
  const Bytes subscriber =
      ip(draw, inner, IpProtocol::kUdp, udp(draw, inner, draw.port(), draw.payload()));
  GtpuFields fields{.teid = draw.number<std::uint32_t>()};
  if (numbers) {
    fields.sequence = draw.number<std::uint16_t>();
    fields.npdu = draw.number<std::uint8_t>();
  }
  std::vector<GtpuExtension> extensions;
  Bytes content;
  const std::array<std::uint8_t, 2> port{0x08, 0x68};
  if (container) {
    const bool downlink = *container == PduSessionType::kDownlink;
    content = built([&](base::Writer& writer) {
      write_pdu_session_container(writer, {.type = *container,
                                           .qfi = static_cast<std::uint8_t>(draw.rng.below(64)),
                                           .rqi = downlink && draw.rng.below(2) != 0});
    });
    extensions = {{GtpuExtensionType::kUdpPort, port},
                  {GtpuExtensionType::kPduSessionContainer, content}};
  }
  fields.extensions = extensions;
  const Bytes tunnel = built([&](base::Writer& writer) {
    write_gtpu(writer, fields, subscriber.size());
    writer.bytes(subscriber);
  });
  return {container ? "gpdu-container"
          : numbers ? "gpdu-numbers"
                    : "gpdu",
          ethernet(draw, EtherType::kIpv4,
                   ip(draw, outer, IpProtocol::kUdp, udp(draw, outer, kGtpuPort, tunnel))),
          {Protocol::kEthernet, Protocol::kIpv4, Protocol::kUdp, Protocol::kGtpu, inner.layer(),
           Protocol::kUdp, Protocol::kPayload}};
}

SamplePacket gtpu_signalling_sample(Draw& draw, GtpuMessage message) {
  const Ends outer(draw, true);
  const Bytes elements = built([&](base::Writer& writer) {
    if (message == GtpuMessage::kEchoResponse) {
      write_gtpu_recovery(writer);
    } else if (message == GtpuMessage::kErrorIndication) {
      write_gtpu_teid(writer, draw.number<std::uint32_t>());
      write_gtpu_peer_address(writer, draw.ipv4());
    }
  });
  GtpuFields fields{.message = message};
  if (message == GtpuMessage::kEndMarker) {
    fields.teid = draw.number<std::uint32_t>();
  } else {
    fields.sequence = draw.number<std::uint16_t>();
  }
  const Bytes tunnel = built([&](base::Writer& writer) {
    write_gtpu(writer, fields, elements.size());
    writer.bytes(elements);
  });
  return {"gtpu-signalling",
          ethernet(draw, EtherType::kIpv6,
                   ip(draw, outer, IpProtocol::kUdp, udp(draw, outer, kGtpuPort, tunnel))),
          {Protocol::kEthernet, Protocol::kIpv6, Protocol::kUdp, Protocol::kGtpu}};
}

}  // namespace

std::vector<SamplePacket> sample_packets(base::Rng& rng) {
  Draw draw{rng};
  std::vector<SamplePacket> samples;
  samples.push_back(arp_sample(draw));
  samples.push_back(vlan_sample(draw));
  for (const bool ipv6 : {false, true}) {
    for (const Protocol transport : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp,
                                     ipv6 ? Protocol::kIcmpv6 : Protocol::kIcmpv4}) {
      samples.push_back(transport_sample(draw, ipv6, transport));
    }
  }
  samples.push_back(ipv4_options_sample(draw));
  samples.push_back(ipv4_fragment_sample(draw, true));
  samples.push_back(ipv4_fragment_sample(draw, false));
  samples.push_back(ipv6_extensions_sample(draw));
  samples.push_back(ipv6_fragment_sample(draw));
  samples.push_back(neighbor_sample(draw, true));
  samples.push_back(neighbor_sample(draw, false));
  samples.push_back(router_advertisement_sample(draw));
  samples.push_back(icmp_error_sample(draw));
  samples.push_back(vxlan_sample(draw, false));
  samples.push_back(vxlan_sample(draw, true));
  samples.push_back(gpdu_sample(draw, false, std::nullopt));
  samples.push_back(gpdu_sample(draw, true, std::nullopt));
  samples.push_back(gpdu_sample(draw, false, PduSessionType::kDownlink));
  samples.push_back(gpdu_sample(draw, true, PduSessionType::kUplink));
  for (const GtpuMessage message : {GtpuMessage::kEchoRequest, GtpuMessage::kEchoResponse,
                                    GtpuMessage::kErrorIndication, GtpuMessage::kEndMarker}) {
    samples.push_back(gtpu_signalling_sample(draw, message));
  }
  return samples;
}

TEST(SamplePackets, AreDissectedIntoTheLayersTheyWereBuiltFrom) {
  base::Rng rng(superfluid::testing::test_seed());
  for (int round = 0; round < 20; ++round) {
    for (const SamplePacket& sample : sample_packets(rng)) {
      const Dissection dissection = dissect(sample.frame, LinkType::kEthernet);
      std::vector<Protocol> found;
      for (const Layer& layer : dissection.layers) {
        found.push_back(layer.protocol);
      }
      EXPECT_EQ(found, sample.layers) << sample.kind;
      EXPECT_FALSE(dissection.problem)
          << sample.kind << ": " << describe(dissection.problem->reason) << " at "
          << dissection.problem->offset;
    }
  }
}

}  // namespace superfluid::net::testing
