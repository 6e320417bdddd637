// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "elements/testing.h"
#include "net/icmp.h"
#include "net/ipv4.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using Bytes = std::vector<std::uint8_t>;

constexpr net::Ipv4Address kA{{192, 0, 2, 1}};
constexpr net::Ipv4Address kB{{192, 0, 2, 2}};

net::Ipv4Fields fields_of(net::IpProtocol protocol) {
  return {.identification = 7, .protocol = protocol, .source = kA, .destination = kB};
}

Sample datagram(const net::Ipv4Fields& fields, const Bytes& payload) {
  Bytes bytes(20 + payload.size());
  base::Writer writer(bytes);
  net::write_ipv4(writer, fields, payload.size());
  writer.bytes(payload);
  Sample sample(std::move(bytes));
  sample.network = 0;
  return sample;
}

Sample datagram(net::IpProtocol protocol, const Bytes& payload) {
  return datagram(fields_of(protocol), payload);
}

// Ports 10 and 20, sequence 1000, acknowledgment 2000, window 512.
Bytes tcp(std::uint8_t flags, std::string_view data = "") {
  Bytes bytes = {0, 10, 0, 20, 0, 0, 3, 0xe8, 0, 0, 7, 0xd0, 0x50, flags, 2, 0, 0, 0, 0, 0};
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string printed(std::string_view arguments, Sample sample) {
  TestGraph graph(base::cat("in :: Inject -> IPPrint(", arguments, ") -> out :: Capture"));
  EXPECT_EQ(graph.problems(), "");
  graph.send("in", {sample});
  EXPECT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.held(), 0U);
  return graph.errors();
}

std::string brief(Sample sample) { return printed("TIMESTAMP false", std::move(sample)); }

constexpr std::string_view kHosts = "192.0.2.1 > 192.0.2.2: ";
constexpr std::string_view kPorts = "192.0.2.1.10 > 192.0.2.2.20: ";

std::string line(std::string_view hosts, std::string_view rest) {
  return base::cat(hosts, rest, "\n");
}

TEST(IPPrint, DescribesTcp) {
  constexpr auto kTcp = net::IpProtocol::kTcp;
  EXPECT_EQ(brief(datagram(kTcp, tcp(0x02))), line(kPorts, "S 1000:1001(1,40,40) win 512"));
  EXPECT_EQ(brief(datagram(kTcp, tcp(0x12))),
            line(kPorts, "S 1000:1001(1,40,40) ack 2000 win 512"));
  EXPECT_EQ(brief(datagram(kTcp, tcp(0x10, "hello"))),
            line(kPorts, ". 1000:1005(5,45,45) ack 2000 win 512"));
  EXPECT_EQ(brief(datagram(kTcp, tcp(0x0f))), line(kPorts, "SFRP 1000:1002(2,40,40) win 512"));
  Bytes bytes = tcp(0x02);
  bytes.resize(15);
  EXPECT_EQ(brief(datagram(kTcp, bytes)), line(kPorts, "S 1000:996(-4,35,35)truncated-tcp"));
  bytes.resize(13);
  EXPECT_EQ(brief(datagram(kTcp, bytes)), line(kPorts, "truncated-tcp"));
  bytes.resize(3);
  EXPECT_EQ(brief(datagram(kTcp, bytes)), line(kHosts, "truncated-tcp"));
}

