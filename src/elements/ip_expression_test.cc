// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_expression.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace superfluid::elements {
namespace {

// A packet of one IPv4 header of 20 bytes and a transport, with everything settable.
struct Bytes {
  std::vector<std::uint8_t> ip = std::vector<std::uint8_t>(20);
  std::vector<std::uint8_t> transport = std::vector<std::uint8_t>(20);
  std::vector<std::uint8_t> ether;

  Bytes() {
    ip[0] = 0x45;
    ip[8] = 64;
    protocol(6).source(192, 0, 2, 1).destination(192, 0, 2, 2).ports(1000, 80);
  }
  Bytes& protocol(std::uint8_t number) { return set(9, number); }
  Bytes& set(std::size_t at, std::uint8_t value) {
    ip[at] = value;
    return *this;
  }
  Bytes& source(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return set(12, a).set(13, b).set(14, c).set(15, d);
  }
  Bytes& destination(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return set(16, a).set(17, b).set(18, c).set(19, d);
  }
  Bytes& ports(unsigned from, unsigned to) {
    return at(0, from >> 8).at(1, from & 0xff).at(2, to >> 8).at(3, to & 0xff);
  }
  Bytes& at(std::size_t where, unsigned value) {
    transport[where] = static_cast<std::uint8_t>(value);
    return *this;
  }
  Bytes& cut(std::size_t length) {
    transport.resize(length);
    return *this;
  }

