// SPDX-License-Identifier: Apache-2.0
// FromIPSummaryDump and ToIPSummaryDump, mostly against each other.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "hostgraph/summary_fields.h"
#include "hostgraph/testing.h"
#include "net/checksum.h"
#include "os/files.h"
#include "support/temporary_directory.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using testing::HostedGraph;

// The lines that come out when `lines` go in.
std::string through(std::string_view lines, std::string_view fields,
                    std::string_view options = "") {
  HostedGraph graph(cat("FromIPSummaryDump(STOP true, DATA \"", lines, "\"", options,
                        ") -> ToIPSummaryDump(-, HEADER false, FIELDS ", fields, ")"));
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.err.text, "");
  EXPECT_EQ(graph.router->pool().in_use(), 0u);
  return graph.out.text;
}

TEST(SummaryDumpTest, WhatGoesInComesOut) {
  const std::string fields =
      "timestamp link aggregate src dst ip_tos ip_ttl ip_frag ip_id ip_sum proto sport dport";
  const std::string line =
      "1.500000 3 77 1.0.0.1 2.0.0.2 16 64 ! 4660 99 U 53 1024\n"
      "2.000000001 0 0 10.0.0.1 10.0.0.2 0 1 . 0 0 T 0 65535\n"
      "3.000000 255 1 10.0.0.1 10.0.0.2 0 255 f 1 2 I - -\n"
      "4.000000 1 1 10.0.0.1 10.0.0.2 0 100 . 0 0 50 - -\n";
  EXPECT_EQ(through(cat("!data ", fields, "\n", line), fields), line);
}

TEST(SummaryDumpTest, TransportFields) {
  const std::string tcp =
      "sport dport tcp_seq tcp_ack tcp_off tcp_flags tcp_window tcp_urp payload";
  const std::string line = "1 2 4294967295 3 24 SA 512 9 \"ab\"\n5 6 0 0 20 . 0 0 \"\"\n";
  EXPECT_EQ(
      through(cat("!data ", tcp, "\n1 2 4294967295 3 24 SA 512 9 ab\n5 6 0 0 20 . 0 0 -\n"), tcp),
      line);
  const std::string icmp = "proto icmp_type icmp_code icmp_type_name icmp_flowid icmp_seq";
  EXPECT_EQ(through(cat("!data ", icmp, "\nI 8 0 - 7 9\nI 3 1 - - -\nU 8 0 - 7 9\n"), icmp),
            "I 8 0 echo 7 9\nI 3 1 unreachable - -\nU - - - - -\n");
  EXPECT_EQ(through("!proto icmp\n!data src\n1.0.0.1\n", "src proto"), "1.0.0.1 I\n");
  EXPECT_EQ(through("!data src proto\n1.0.0.1 gre\n", "src proto"), "1.0.0.1 47\n");
  EXPECT_EQ(through("!proto U\n!data payload\nabc\n", "udp_len payload ip_len payload_len"),
            "11 \"abc\" 31 3\n");
}

TEST(SummaryDumpTest, Options) {
  const std::string fields = "src ip_hl ip_opt tcp_off tcp_opt payload";
  const std::string read =
      "1.0.0.1 20 rr{1.0.0.2} - . -\n1.0.0.1 - ssrr{1.0.0.2^} - mss1400 ab\n"
      "1.0.0.1 - . 36 sackok;ts1:2 -\n";
  EXPECT_EQ(through(cat("!data ", fields, "\n", read), fields),
            "1.0.0.1 28 rr{1.0.0.2} 20 . \"\"\n1.0.0.1 28 ssrr{1.0.0.2^} 24 mss1400 \"ab\"\n"
            "1.0.0.1 20 . 36 sackok;ts1:2 \"\"\n");
  EXPECT_EQ(through("!data tcp_opt\nmss1;ts1:2;sack1-2\n", "tcp_ntopt tcp_sack"),
            "mss1;sack1-2 sack1-2\n");
  EXPECT_EQ(through("!data proto\nU\n", "ip_opt tcp_opt"), ". -\n");
}

// The digest of "abc" is among the examples of RFC 1321.
TEST(SummaryDumpTest, DigestsAndCounts) {
  EXPECT_EQ(
      through("!proto U\n!data ts payload\n7.000001 abc\n", "payload_md5_hex ts_usec1 usec1 count"),
      "900150983cd24fb0d6963f7d28e17f72 7000001 7000001 1\n");
}

