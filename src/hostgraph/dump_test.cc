// SPDX-License-Identifier: Apache-2.0
// FromDump and ToDump, against each other and against the reader of captures.

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "base/text.h"
#include "hostgraph/testing.h"
#include "os/pcap.h"
#include "support/temporary_directory.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using testing::HostedGraph;

class DumpTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path(name); }

  // A capture of three Ethernet frames, at 10 s, 11 s and 13 s: IPv4, something else, IPv4.
  std::string capture() const {
    auto writer = os::PcapWriter::create(path("in"), {});
    EXPECT_TRUE(writer);
    std::vector<std::uint8_t> frame(14 + 20 + 8);
    frame[12] = 0x08;
    frame[14] = 0x45;
    frame[14 + 19] = 9;
    EXPECT_TRUE(writer->write(frame, base::seconds(10), 100));
    frame[12] = 0x86;
    EXPECT_TRUE(writer->write(frame, base::seconds(11)));
    frame[12] = 0x08;
    EXPECT_TRUE(writer->write(frame, base::seconds(13)));
    EXPECT_TRUE(writer->close());
    return path("in");
  }

  // How many packets come, and what is complained about.
  std::string counted(std::string_view options) const {
    HostedGraph graph(
        cat("f :: FromDump(", capture(), ", STOP true", options, ") -> d :: Discard"));
    if (!graph.problems.empty()) {
      return graph.problems;
    }
    EXPECT_EQ(graph.run(), End::kStopped);
    EXPECT_EQ(graph.router->pool().in_use(), 0u);
    return cat(graph.read("d.count"), " ", graph.read("f.drops"), graph.err.text);
  }

  superfluid::testing::TemporaryDirectory folder_;
};

TEST_F(DumpTest, CopiesACapture) {
  {
    HostedGraph graph(cat("FromDump(", capture(), ", STOP true) -> t :: ToDump(", path("out"),
                          ", SNAPLEN 20) -> Discard"));
    EXPECT_EQ(graph.run(), End::kStopped);
    EXPECT_EQ(graph.read("t.count"), "3");
    EXPECT_EQ(graph.router->pool().in_use(), 0u);
  }
  auto reader = os::PcapReader::open(path("out"));
  ASSERT_TRUE(reader);
  for (const int second : {10, 11, 13}) {
    auto packet = reader->next();
    ASSERT_TRUE(packet && *packet);
    EXPECT_EQ((*packet)->since_epoch, base::seconds(second));
    EXPECT_EQ((*packet)->bytes.size(), 20u);
    EXPECT_EQ((*packet)->length_on_wire, second == 10 ? 100u : 42u);
    EXPECT_EQ((*packet)->link_type, os::kLinkEthernet);
  }
  EXPECT_FALSE(*reader->next());
}