  HeaderBytes view() const {
    HeaderBytes bytes{};
    const auto note = [&](HeaderBase base, const std::vector<std::uint8_t>& from) {
      bytes.at[static_cast<std::size_t>(base)] = from.data();
      bytes.length[static_cast<std::size_t>(base)] = static_cast<std::uint32_t>(from.size());
    };
    note(HeaderBase::kNetwork, ip);
    note(HeaderBase::kTransport, transport);
    note(HeaderBase::kLink, ether);
    return bytes;
  }
};

bool matches(std::string_view pattern, const Bytes& packet) {
  Remarks remarks;
  const auto expression = parse_ip_expression(split_expression(pattern), remarks);
  EXPECT_TRUE(expression) << pattern << ": "
                          << (remarks.errors.empty() ? "" : remarks.errors.front());
  return expression && evaluate(*expression, packet.view());
}

std::string problems(std::string_view pattern) {
  Remarks remarks;
  const auto expression = parse_ip_expression(split_expression(pattern), remarks);
  EXPECT_EQ(expression.has_value(), remarks.errors.empty()) << pattern;
  std::string all;
  for (const std::string& error : remarks.errors) {
    all += base::cat(all.empty() ? "" : "; ", error);
  }
  for (const std::string& warning : remarks.warnings) {
    all += base::cat(all.empty() ? "" : "; ", "warning: ", warning);
  }
  return all;
}

TEST(IpExpression, SplitsWords) {
  EXPECT_EQ(split_expression("a&&b||!c >=1 tcp[1:2]&3==4?x : 0:1:2"),
            (std::vector<std::string>{"a", "&&", "b", "||", "!", "c", ">=", "1", "tcp",  "[", "1:2",
                                      "]", "&",  "3", "==", "4", "?", "x",  ":", "0:1:2"}));
  EXPECT_EQ(split_expression(" \t"), std::vector<std::string>{});
}

TEST(IpExpression, Hosts) {
  const Bytes packet;
  EXPECT_TRUE(matches("src 192.0.2.1", packet));
  EXPECT_FALSE(matches("dst 192.0.2.1", packet));
  EXPECT_TRUE(matches("host 192.0.2.1", packet));
  EXPECT_TRUE(matches("192.0.2.2", packet));
  EXPECT_TRUE(matches("src or dst host 192.0.2.2", packet));
  EXPECT_FALSE(matches("src and dst host 192.0.2.2", packet));
  EXPECT_TRUE(matches("src host != 192.0.2.2", packet));
  // Neither side has it; not both sides have it.
  EXPECT_FALSE(matches("src or dst host != 192.0.2.2", packet));
  EXPECT_TRUE(matches("src and dst host != 192.0.2.2", packet));
  EXPECT_TRUE(matches("ip host 192.0.2.1", packet));
  EXPECT_TRUE(matches("src 10.0.0.1 or 192.0.2.1", packet));
  EXPECT_FALSE(matches("src 10.0.0.1 or 192.0.2.2", packet));
}

TEST(IpExpression, Nets) {
  const Bytes packet;
  EXPECT_TRUE(matches("src net 192.0.2.0/24", packet));
  EXPECT_TRUE(matches("192/8", packet));
  EXPECT_TRUE(matches("dst net 192.0.2.7 mask 255.255.255.0", packet));
  EXPECT_TRUE(matches("src 192.0.2.0/255.255.255.0", packet));
  EXPECT_FALSE(matches("net 192.0.3.0/24", packet));
  EXPECT_TRUE(matches("0.0.0.0/0", packet));
  EXPECT_TRUE(matches("src & 255.0.0.0 = 192.0.0.0", packet));
  EXPECT_TRUE(matches("src & 0xff == 0.0.0.1", packet));
}

TEST(IpExpression, ProtocolsAndPorts) {
  Bytes tcp;
  Bytes udp;
  udp.protocol(17).ports(53, 5353);
  Bytes icmp;
  icmp.protocol(1).at(0, 8);
  EXPECT_TRUE(matches("tcp", tcp));
  EXPECT_TRUE(matches("ip proto 6", tcp));
  EXPECT_TRUE(matches("proto udp", udp));
  EXPECT_TRUE(matches("proto != tcp", udp));
  EXPECT_TRUE(matches("tcpudp", udp));
  EXPECT_FALSE(matches("tcpudp", icmp));
  EXPECT_TRUE(matches("tcp or icmp", icmp));
  EXPECT_TRUE(matches("dst port 80", tcp));
  EXPECT_TRUE(matches("dst port www", tcp));
  EXPECT_TRUE(matches("www", tcp));
  EXPECT_TRUE(matches("dst tcp port 79 or 80", tcp));
  EXPECT_TRUE(matches("src port domain", udp));
  EXPECT_FALSE(matches("dst udp port 80", tcp));
  EXPECT_TRUE(matches("src port > 999 and dst port < 81", tcp));
  EXPECT_FALSE(matches("src port > 1000", tcp));
  EXPECT_TRUE(matches("src port >= 1000", tcp));
  EXPECT_TRUE(matches("src port <= 1000", tcp));
  EXPECT_FALSE(matches("src port < 1000", tcp));
  EXPECT_TRUE(matches("dst port & 0xf0 == 0x50", tcp));
  // About TCP only, against about all packets.
  EXPECT_FALSE(matches("tcp port != 5", udp));
  EXPECT_TRUE(matches("not tcp port 5", udp));
  EXPECT_TRUE(matches("tcp port != 5", tcp));
}

TEST(IpExpression, TransportFieldsHoldForFirstFragmentsOnly) {
  Bytes later;
  later.set(7, 1);
  EXPECT_FALSE(matches("dst port 80", later));
  EXPECT_TRUE(matches("not dst port 80", later));
  EXPECT_FALSE(matches("tcp[2:2] == 80", later));
  EXPECT_TRUE(matches("ip frag", later));
  EXPECT_FALSE(matches("unfrag", later));
  Bytes first;
  first.set(6, 0x20);
  EXPECT_TRUE(matches("dst port 80", first));
  EXPECT_TRUE(matches("ip frag", first));
  Bytes whole;
  whole.set(6, 0x40);
  EXPECT_TRUE(matches("ip unfrag", whole));
}

TEST(IpExpression, MissingBytesMatchNothing) {
  Bytes one;
  one.cut(1).at(0, 0);
  EXPECT_FALSE(matches("transp[1]&128==0", one));
  EXPECT_FALSE(matches("transp[1]&128!=0", one));
  EXPECT_TRUE(matches("not (transp[1]&128==0)", one));
  EXPECT_TRUE(matches("transp[0]&128==0", one));
  EXPECT_FALSE(matches("src port < 60000", one));
  Bytes short_header;
  short_header.ip.resize(19);
  EXPECT_FALSE(matches("ip[19]&128==0", short_header));
  EXPECT_TRUE(matches("ip[18]&128==0", short_header));
}

TEST(IpExpression, FlagsTypesAndFields) {
  Bytes syn;
  syn.at(13, 0x02).at(14, 0x12).at(15, 0x34);
  EXPECT_TRUE(matches("syn", syn));
  EXPECT_TRUE(matches("tcp opt syn", syn));
  EXPECT_FALSE(matches("syn ack", syn));
  EXPECT_TRUE(matches("syn and not ack", syn));
  EXPECT_TRUE(matches("tcp win 0x1234", syn));
  EXPECT_TRUE(matches("tcp win >= 0x1234", syn));
  EXPECT_TRUE(matches("tcp[14:2] = 0x1234", syn));
  EXPECT_TRUE(matches("tcp[14,15] = 0x1234", syn));
  Bytes icmp;
  icmp.protocol(1).at(0, 8);
  EXPECT_TRUE(matches("icmp type echo", icmp));
  EXPECT_TRUE(matches("icmp type 8", icmp));
  EXPECT_TRUE(matches("icmp type != 0", icmp));
  EXPECT_FALSE(matches("icmp type != 0", syn));
  EXPECT_TRUE(matches("icmp type echo-reply or 8", icmp));
  Bytes marked;
  marked.set(1, 10 << 2 | 3).set(2, 1).set(3, 0).set(4, 0x12).set(5, 0x34).set(8, 9);
  EXPECT_TRUE(matches("ip dscp 10 and ip tos 43 and ip ce and ip ect", marked));
  EXPECT_TRUE(matches("ip ect 3", marked));
  EXPECT_FALSE(matches("ip ce", syn));
  EXPECT_TRUE(matches("ip ttl 9 ip len 256 ip id 0x1234", marked));
  EXPECT_TRUE(matches("ip vers 4 && ip hl 5", marked));
  EXPECT_TRUE(matches("ip hl > 4 && ip dscp <= 10", marked));
  EXPECT_FALSE(matches("ip dscp < 10", marked));
}

TEST(IpExpression, EthernetAddresses) {
  Bytes packet;
  packet.ether = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0, 1, 2, 3, 4, 5, 8, 0};
  EXPECT_TRUE(matches("src 0:1:2:3:4:5", packet));
  EXPECT_TRUE(matches("ether dst 10:20:30:40:50:60", packet));
  EXPECT_TRUE(matches("ether host 0:1:2:3:4:5", packet));
  EXPECT_FALSE(matches("ether dst 0:1:2:3:4:5", packet));
  EXPECT_TRUE(matches("ether dst host != 0:1:2:3:4:5", packet));
  EXPECT_FALSE(matches("ether host 0:1:2:3:4:5", Bytes()));
}