TEST(SummaryDumpTest, LinkAddresses) {
  HostedGraph graph(
      "FromIPSummaryDump(STOP true, DATA \"!data src\n1.0.0.1\n\")"
      "-> plain :: ToIPSummaryDump(-, HEADER false, FIELDS eth_src)"
      "-> EtherEncap(0x88b5, 2:0:0:0:0:a, 2:0:0:0:0:b) -> MarkMACHeader -> Strip(14)"
      "-> ToIPSummaryDump(-, HEADER false, FIELDS eth_dst eth_src ether_type)");
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "-\n02-00-00-00-00-0B 02-00-00-00-00-0A 88B5\n");
}

TEST(SummaryDumpTest, BadPacketsAreTold) {
  HostedGraph graph(
      "FromIPSummaryDump(STOP true, DATA \"!data proto ip_len ip_opt\nT 40 .\nT 36 .\nU 27 .\n"
      "I 28 .\n\") -> ToIPSummaryDump(-, HEADER false, BAD_PACKETS true, FIELDS proto)");
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text,
            "T\n!bad truncated TCP header capture\nT\n!bad truncated UDP header capture\nU\nI\n");
}

TEST(SummaryDumpTest, FragmentsHaveNoPorts) {
  EXPECT_EQ(through("!data src sport ip_fragoff\n1.0.0.1 5 0+\n1.0.0.1 5 16!\n1.0.0.1 5 0\n",
                    "src sport ip_fragoff"),
            "1.0.0.1 5 0+\n1.0.0.1 - 16!\n1.0.0.1 5 0\n");
}

TEST(SummaryDumpTest, LinesBeforePacketsCount) {
  EXPECT_EQ(
      through("!flowid 1.0.0.1 5 2.0.0.2 6 U\n!aggregate 4\n# a comment\n!data link\n1\n\n2\n",
              "src sport dst dport proto aggregate link"),
      "1.0.0.1 5 2.0.0.2 6 U 4 1\n1.0.0.1 5 2.0.0.2 6 U 4 2\n");
  EXPECT_EQ(through("1.0.0.1\n", "src proto", ", FIELDS src, PROTO 17"), "1.0.0.1 U\n");
}

TEST(SummaryDumpTest, ChecksumsHold) {
  for (const std::string_view line : {"T 1.0.0.1 2.0.0.2 abc", "U 1.0.0.1 2.0.0.2 abcd",
                                      "I 1.0.0.1 2.0.0.2 -", "50 1.0.0.1 2.0.0.2 abc"}) {
    graph::PacketPool pool;
    SummaryDraft draft;
    std::string_view rest = line;
    for (const std::string_view name : {"proto", "src", "dst", "payload"}) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      EXPECT_TRUE(word == "-" || read_summary(*find_summary_field(name), word, draft));
    }
    const graph::PacketPtr packet(make_packet(draft, {.checksums = true}, pool));
    net::InternetSum ip;
    ip.add(packet->bytes().first(20));
    EXPECT_TRUE(ip.holds()) << line;
    EXPECT_EQ(packet->length, packet->data[2] << 8 | packet->data[3]);
  }
}

TEST(SummaryDumpTest, TimingKeepsDistances) {
  HostedGraph graph(
      "FromIPSummaryDump(STOP true, TIMING true, DATA \"!data timestamp src\n"
      "5 1.0.0.1\n6.5 1.0.0.2\n6.5 1.0.0.3\n\") -> Script(print $(now)) -> Discard");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "1000000000.000000\n1000000001.500000\n1000000001.500000\n");
}

TEST(SummaryDumpTest, CanBePulledFromAndSwitchedOn) {
  HostedGraph graph(
      "f :: FromIPSummaryDump(ACTIVE false, STOP true, DATA \"!data src\n1.0.0.1\n1.0.0.2\n\")"
      "-> Unqueue -> d :: Discard; Script(wait 1s, print d.count, write f.active true)");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "0\n");
  EXPECT_EQ(graph.read("d.count"), "2");
  EXPECT_EQ(graph.read("f.count"), "2");
}

TEST(SummaryDumpTest, WritesAndReadsFiles) {
  superfluid::testing::TemporaryDirectory folder;
  const std::string path = folder.path("dump");
  {
    HostedGraph graph(
        cat("FromIPSummaryDump(STOP true, DATA \"!data src\n1.0.0.1\n\")"
            "-> ToIPSummaryDump(",
            path, ", FIELDS src proto, BANNER hello) -> Discard"));
    EXPECT_EQ(graph.run(), End::kStopped);
  }
  EXPECT_EQ(*os::read_text(path, base::kib(1)),
            "!IPSummaryDump 1.3\n!creator \"hello\"\n!data ip_src ip_proto\n1.0.0.1 T\n");
  HostedGraph again(cat("FromIPSummaryDump(", path,
                        ", STOP true) -> ToIPSummaryDump(-, HEADER false, FIELDS proto)"));
  EXPECT_EQ(again.run(), End::kStopped);
  EXPECT_EQ(again.out.text, "T\n");
}

