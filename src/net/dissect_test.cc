// SPDX-License-Identifier: Apache-2.0
// What people and programs read: names and values of every layer's fields, as they are printed.
#include "net/dissect.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "net/ether.h"
#include "net/gtpu.h"
#include "net/icmpv6.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/sample_packets.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "net/vxlan.h"

namespace superfluid::net {
namespace {

using testing::built;
using testing::Bytes;

// Fields as "name=value" lines.
class LineSink final : public FieldSink {
 public:
  void number(std::string_view name, std::uint64_t value) override {
    lines += base::cat(name, "=", value, "\n");
  }
  void hex(std::string_view name, std::uint64_t value, unsigned digits) override {
    lines += base::cat(name, "=0x", base::Hex{value, digits}, "\n");
  }
  void text(std::string_view name, std::string_view value) override {
    lines += base::cat(name, "='", value, "'\n");
  }

  std::string lines;
};

// The fields of the packet's first layer of a protocol.
std::string fields_of(const Bytes& packet, Protocol protocol, LinkType link = LinkType::kRawIp) {
  const Dissection dissection = dissect(packet, link);
  for (std::size_t i = 0; i < dissection.layers.size(); ++i) {
    if (dissection.layers[i].protocol == protocol) {
      LineSink sink;
      describe_fields(packet, dissection, i, sink);
      return sink.lines;
    }
  }
  return "no such layer";
}

const Ipv4Address kSource{{192, 0, 2, 1}};
const Ipv4Address kDestination{{10, 0, 0, 9}};
const Ipv6Address kSource6{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
const Ipv6Address kDestination6{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};
const PseudoHeader kPseudo(kSource, kDestination);
const PseudoHeader kPseudo6(kSource6, kDestination6);

Bytes ipv4(IpProtocol protocol, const Bytes& payload) {
  return built([&](base::Writer& writer) {
    write_ipv4(writer,
               {.identification = 0x0a0b,
                .dont_fragment = true,
                .protocol = protocol,
                .source = kSource,
                .destination = kDestination},
               payload.size());
    writer.bytes(payload);
  });
}

Bytes ipv6(IpProtocol protocol, const Bytes& payload) {
  return built([&](base::Writer& writer) {
    write_ipv6(writer,
               {.dscp = 46,
                .flow_label = 0x12,
                .next_header = protocol,
                .source = kSource6,
                .destination = kDestination6},
               payload.size());
    writer.bytes(payload);
  });
}

Bytes syn() {
  const Bytes options = built([](base::Writer& writer) {
    TcpOptions chosen;
    chosen.mss = 1460;
    chosen.window_scale = 7;
    chosen.sack_permitted = true;
    chosen.timestamps = TcpTimestamps{100, 0};
    write_tcp_options(writer, chosen);
  });
  return built([&](base::Writer& writer) {
    write_tcp(writer,
              {.source_port = 40000,
               .destination_port = 443,
               .sequence = 1,
               .flags = kTcpSyn | kTcpEce,
               .window = 64240,
               .options = options},
              kPseudo, {});
  });
}

TEST(Dissect, NamesItsProtocols) {
  EXPECT_EQ(name_of(Protocol::kEthernet), "ethernet");
  EXPECT_EQ(name_of(Protocol::kIpv6Extension), "ipv6_extension");
  EXPECT_EQ(name_of(Protocol::kIcmpv4), "icmpv4");
  EXPECT_EQ(name_of(Protocol::kGtpu), "gtpu");
  EXPECT_EQ(name_of(Protocol::kPayload), "payload");
  std::set<std::string_view> names;
  for (unsigned i = 0; i <= static_cast<unsigned>(Protocol::kPayload); ++i) {
    names.insert(name_of(static_cast<Protocol>(i)));
  }
  EXPECT_EQ(names.size(), 14u);
}

TEST(Dissect, DescribesEthernetAndTags) {
  const Bytes frame = built([](base::Writer& writer) {
    write_ethernet(writer,
                   {MacAddress::broadcast(), {{2, 0, 0, 0, 0, 1}}, EtherType::kServiceVlan});
    write_vlan(writer, {.priority = 3, .vlan = 100, .ethertype = static_cast<EtherType>(5)});
    writer.fill(46, 0);
  });
  EXPECT_EQ(fields_of(frame, Protocol::kEthernet, LinkType::kEthernet),
            "destination='ff:ff:ff:ff:ff:ff'\nsource='02:00:00:00:00:01'\nethertype=0x88a8\n");
  EXPECT_EQ(fields_of(frame, Protocol::kVlan, LinkType::kEthernet),
            "priority=3\ndrop_eligible='no'\nvlan=100\nlength=5\n");
  EXPECT_EQ(fields_of(frame, Protocol::kPayload, LinkType::kEthernet), "length=5\n");
}

TEST(Dissect, DescribesIpv4AndTcp) {
  const Bytes packet = ipv4(IpProtocol::kTcp, syn());
  const std::string ip = fields_of(packet, Protocol::kIpv4);
  EXPECT_NE(ip.find("version=4\nheader_length=20\ndscp=0\necn=0\ntotal_length=60\n"
                    "identification=0x0a0b\nflags='DF'\nfragment_offset=0\nttl=64\nprotocol=6\n"
                    "checksum=0x"),
            std::string::npos)
      << ip;
  EXPECT_NE(ip.find("checksum_status='good'\nsource='192.0.2.1'\ndestination='10.0.0.9'\n"),
            std::string::npos)
      << ip;
  const std::string tcp = fields_of(packet, Protocol::kTcp);
  EXPECT_EQ(tcp.find("source_port=40000\ndestination_port=443\nsequence=1\nacknowledgment=0\n"
                     "header_length=40\nflags='SYN,ECE'\nwindow=64240\nchecksum=0x"),
            0u)
      << tcp;
  EXPECT_NE(tcp.find("checksum_status='good'\nurgent_pointer=0\nmss=1460\nwindow_scale=7\n"
                     "sack_permitted='yes'\ntimestamp_value=100\ntimestamp_echo=0\n"),
            std::string::npos)
      << tcp;
}

TEST(Dissect, SaysWhichChecksumsAreBad) {
  Bytes packet = ipv4(IpProtocol::kTcp, syn());
  packet[8] ^= 1;
  packet.back() ^= 1;
  EXPECT_NE(fields_of(packet, Protocol::kIpv4).find("checksum_status='bad'"), std::string::npos);
  EXPECT_NE(fields_of(packet, Protocol::kTcp).find("checksum_status='bad'"), std::string::npos);
}

std::string udp_status(const Bytes& packet) {
  const std::string fields = fields_of(packet, Protocol::kUdp);
  const auto start = fields.find("checksum_status='") + 17;
  return fields.substr(start, fields.find('\'', start) - start);
}

TEST(Dissect, KnowsWhenAChecksumCannotBeJudged) {
  const auto datagram = [](UdpChecksum checksum, const PseudoHeader& pseudo) {
    return built([&](base::Writer& writer) {
      write_udp(writer, {.source_port = 1, .destination_port = 2, .checksum = checksum}, pseudo,
                Bytes(16));
    });
  };
  const Bytes full = datagram(UdpChecksum::kFull, kPseudo);
  const Bytes full6 = datagram(UdpChecksum::kFull, kPseudo6);
  EXPECT_EQ(udp_status(ipv4(IpProtocol::kUdp, full)), "good");
  EXPECT_EQ(udp_status(ipv4(IpProtocol::kUdp, full6)), "bad");
  EXPECT_EQ(udp_status(ipv4(IpProtocol::kUdp, datagram(UdpChecksum::kNone, kPseudo))), "none");
  EXPECT_EQ(udp_status(ipv6(IpProtocol::kUdp, full6)), "good");
  EXPECT_EQ(udp_status(ipv6(IpProtocol::kUdp, datagram(UdpChecksum::kNone, kPseudo6))), "bad");

  Bytes fragment = ipv4(IpProtocol::kUdp, full);
  fragment[6] |= 0x20;
  EXPECT_EQ(udp_status(fragment), "unverified");

  const Bytes routed = built([&](base::Writer& writer) {
    write_ipv6_extension(writer, IpProtocol::kUdp, Bytes{253, 1, 0, 0, 0, 0});
    writer.bytes(full6);
  });
  EXPECT_EQ(udp_status(ipv6(IpProtocol::kRouting, routed)), "unverified");
}

TEST(Dissect, DescribesIpv6AndItsExtensions) {
  const Bytes chain = built([](base::Writer& writer) {
    write_ipv6_extension(writer, IpProtocol::kAuthentication, Bytes{5, 2, 0, 0, 200, 0});
    writer.bytes(Bytes{43, 4, 0, 0, 0, 0, 0x12, 0x34, 0, 0, 0, 9});  // authentication, 24 bytes
    writer.fill(12, 0);
    write_ipv6_extension(writer, IpProtocol::kFragment, Bytes{4, 2, 0, 0, 0, 0});
    write_ipv6_fragment(writer, {.next_header = IpProtocol::kTcp, .offset = 16, .more = true});
    writer.fill(8, 0);
  });
  const Bytes packet = ipv6(IpProtocol::kHopByHop, chain);
  EXPECT_EQ(fields_of(packet, Protocol::kIpv6),
            "version=6\ndscp=46\necn=0\nflow_label=0x00012\npayload_length=56\nnext_header=0\n"
            "hop_limit=64\nsource='2001:db8::1'\ndestination='2001:db8::2'\n");
  const Dissection dissection = dissect(packet, LinkType::kRawIp);
  ASSERT_EQ(dissection.layers.size(), 6u);
  std::string extensions;
  for (std::size_t i = 1; i <= 4; ++i) {
    LineSink sink;
    describe_fields(packet, dissection, i, sink);
    extensions += sink.lines;
  }
  EXPECT_EQ(extensions,
            "type='hop_by_hop'\nnext_header=51\nlength=8\noptions='router_alert,200'\n"
            "type='authentication'\nnext_header=43\nlength=24\nspi=0x00001234\nsequence=9\n"
            "type='routing'\nnext_header=44\nlength=8\nrouting_type=4\nsegments_left=2\n"
            "type='fragment'\nnext_header=6\nlength=8\noffset=16\nmore_fragments='yes'\n"
            "identification=0x00000000\n");
  EXPECT_EQ(dissection.layers.back().protocol, Protocol::kPayload)
      << "a later fragment has no transport";
}

TEST(Dissect, DescribesNeighborDiscovery) {
  const Bytes message = built([](base::Writer& writer) {
    write_neighbor_advertisement(writer, kPseudo6,
                                 {.target = kSource6, .target_link = {{2, 0, 0, 0, 0, 7}}});
  });
  const std::string fields = fields_of(ipv6(IpProtocol::kIcmpv6, message), Protocol::kIcmpv6);
  EXPECT_EQ(fields.find("type=136\ncode=0\nchecksum=0x"), 0u) << fields;
  EXPECT_NE(fields.find("checksum_status='good'\nrouter='no'\nsolicited='yes'\noverride='yes'\n"
                        "target='2001:db8::1'\noptions='target_link=02:00:00:00:00:07'\n"),
            std::string::npos)
      << fields;
}

TEST(Dissect, APrefixOptionMayBeTooShortOrTooLong) {
  for (const Bytes& option : {Bytes{3, 1, 64, 0, 0, 0, 0, 0}, [] {
                                Bytes wide(32);
                                wide[0] = 3;
                                wide[1] = 4;
                                wide[2] = 129;
                                return wide;
                              }()}) {
    const Bytes message = built([&](base::Writer& writer) {
      write_icmpv6(writer, {.type = Icmpv6Type::kRouterSolicitation}, kPseudo6, option);
    });
    EXPECT_NE(
        fields_of(ipv6(IpProtocol::kIcmpv6, message), Protocol::kIcmpv6).find("options='prefix'\n"),
        std::string::npos);
  }
}

Bytes gtpu_packet(const GtpuFields& fields, const Bytes& payload) {
  const Bytes tunnel = built([&](base::Writer& writer) {
    write_gtpu(writer, fields, payload.size());
    writer.bytes(payload);
  });
  return ipv4(IpProtocol::kUdp, built([&](base::Writer& writer) {
                write_udp(writer, {.source_port = 9, .destination_port = kGtpuPort}, kPseudo,
                          tunnel);
              }));
}

TEST(Dissect, DescribesGtpu) {
  const Bytes container = built([](base::Writer& writer) {
    write_pdu_session_container(
        writer, {.type = PduSessionType::kDownlink, .qfi = 9, .rqi = true, .ppi = 5});
  });
  const std::array<GtpuExtension, 2> extensions{
      {{GtpuExtensionType::kPduSessionContainer, container},
       {static_cast<GtpuExtensionType>(0x20), base::ByteView(container).first(2)}}};
  const Bytes packet =
      gtpu_packet({.teid = 0xabc, .sequence = 7, .npdu = 1, .extensions = extensions}, Bytes(3));
  EXPECT_EQ(fields_of(packet, Protocol::kGtpu),
            "version=1\nmessage_type=255\nmessage='g_pdu'\nlength=19\nteid=0x00000abc\n"
            "sequence=7\nnpdu=1\nextensions='pdu_session_container,32'\npdu_type='downlink'\n"
            "qfi=9\nrqi='yes'\nppi=5\n");
  EXPECT_EQ(fields_of(packet, Protocol::kPayload), "length=3\n");
}

TEST(Dissect, DescribesGtpuElementsOrLeavesThemAsPayload) {
  const Bytes known = built([](base::Writer& writer) {
    write_gtpu_teid(writer, 0x11);
    write_gtpu_peer_address(writer, kSource6);
    writer.bytes(Bytes{133, 0, 1, 0, 255, 0, 0});
  });
  EXPECT_NE(
      fields_of(gtpu_packet({.message = GtpuMessage::kErrorIndication}, known), Protocol::kGtpu)
          .find("elements='teid=0x00000011,peer_address=2001:db8::1,peer_address,255'\n"),
      std::string::npos);
  const Bytes unknown{77, 0};
  const Bytes packet = gtpu_packet({.message = GtpuMessage::kEchoResponse}, unknown);
  EXPECT_EQ(fields_of(packet, Protocol::kGtpu).find("elements"), std::string::npos);
  EXPECT_EQ(fields_of(packet, Protocol::kPayload), "length=2\n");
  EXPECT_FALSE(dissect(packet, LinkType::kRawIp).problem);
}

TEST(Dissect, FollowsIpInIp) {
  const Bytes inner = ipv6(IpProtocol::kNoNextHeader, {});
  const Dissection dissection = dissect(ipv4(IpProtocol::kIpv6, inner), LinkType::kRawIp);
  ASSERT_EQ(dissection.layers.size(), 2u);
  EXPECT_EQ(dissection.layers[1].protocol, Protocol::kIpv6);
  EXPECT_FALSE(dissection.problem);
}

TEST(Dissect, WhatCannotBeReadIsPayloadWithAReason) {
  Bytes packet = ipv4(IpProtocol::kTcp, syn());
  packet[32] = 0x20;  // a TCP header of eight bytes
  const Dissection dissection = dissect(packet, LinkType::kRawIp);
  ASSERT_EQ(dissection.layers.size(), 2u);
  EXPECT_EQ(dissection.layers[1].protocol, Protocol::kPayload);
  EXPECT_EQ(dissection.layers[1].offset, 20u);
  EXPECT_EQ(dissection.layers[1].length, 40u);
  ASSERT_TRUE(dissection.problem);
  EXPECT_EQ(dissection.problem->reason, Malformed::kBadHeaderLength);
  EXPECT_EQ(dissection.problem->where, Protocol::kTcp);
  EXPECT_EQ(dissection.problem->offset, 20u);
}

// The layers' names, and the problem: "ipv4,payload: bad-option at 20".
std::string shape_of(const Dissection& dissection) {
  std::string shape;
  for (const Layer& layer : dissection.layers) {
    shape += base::cat(shape.empty() ? "" : ",", name_of(layer.protocol));
  }
  if (const auto& problem = dissection.problem) {
    shape += base::cat(": ", problem->cut ? "cut " : "", name_of(problem->reason), " in ",
                       name_of(problem->where), " at ", problem->offset);
  }
  return shape;
}

TEST(Dissect, WhatIsWrongInAHeaderDoesNotHideIt) {
  const auto shape_with = [](Bytes packet, std::size_t at, std::uint8_t value) {
    packet[at] = value;
    return shape_of(dissect(packet, LinkType::kRawIp));
  };
  const Bytes packet = ipv4(IpProtocol::kTcp, syn());
  EXPECT_EQ(shape_with(packet, 3, 61), "ipv4,payload: bad-total-length in ipv4 at 2");
  EXPECT_EQ(shape_with(packet, 3, 19), "ipv4,payload: bad-total-length in ipv4 at 2");
  EXPECT_EQ(shape_with(packet, 41, 9), "ipv4,tcp: bad-option in tcp at 40") << "the MSS's length";

  Bytes with_options(24);
  with_options[0] = 0x46;
  with_options[3] = 24;
  with_options[20] = 1;    // padding
  with_options[21] = 148;  // router alert
  with_options[22] = 1;    // of one byte
  EXPECT_EQ(shape_of(dissect(with_options, LinkType::kRawIp)), "ipv4: bad-option in ipv4 at 21");

  const Bytes packet6 = ipv6(IpProtocol::kHopByHop, Bytes{59, 0, 0xc2, 4, 0, 1, 0, 0});
  EXPECT_EQ(shape_with(packet6, 5, 0), "ipv6,payload: bad-total-length in ipv6 at 4")
      << "a jumbogram";
  EXPECT_EQ(shape_with(packet6, 5, 9), "ipv6,payload: bad-total-length in ipv6 at 4");
}

TEST(Dissect, ShowsWhatTheCaptureKept) {
  const Bytes packet = ipv4(IpProtocol::kTcp, syn());
  const auto shape_of_first = [&](std::size_t kept, std::size_t length_on_wire) {
    return shape_of(dissect(base::ByteView(packet).first(kept), LinkType::kRawIp, length_on_wire));
  };
  EXPECT_EQ(shape_of_first(60, 60), "ipv4,tcp");
  EXPECT_EQ(shape_of_first(50, 60), "ipv4,tcp,payload: cut truncated in tcp at 50");
  EXPECT_EQ(shape_of_first(30, 60), "ipv4,payload: cut truncated in tcp at 30");
  EXPECT_EQ(shape_of_first(20, 60), "ipv4: cut truncated in tcp at 20");
  EXPECT_EQ(shape_of_first(10, 60), "payload: cut truncated in ipv4 at 10");
  EXPECT_EQ(shape_of_first(50, 59), "ipv4,payload: bad-total-length in ipv4 at 2")
      << "the cut explains 59 bytes, not 60";
}

TEST(Dissect, DoesNotJudgeTheChecksumOfWhatWasCut) {
  const Bytes datagram = built([](base::Writer& writer) {
    write_udp(writer, {.source_port = 1, .destination_port = 2}, kPseudo, Bytes(16));
  });
  const Bytes packet = ipv4(IpProtocol::kUdp, datagram);
  const auto kept = base::ByteView(packet).first(packet.size() - 1);
  const Dissection dissection = dissect(kept, LinkType::kRawIp, packet.size());
  EXPECT_EQ(shape_of(dissection), "ipv4,udp,payload");
  LineSink sink;
  describe_fields(kept, dissection, 0, sink);
  EXPECT_NE(sink.lines.find("checksum_status='good'"), std::string::npos) << sink.lines;
  describe_fields(kept, dissection, 1, sink);
  EXPECT_NE(sink.lines.find("checksum_status='unverified'"), std::string::npos) << sink.lines;
}

TEST(Dissect, IcmpOfTheOtherVersionIsPayload) {
  const Bytes message(8);
  EXPECT_EQ(dissect(ipv4(IpProtocol::kIcmpv6, message), LinkType::kRawIp).layers[1].protocol,
            Protocol::kPayload);
  EXPECT_EQ(dissect(ipv6(IpProtocol::kIcmpv4, message), LinkType::kRawIp).layers[1].protocol,
            Protocol::kPayload);
}

TEST(DissectDeathTest, ADissectionOfAnotherPacketIsAProgrammersError) {
  const Bytes packet = ipv4(IpProtocol::kTcp, syn());
  const Dissection dissection = dissect(packet, LinkType::kRawIp);
  LineSink sink;
  EXPECT_DEATH(describe_fields(base::ByteView(packet).first(30), dissection, 1, sink),
               "made from this packet");
}

}  // namespace
}  // namespace superfluid::net