TEST(IpExpression, OperatorsCombine) {
  const Bytes packet;
  EXPECT_TRUE(matches("true", packet));
  EXPECT_FALSE(matches("false", packet));
  EXPECT_TRUE(matches("-", packet));
  EXPECT_TRUE(matches("all", packet));
  EXPECT_TRUE(matches("any", packet));
  EXPECT_TRUE(matches("", packet));
  EXPECT_TRUE(matches("false or true and true", packet));
  EXPECT_FALSE(matches("(false or true) and false", packet));
  EXPECT_TRUE(matches("!false && !(false || false)", packet));
  EXPECT_TRUE(matches("not not true", packet));
  EXPECT_TRUE(matches("tcp ? true : false", packet));
  EXPECT_FALSE(matches("udp ? true : false", packet));
  EXPECT_TRUE(matches("udp ? false : tcp ? true : false", packet));
  EXPECT_TRUE(matches("src port 1000 dst port 80", packet));
  EXPECT_TRUE(matches("(proto tcp and !(syn and !ack)) or (tcpudp port >= 1024)", packet));
}

TEST(IpExpression, SaysWhatIsWrong) {
  EXPECT_EQ(problems("src"), "partial directive");
  EXPECT_EQ(problems("port"), "'port': value missing");
  EXPECT_EQ(problems("17"), "specify header field or 'port'");
  EXPECT_EQ(problems("host tcp"), "'ip host': address missing");
  EXPECT_EQ(problems("net 10.0.0.1"), "'ip net': address missing");
  EXPECT_EQ(problems("port 65536"), "'port': out of range, bound 65535");
  EXPECT_EQ(problems("ip ttl 256"), "'ip ttl': out of range, bound 255");
  EXPECT_EQ(problems("echo"),
            "'echo' is ambiguous; try 'tcp port echo', 'udp port echo', 'icmp type echo'");
  EXPECT_EQ(problems("tcp opt echo"),
            "'echo' is meaningless; try 'tcp port echo', 'udp port echo', 'icmp type echo'");
  EXPECT_EQ(problems("icmp port 80"), "'port': bad protocol 1");
  EXPECT_EQ(problems("tcp udp"), "transport protocol specified twice");
  EXPECT_EQ(problems("src dst 10.0.0.1"), "'src' or 'dst' specified twice");
  EXPECT_EQ(problems("port net 10.0.0.0/8"), "type specified twice");
  EXPECT_EQ(problems("(tcp"), "missing ')'");
  EXPECT_EQ(problems("tcp)"), "garbage after expression at ')'");
  EXPECT_EQ(problems("tcp and"), "missing expression");
  EXPECT_EQ(problems("not"), "missing expression after 'not'");
  EXPECT_EQ(problems("tcp ? udp"), "missing ':' in ternary expression; missing expression");
  EXPECT_EQ(problems("ip[1:5] 3"), "LEN in '[POS:LEN]' out of range, should be between 1 and 4");
  EXPECT_EQ(problems("ip[3:2] 3"), "field [3:2] does not fit in a single word");
  EXPECT_EQ(problems("ip[x] 3"), "syntax error after '[', expected '[POS]' or '[POS:LEN]'");
  EXPECT_EQ(problems("src port & 0 == 3"), "zero mask ignored");
  EXPECT_EQ(problems("src port & 0x10000 == 3"), "'src port': mask out of range, bound 0xffff");
  EXPECT_EQ(problems("src host > 10.0.0.1"), "'src ip host': operator not supported");
  EXPECT_EQ(problems("src port > nothing"),
            "dangling operator near 'nothing'; 'src port': value missing; "
            "empty term near 'nothing'; garbage after expression at 'nothing'");
  EXPECT_EQ(problems("nothing"),
            "empty term near 'nothing'; missing expression; "
            "garbage after expression at 'nothing'");
  EXPECT_EQ(problems("ether port 80"), "'port': ip only");
  EXPECT_EQ(problems(std::string(1000, '(')), "expression is nested too deeply");
  EXPECT_EQ(problems(std::string(1000, '!')), "expression is nested too deeply");
}

TEST(IpExpression, WarnsOfWhatCannotVary) {
  EXPECT_EQ(problems("ip ttl >= 0"), "warning: relation '>= 0' is always true (range 0-255)");
  EXPECT_EQ(problems("ip ttl > 255"), "warning: relation '> 255' is always false (range 0-255)");
  EXPECT_EQ(problems("src tcp"), "warning: 'src proto': 'src' or 'dst' ignored");
  EXPECT_TRUE(matches("ip ttl >= 0", Bytes()));
  EXPECT_FALSE(matches("ip ttl < 0", Bytes()));
  EXPECT_TRUE(matches("ip ttl <= 300", Bytes()));
}

}  // namespace
}  // namespace superfluid::elements