TEST_F(DumpTest, PacketsWithoutTimestampGetThatOfTheirRound) {
  constexpr int kPackets = 500;  // of one turn, and far more than the clock's steps apart
  {
    HostedGraph graph(
        cat("i :: InfiniteSource(LENGTH 64, LIMIT ", kPackets, ", BURST ", kPackets,
            ", TIMESTAMP false) -> ToDump(", path("out"), ") -> Discard; Script(wait 0.01s, stop)"),
        {.simulated_time = false});
    ASSERT_EQ(graph.problems, "");
    EXPECT_EQ(graph.run(), End::kStopped);
  }
  auto reader = os::PcapReader::open(path("out"));
  ASSERT_TRUE(reader);
  std::set<base::Duration> stamps;
  int packets = 0;
  for (auto packet = reader->next(); packet && *packet; packet = reader->next()) {
    stamps.insert((*packet)->since_epoch);
    ++packets;
  }
  EXPECT_EQ(packets, kPackets);
  EXPECT_EQ(stamps.size(), 1u);
  EXPECT_GT(*stamps.begin(), base::seconds(1'000'000'000));
}

TEST_F(DumpTest, ChoosesByTime) {
  EXPECT_EQ(counted(""), "3 0");
  EXPECT_EQ(counted(", START 11"), "2 0");
  EXPECT_EQ(counted(", END 13"), "2 0");
  EXPECT_EQ(counted(", START_AFTER 2"), "1 0");
  EXPECT_EQ(counted(", END_AFTER 1.5"), "2 0");
  EXPECT_EQ(counted(", START 11, INTERVAL 2"), "1 0");
  EXPECT_EQ(counted(", START 20"), "0 0");
}

TEST_F(DumpTest, SamplesAndCallsAtTheEnd) {
  EXPECT_EQ(counted(", SAMPLE 0"), "0 0");
  EXPECT_EQ(counted(", SAMPLE 1"), "3 0");
  HostedGraph graph(cat("f :: FromDump(", capture(), ", true, SAMPLE 0.5, END 12, END_CALL",
                        " s.switch 1) -> s :: Switch(0) -> Discard; s [1] -> Discard;"
                        "Script(wait 5s, print s.switch, print f.sampling_prob,"
                        " write f.reset_counts, print f.count, stop)"));
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "1\n0.5\n0\n");
  EXPECT_TRUE(HostedGraph(cat("FromDump(", capture(), ", END_CALL nobody.reset) -> Discard"))
                  .problems.contains("no element named 'nobody'"));
}

TEST_F(DumpTest, ForceIpTakesTheLinkHeaderOff) {
  EXPECT_EQ(counted(", FORCE_IP true"), "2 1");
  HostedGraph graph(cat("f :: FromDump(", capture(), ", STOP true, FORCE_IP true)",
                        "-> ToIPSummaryDump(-, HEADER false, FIELDS timestamp dst wire_len)"));
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text.substr(0, graph.out.text.find('\n')), "10.000000 - 28");
  EXPECT_EQ(graph.read("f.encap"), "IP");
}

TEST_F(DumpTest, TimingKeepsDistances) {
  HostedGraph graph(cat("FromDump(", capture(), ", TIMING true, STOP true)",
                        "-> Script(print $(now)) -> Discard"));
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "1000000000.000000\n1000000001.000000\n1000000003.000000\n");
}

TEST_F(DumpTest, CanBePulledFromAndSwitchedOn) {
  HostedGraph graph(cat("f :: FromDump(", capture(), ", ACTIVE false, STOP true) -> Unqueue",
                        "-> d :: Discard; Script(wait 1s, print d.count, write f.active true)"));
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "0\n");
  EXPECT_EQ(graph.read("d.count"), "3");
}

TEST_F(DumpTest, DamageEndsIt) {
  capture();
  auto writer = os::PcapWriter::create(path("cut"), {});
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(std::vector<std::uint8_t>(60), base::seconds(1)));
  ASSERT_TRUE(writer->close());
  ASSERT_EQ(::truncate(path("cut").c_str(), 60), 0);
  HostedGraph graph(cat("FromDump(", path("cut"), ", STOP true) -> d :: Discard"));
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.read("d.count"), "0");
  EXPECT_TRUE(graph.err.text.starts_with(path("cut"))) << graph.err.text;
}

TEST_F(DumpTest, RefusesBadArguments) {
  const auto problem = [](std::string_view config) { return HostedGraph(config).problems; };
  EXPECT_TRUE(problem("FromDump(/no/such) -> Discard").contains("/no/such"));
  EXPECT_TRUE(problem("Idle -> ToDump(/no/such/file)").contains("/no/such/file"));
  EXPECT_EQ(problem("f :: FromDump(x, START 1, START_AFTER 2) -> Discard"),
            "t:1: While configuring 'f :: FromDump':\n  START and START_AFTER conflict\n");
  EXPECT_EQ(problem("f :: FromDump(x, SAMPLE 2, STOP true, END_CALL stop) -> Discard"),
            "t:1: While configuring 'f :: FromDump':\n"
            "  SAMPLE: sampling probability must be between 0 and 1\n"
            "t:1: While configuring 'f :: FromDump':\n  END_CALL and STOP conflict\n");
  EXPECT_EQ(problem("Idle -> t :: ToDump(x, ENCAP ATM, SNAPLEN 1000000)"),
            "t:1: While configuring 't :: ToDump':\n"
            "  ENCAP: bad encapsulation type, ETHER or IP are known\n"
            "t:1: While configuring 't :: ToDump':\n  SNAPLEN: out of range, maximum 262144\n");
}

}  // namespace
}  // namespace superfluid::hostgraph