TEST(SummaryDumpTest, AGraphToLookAtOpensNothing) {
  superfluid::testing::TemporaryDirectory folder;
  HostedGraph made("Idle -> Discard");
  graph::Diagnostics diagnostics;
  const graph::FlatGraph flat =
      graph::elaborate("t", cat("Idle -> ToIPSummaryDump(", folder.path("dump"), ")"),
                       {made.registry, nullptr, {}}, diagnostics);
  const auto router = graph::Router::build(
      flat, made.registry,
      {.clock = made.driver->clock(), .output = made.out, .errors = made.err, .initialize = false},
      diagnostics);
  EXPECT_NE(router, nullptr);
  EXPECT_FALSE(os::read_text(folder.path("dump"), base::kib(1)));
}

TEST(SummaryDumpTest, ComplainsWithTheLine) {
  HostedGraph graph(
      "FromIPSummaryDump(STOP true, DATA \"1.0.0.1\n!data src nonsense\nx y\n1.0.0.1 2\nz z\n"
      "!flowid 1\n!proto ZZ\") -> d :: Discard");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.read("d.count"), "1");
  EXPECT_EQ(graph.err.text,
            "data:1: warning: missing banner line; is this an IP summary dump?\n"
            "data:1: no '!data' provided\n"
            "data:2: warning: unknown content type 'nonsense'\n"
            "data:6: bad !flowid specification\ndata:7: bad protocol in !proto\n");
}

TEST(SummaryDumpTest, RefusesBadArguments) {
  const auto problem = [](std::string_view config) { return HostedGraph(config).problems; };
  EXPECT_EQ(problem("f :: FromIPSummaryDump -> Discard"),
            "t:1: While configuring 'f :: FromIPSummaryDump':\n"
            "  FILENAME: required argument missing\n");
  EXPECT_EQ(problem("f :: FromIPSummaryDump(x, DATA y) -> Discard"),
            "t:1: While configuring 'f :: FromIPSummaryDump':\n  FILENAME and DATA conflict\n");
  EXPECT_EQ(problem("Idle -> t :: ToIPSummaryDump(x, FIELDS src nonsense)"),
            "t:1: While configuring 't :: ToIPSummaryDump':\n  unknown content type 'nonsense'\n");
  EXPECT_TRUE(problem("f :: FromIPSummaryDump(/no/such) -> Discard").contains("/no/such"));
  EXPECT_EQ(problem("f :: FromIPSummaryDump(/no/such, ALLOW_NONEXISTENT true) -> Discard"), "");
}

// Whatever bytes a packet has, each field is written without reading outside (AddressSanitizer
// watches), and what is written can be read again or is '-'.
TEST(SummaryDumpTest, AnyBytesAreWritten) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& bytes, bool as_ip) {
    graph::PacketPool pool;
    const graph::PacketPtr packet(pool.make(bytes));
    if (as_ip && packet->length > 0) {
      packet->data[0] = static_cast<std::uint8_t>(0x40 | (packet->data[0] & 0xf));
    }
    packet->network = packet->data;
    const SummaryView view(*packet);
    for (const std::string_view name :
         {"timestamp",   "link",           "direction", "wire_len",     "src",
          "dst",         "ip_tos",         "ip_dscp",   "ip_ecn",       "ip_ttl",
          "ip_frag",     "ip_fragoff",     "ip_id",     "ip_sum",       "proto",
          "ip_hl",       "ip_len",         "sport",     "dport",        "udp_len",
          "tcp_seq",     "tcp_off",        "tcp_flags", "tcp_urp",      "icmp_type",
          "icmp_code",   "icmp_type_name", "icmp_seq",  "icmp_nextmtu", "payload",
          "payload_len", "ip_capture_len", "ip_opt",    "tcp_opt",      "tcp_ntopt",
          "tcp_sack",    "payload_md5",    "ts_usec1",  "count",        "eth_src"}) {
      std::string word;
      write_summary(*find_summary_field(name), view, word);
      RC_ASSERT(!word.empty());
      SummaryDraft draft;
      RC_ASSERT(word == "-" || word == "?" || read_summary(*find_summary_field(name), word, draft));
    }
  }));
}

}  // namespace
}  // namespace superfluid::hostgraph
