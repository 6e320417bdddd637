// SPDX-License-Identifier: Apache-2.0
#include "elements/radix_ip_lookup.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

Sample to(net::Ipv4Address address) {
  return Sample(std::vector<std::uint8_t>(address.bytes.begin(), address.bytes.end()));
}

constexpr std::string_view kHead = "in :: Inject -> GetIPAddress(0) -> r :: ";
constexpr std::string_view kTail = "; r [0,1,2] => [0,1,2] out :: Capture";

TEST(RadixIPLookup, RoutesByTheLongestPrefixAndNotesTheGateway) {
  TestGraph graph(base::cat(kHead, "RadixIPLookup(10/8 0, 10.1.0.0/255.255.0.0 192.0.2.1 1,",
                            " 10.1.2.3 - 2)", kTail));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in",
             {to({{10, 1, 9, 9}}), to({{10, 1, 2, 3}}), to({{10, 9, 9, 9}}), to({{11, 0, 0, 1}})});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].port, 0U);
  EXPECT_EQ(out[0].notes.destination.bytes[0], 10);
  EXPECT_EQ(out[1].port, 1U);
  EXPECT_EQ(out[1].notes.destination.bytes[0], 192);
  EXPECT_EQ(out[2].port, 2U);
  EXPECT_EQ(graph.read("r.drops"), "1");
  EXPECT_EQ(graph.errors(), "r: no route for 11.0.0.1\n");
}

TEST(RadixIPLookup, TellsOfTheFirstLostPacketsOnly) {
  TestGraph graph(base::cat(kHead, "LinearIPLookup()", kTail));
  graph.send("in", std::vector<Sample>(9, to({{10, 0, 0, 1}})));
  const std::string errors = graph.errors();
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 5);
  EXPECT_EQ(graph.read("r.drops"), "9");
}

TEST(RadixIPLookup, EveryNameTakesAddsSetsAndRemoves) {
  for (const std::string_view name : {"RadixIPLookup", "DirectIPLookup", "RangeIPLookup",
                                      "LinearIPLookup", "StaticIPLookup", "SortedIPLookup"}) {
    TestGraph graph(base::cat(kHead, name, "()", kTail));
    ASSERT_EQ(graph.problems(), "");
    const auto look_up = [&] { return graph.read("r.lookup", "18.26.4.9"); };
    EXPECT_EQ(look_up(), "-1");
    EXPECT_EQ(graph.write("r.add", "18.26/16 1.0.0.1 0"), "");
    EXPECT_EQ(look_up(), "0 1.0.0.1");
    EXPECT_EQ(graph.write("r.add", "18.26.0/18 2.0.0.2 1"), "");
    EXPECT_EQ(look_up(), "1 2.0.0.2");
    EXPECT_EQ(graph.write("r.add", "18.26.0/17 3.0.0.3 2"), "");
    EXPECT_EQ(graph.write("r.remove", "18.26.0/18 2.0.0.2 1"), "");
    EXPECT_EQ(look_up(), "2 3.0.0.3");
    EXPECT_EQ(graph.write("r.add", "18.26.0/12 4.0.0.4 0"), "");
    EXPECT_EQ(graph.write("r.remove", "18.26.0/17"), "");
    EXPECT_EQ(graph.write("r.remove", "18.26/16 1.0.0.1 0"), "");
    EXPECT_EQ(look_up(), "0 4.0.0.4");
    EXPECT_EQ(graph.write("r.add", "18.26.0/12 6.0.0.6 0"),
              "error: conflict with existing route '18.16.0.0/12 4.0.0.4 0'");
    EXPECT_EQ(graph.write("r.set", "18.26.0/12 7.0.0.7 0"), "");
    EXPECT_EQ(look_up(), "0 7.0.0.7");
    EXPECT_EQ(graph.write("r.remove", "18.26.0/12 7.0.0.8 0"),
              "error: route '18.16.0.0/12 7.0.0.8 0' not found");
    EXPECT_EQ(graph.write("r.remove", "18.26.0/12 7.0.0.7 0"), "");
    EXPECT_EQ(graph.write("r.remove", "18.26.0/12"), "error: route '18.16.0.0/12 - -1' not found");
    EXPECT_EQ(look_up(), "-1");
  }
}

TEST(RadixIPLookup, ControlDoesAllOrNothing) {
  TestGraph graph(base::cat(kHead, "RadixIPLookup(10.0.0.0/8 0, 0/0 192.0.2.1 1)", kTail));
  const std::string before = graph.read("r.table");
  EXPECT_EQ(before, "0.0.0.0/0\t\t192.0.2.1\t1\n10.0.0.0/8\t\t-\t\t0\n");
  EXPECT_EQ(graph.write("r.ctrl",
                        "add 10.1.0.0/16 2\nset 10.0.0.0/8 1\nremove 0.0.0.0/0\nadd 10.1.0.0/16 1"),
            "error: conflict with existing route '10.1.0.0/16 - 2'");
  EXPECT_EQ(graph.read("r.table"), before);
  EXPECT_EQ(graph.write("r.ctrl", "add 10.1.0.0/16 2\ndelete 10.0.0.0/8"),
            "error: bad command 'delete'");
  EXPECT_EQ(graph.read("r.table"), before);
  EXPECT_EQ(graph.write("r.ctrl", "add 10.1.0.0/16 2\n\nremove 0.0.0.0/0\n"), "");
  EXPECT_EQ(graph.read("r.table"), "10.0.0.0/8\t\t-\t\t0\n10.1.0.0/16\t\t-\t\t2\n");
}

TEST(RadixIPLookup, SaysWhatIsWrong) {
  const auto problem = [](std::string_view routes) {
    const std::string text =
        TestGraph(base::cat(kHead, "RadixIPLookup(", routes, ")", kTail)).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem("10.0.0.0/8"), "  argument 1 should be 'ADDR/MASK [GATEWAY] OUTPUT'\n");
  EXPECT_EQ(problem("10.0.0.0/255.0.255.0 1"),
            "  argument 1 should be 'ADDR/MASK [GATEWAY] OUTPUT'\n");
  EXPECT_EQ(problem("0/0 1, 10.0.0.0/8 1 2 3"),
            "  argument 2 should be 'ADDR/MASK [GATEWAY] OUTPUT'\n");
  EXPECT_EQ(problem("10.0.0.0/8 3"), "  argument 1 bad OUTPUT\n");
  TestGraph graph(base::cat(kHead, "RadixIPLookup(10/8 1, 10/8 2)", kTail));
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.errors(),
            "r: warning: 1 route ignored: there is an earlier one of the same prefix\n");
  EXPECT_EQ(graph.read("r.lookup", "10.0.0.1"), "1");
  EXPECT_EQ(graph.read("r.lookup", "10.0.0"), "error: expected IP address");
  EXPECT_EQ(graph.write("r.add", "11/8"), "error: expected 'ADDR/MASK [GATEWAY] OUTPUT'");
  EXPECT_EQ(graph.write("r.add", "11/8 3"), "error: bad OUTPUT");
  EXPECT_EQ(graph.write("r.remove", "x"), "error: expected 'ADDR/MASK [GATEWAY OUTPUT]'");
}

}  // namespace
}  // namespace superfluid::elements