TEST(IPPrint, DescribesUdpFragmentsAndOthers) {
  constexpr auto kUdp = net::IpProtocol::kUdp;
  const Bytes udp = {0, 10, 0, 20, 0, 8, 0, 0};
  EXPECT_EQ(brief(datagram(kUdp, udp)), line(kPorts, "udp 8"));
  EXPECT_EQ(brief(datagram(kUdp, {0, 10, 0, 20, 0})), line(kPorts, "truncated-udp"));
  EXPECT_EQ(brief(datagram(kUdp, {0, 10})), line(kHosts, "truncated-udp"));
  net::Ipv4Fields fields = fields_of(kUdp);
  fields.more_fragments = true;
  EXPECT_EQ(brief(datagram(fields, udp)), line(kPorts, "udp 8 (frag 7:8@0+)"));
  fields.fragment_offset = 24;
  fields.more_fragments = false;
  EXPECT_EQ(brief(datagram(fields, udp)), line(kHosts, "udp (frag 7:8@24)"));
  fields.protocol = net::IpProtocol::kTcp;
  EXPECT_EQ(brief(datagram(fields, udp)), line(kHosts, "tcp (frag 7:8@24)"));
  fields.protocol = net::IpProtocol::kIcmpv4;
  EXPECT_EQ(brief(datagram(fields, udp)), line(kHosts, "icmp (frag 7:8@24)"));
  EXPECT_EQ(brief(datagram(static_cast<net::IpProtocol>(50), {})), line(kHosts, "ip-proto-50"));
}

Bytes unreachable(std::uint8_t code, std::size_t quoted_bytes = 28) {
  net::Ipv4Fields inner = fields_of(net::IpProtocol::kUdp);
  inner.destination = {{198, 51, 100, 3}};
  Sample quoted = datagram(inner, {0, 10, 0, 20, 0, 8, 0, 0});
  Bytes bytes = {3, code, 0, 0, 0, 0, 5, 0x78};
  bytes.insert(bytes.end(), quoted.bytes.begin(),
               quoted.bytes.begin() + static_cast<std::ptrdiff_t>(quoted_bytes));
  return bytes;
}

TEST(IPPrint, DescribesIcmp) {
  const auto icmp = [](const Bytes& bytes) {
    std::string text = brief(datagram(net::IpProtocol::kIcmpv4, bytes));
    EXPECT_TRUE(text.starts_with(kHosts)) << text;
    return text.substr(kHosts.size(), text.size() - kHosts.size() - 1);
  };
  EXPECT_EQ(icmp({8, 0, 0, 0, 1, 2, 0, 9}), "icmp echo (258, 9)");
  EXPECT_EQ(icmp({0, 0, 0, 0, 1, 2, 0, 9}), "icmp echo-reply (258, 9)");
  EXPECT_EQ(icmp({8, 0, 0, 0, 1, 2, 0}), "icmp echo truncated-icmp");
  EXPECT_EQ(icmp({8}), "truncated-icmp");
  EXPECT_EQ(icmp({11, 1}), "icmp timeexceeded reassembly");
  EXPECT_EQ(icmp({11, 9}), "icmp timeexceeded code 9");
  EXPECT_EQ(icmp({99, 0}), "icmp type 99");
  EXPECT_EQ(icmp(unreachable(0)), "icmp 198.51.100.3 unreachable net");
  EXPECT_EQ(icmp(unreachable(2)), "icmp 198.51.100.3 unreachable protocol udp");
  EXPECT_EQ(icmp(unreachable(3)), "icmp 198.51.100.3 unreachable port udp/20");
  EXPECT_EQ(icmp(unreachable(4)), "icmp 198.51.100.3 unreachable needfrag (mtu 1400)");
  EXPECT_EQ(icmp(unreachable(77)), "icmp 198.51.100.3 unreachable code 77");
  EXPECT_EQ(icmp(unreachable(3, 23)), "icmp 198.51.100.3 unreachable port udptruncated-icmp");
  EXPECT_EQ(icmp(unreachable(3, 19)), "icmp unreachable port truncated-icmp");
  EXPECT_EQ(printed("TIMESTAMP false, SWAP false",
                    datagram(net::IpProtocol::kIcmpv4, {8, 0, 0, 0, 1, 2, 0, 9})),
            line(kHosts, "icmp echo (513, 2304)"));
}

