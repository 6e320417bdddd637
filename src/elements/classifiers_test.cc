// SPDX-License-Identifier: Apache-2.0
// Classifier, IPClassifier and IPFilter as elements of a graph.
#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/byte_pattern.h"
#include "elements/testing.h"
#include "net/ipv4.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

// IPv4 with eight bytes of transport behind it.
Sample ipv4(net::IpProtocol protocol, std::uint8_t last_of_source, std::uint16_t port) {
  std::vector<std::uint8_t> bytes(28);
  base::Writer writer(bytes);
  net::write_ipv4(writer,
                  {.protocol = protocol,
                   .source = {{10, 0, 0, last_of_source}},
                   .destination = {{192, 0, 2, 1}}},
                  8);
  writer.u16(1234);
  writer.u16(port);
  return Sample(std::move(bytes));
}

std::string ports_seen(TestGraph& graph) {
  std::string seen;
  for (const Sample& sample : graph.captured("out")) {
    seen += static_cast<char>('0' + sample.port);
  }
  return seen;
}

std::string problem(std::string_view element) {
  const std::string text = TestGraph(base::cat("Idle -> c :: ", element, " -> Idle")).problems();
  return text.substr(text.find('\n') + 1);
}

TEST(Classifier, SendsToTheFirstPatternThatMatches) {
  TestGraph graph(
      "in :: Inject -> c :: Classifier(0/6162, 0/61?? !1/62%ff, 2/?1%3f, -);"
      "c [0,1,2,3] => [0,1,2,3] out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"ab", "ac", "a", "xxp", "xxq", "", "abp"});
  // By output, then by order.
  EXPECT_EQ(ports_seen(graph), "0011233");
  EXPECT_EQ(graph.texts("out"), "ab|abp|ac|a|xxq|xxp|");
}

TEST(Classifier, DropsWhatMatchesNothing) {
  TestGraph graph("in :: Inject -> Classifier(0/61) -> out :: Capture");
  graph.send("in", {"a", "b", ""});
  EXPECT_EQ(graph.texts("out"), "a");
}

TEST(Classifier, BytesThatAreMissingDoNotMatchAndTheirNegationDoes) {
  TestGraph graph("in :: Inject -> c :: Classifier(3/00, !3/00); c [0,1] => [0,1] out :: Capture");
  graph.send("in", {"ab"});
  EXPECT_EQ(ports_seen(graph), "1");
}

TEST(Classifier, LongPatternsAreWhole) {
  TestGraph graph("in :: Inject -> Classifier(1/6263646566676869) -> out :: Capture");
  graph.send("in", {"abcdefghi", "abcdefghx", "abcdefgh", "xbcdefghi"});
  EXPECT_EQ(graph.texts("out"), "abcdefghi|xbcdefghi");
}

TEST(Classifier, RefusesWrongPatterns) {
  EXPECT_EQ(problem("Classifier"), "  need 1 arguments, one per output port\n");
  EXPECT_EQ(problem("Classifier(x)"), "  pattern 0: expected a digit\n");
  EXPECT_EQ(problem("Classifier(12)"), "  pattern 0: expected '/'\n");
  EXPECT_EQ(problem("Classifier(12/0)"), "  pattern 0: value has less than 2 hex digits\n");
  EXPECT_EQ(problem("Classifier(12/000)"), "  pattern 0: value has odd number of hex digits\n");
  EXPECT_EQ(problem("Classifier(12/00%ffff)"), "  pattern 0: mask has too many hex digits\n");
  EXPECT_EQ(problem("Classifier(12/0000%ff)"), "  pattern 0: mask has too few hex digits\n");
  EXPECT_EQ(problem("Classifier(70000/00)"), "  pattern 0: offset out of range, maximum 65535\n");
  EXPECT_FALSE(parse_byte_pattern(base::cat("0/", std::string(2050, '0'))));
}

TEST(IPClassifier, SendsToTheFirstPatternThatMatches) {
  TestGraph graph(
      "in :: Inject -> MarkIPHeader -> c :: IPClassifier(src 10.0.0.1, dst udp port 53 or 5353,"
      " tcp); c [0,1,2] => [0,1,2] out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  using net::IpProtocol;
  graph.send("in", {ipv4(IpProtocol::kUdp, 1, 53), ipv4(IpProtocol::kUdp, 2, 53),
                    ipv4(IpProtocol::kUdp, 2, 54), ipv4(IpProtocol::kTcp, 2, 53),
                    ipv4(IpProtocol::kUdp, 2, 5353), "", "short"});
  EXPECT_EQ(ports_seen(graph), "0112");
}

TEST(IPClassifier, PatternsCanBeRewritten) {
  TestGraph graph("in :: Inject -> MarkIPHeader -> c :: IPClassifier(udp) -> out :: Capture");
  EXPECT_EQ(graph.read("c.pattern0"), "udp");
  EXPECT_EQ(graph.write("c.pattern0", "tcp or"), "error: pattern 0: missing expression");
  EXPECT_EQ(graph.read("c.pattern0"), "udp");
  EXPECT_EQ(graph.write("c.pattern0", " tcp "), "");
  EXPECT_EQ(graph.read("c.pattern0"), "tcp");
  graph.send("in", {ipv4(net::IpProtocol::kUdp, 1, 1), ipv4(net::IpProtocol::kTcp, 2, 2)});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.captured("out")[0].bytes[9], 6);
}

TEST(IPClassifier, RefusesWrongPatternsAndWarns) {
  EXPECT_EQ(problem("IPClassifier"), "  need 1 arguments, one per output port\n");
  EXPECT_EQ(problem("IPClassifier(\"(tcp\")"), "  pattern 0: missing ')'\n");
  TestGraph graph("Idle -> c :: IPClassifier(ip ttl > 255) -> Idle");
  EXPECT_EQ(graph.errors(),
            "c: warning: pattern 0: relation '> 255' is always false (range 0-255)\n");
}

TEST(IPFilter, DoesWhatTheFirstRuleSays) {
  TestGraph graph(
      "in :: Inject -> MarkIPHeader -> f :: IPFilter(deny src 10.0.0.1, allow udp && dst port 53,"
      " 1 tcp, drop dst port 9, 2); f [0,1,2] => [0,1,2] out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  using net::IpProtocol;
  graph.send("in", {ipv4(IpProtocol::kUdp, 1, 53), ipv4(IpProtocol::kUdp, 2, 53),
                    ipv4(IpProtocol::kTcp, 2, 53), ipv4(IpProtocol::kUdp, 2, 9),
                    ipv4(IpProtocol::kUdp, 2, 10), ""});
  EXPECT_EQ(ports_seen(graph), "0122");
}

TEST(IPFilter, ShowsWhatItsRulesBecame) {
  TestGraph graph(
      "Idle -> f :: IPFilter(deny tcp or udp, 1 src 10.0.0.0/8, allow all) -> Discard;"
      "f [1] -> Discard; Idle -> c :: Classifier(1/01, -) -> Discard; c [1] -> Discard;"
      "Idle -> n :: IPFilter(); Idle -> i :: IPClassifier(tcp, -) -> Discard; i [1] -> Discard");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("f.program"),
            "field ip+9, 1 byte: 1 node, 3 rows, 2 of 4 columns left\n"
            "field ip+12, 1 byte: 1 node, 2 rows, 3 of 4 columns left\n"
            "column 0: rule 0 -> [X]\n"
            "column 1: rule 0 -> [X]\n"
            "column 2: rule 1 -> [1]\n"
            "column 3: rule 2 -> [0]\n"
            "memory 2112 bytes\n");
  EXPECT_EQ(graph.read("c.program"),
            "field data+1, 1 byte: 1 node, 2 rows, 1 of 2 columns left\n"
            "column 0: rule 0 -> [0]\n"
            "column 1: rule 1 -> [1]\n"
            "memory 1050 bytes\n");
  EXPECT_EQ(graph.read("n.program"), "memory 0 bytes\n");
  EXPECT_EQ(graph.read("i.program").substr(0, 10), "field ip+9");
  EXPECT_EQ(graph.write("i.pattern0", "src port 5"), "");
  EXPECT_TRUE(graph.read("i.program").contains("field transport+0"));
}

TEST(IPFilter, OfNoRulesDropsAll) {
  TestGraph graph("in :: Inject -> MarkIPHeader -> IPFilter() -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {ipv4(net::IpProtocol::kUdp, 1, 1), "x"});
  EXPECT_EQ(graph.captured("out").size(), 0U);
}

TEST(IPFilter, RefusesWrongRules) {
  EXPECT_EQ(problem("IPFilter(permit all)"), "  pattern 0: unknown slot ID 'permit'\n");
  EXPECT_EQ(problem("IPFilter(allow all, 1 tcp)"), "  pattern 1: slot '1' out of range\n");
  EXPECT_EQ(problem("IPFilter(allow all, ,deny all)"), "  empty pattern 1\n");
  EXPECT_EQ(problem("IPFilter(deny tcp and)"), "  pattern 0: missing expression\n");
  EXPECT_EQ(TestGraph("Idle -> IPFilter(allow all)").problems(),
            "t:1:9: While configuring 'IPFilter@2 :: IPFilter':\n"
            "  pattern 0: 'allow' is meaningless, element has zero outputs\n");
}

}  // namespace
}  // namespace superfluid::elements