TEST(IPPrint, ShowsWhatIsAskedFor) {
  net::Ipv4Fields fields = fields_of(net::IpProtocol::kUdp);
  fields.ttl = 9;
  fields.dscp = 1;
  Sample sample = datagram(fields, {0, 10, 0, 20, 0, 8, 0, 0});
  sample.notes.timestamp = base::milliseconds(1500);
  sample.notes.paint = 3;
  sample.notes.aggregate = 77;
  EXPECT_EQ(printed("in, ID true, TTL true, TOS true, LENGTH true", sample),
            line("in: 1.500000: id 7 ttl 9 tos 4 length 28 ",
                 line(kPorts, "udp 8").substr(0, kPorts.size() + 5)));
  EXPECT_EQ(printed("TIMESTAMP false, PAINT true", sample),
            base::cat("paint 3: ", kPorts, "udp 8\n"));
  EXPECT_EQ(printed("TIMESTAMP false, PAINT true, AGGREGATE true", sample),
            base::cat("#77.3: ", kPorts, "udp 8\n"));
  EXPECT_EQ(printed("ACTIVE false", sample), "");
  Sample cut = sample;
  cut.bytes.resize(19);
  EXPECT_EQ(brief(cut), "truncated-ip\n");
  cut.network = std::nullopt;
  EXPECT_EQ(brief(cut), "");
}

TEST(IPPrint, ShowsContents) {
  Bytes udp = {0, 10, 0, 20, 0, 8, 0, 0};
  const std::string_view text = "Nothing here but fifty bytes of text, and one: \x01\x02!";
  udp.insert(udp.end(), text.begin(), text.end());
  const Sample sample = datagram(net::IpProtocol::kUdp, udp);
  const std::string head = base::cat(kPorts, "udp 8");
  EXPECT_EQ(printed("TIMESTAMP false, PAYLOAD ascii", sample),
            head + "\n  Nothing  here but  fifty b ytes of  text, an d one: .\n  .!\n");
  EXPECT_EQ(printed("TIMESTAMP false, CONTENTS hex, MAXLENGTH 26", sample),
            head + "\n  4500004e 00070000 4011f694 c0000201 c0000202 000a0014\n  0008\n");
  EXPECT_EQ(printed("TIMESTAMP false, PAYLOAD true, NBYTES 5", sample), head + "\n  4e6f7468 69\n");
  EXPECT_EQ(
      printed("TIMESTAMP false, PAYLOAD hex", datagram(net::IpProtocol::kTcp, tcp(0x10, "ab"))),
      base::cat(kPorts, ". 1000:1002(2,42,42) ack 2000 win 512\n  6162\n"));
}

TEST(IPPrint, RefusesWrongArguments) {
  const auto problem = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> p :: IPPrint(", arguments, ") -> Discard")).problems();
  };
  const std::string where = "t:1:9: While configuring 'p :: IPPrint':\n  ";
  EXPECT_EQ(problem("CONTENTS much"),
            where + "bad contents value 'much'; should be 'NONE', 'HEX', or 'ASCII'\n");
  EXPECT_EQ(problem("PAYLOAD much"),
            where + "bad payload value 'much'; should be 'false', 'hex', or 'ascii'\n");
  EXPECT_EQ(problem("PAYLOAD hex, CONTENTS hex"),
            where + "specify at most one of PAYLOAD and CONTENTS\n");
}

// Whatever the bytes, there is a line for each packet.
TEST(IPPrint, TakesAnyBytes) {
  TestGraph graph(
      "in :: Inject -> IPPrint(PAYLOAD ascii) -> p :: IPPrint(CONTENTS hex, MAXLENGTH -1)"
      " -> Discard");
  rc::check([&](const Bytes& bytes, std::uint8_t protocol) {
    Sample sample(bytes);
    if (sample.bytes.size() > 9 && protocol < 60) {
      constexpr std::uint8_t kKnown[] = {1, 6, 17};
      sample.bytes[0] = 0x45;
      sample.bytes[9] = kKnown[protocol % 3];
    }
    sample.network = 0;
    graph.send("in", {sample});
    const std::string text = graph.errors();
    RC_ASSERT(text.starts_with("0.000000: ") && text.ends_with("\n"));
  });
}

}  // namespace
}  // namespace superfluid::elements
