// SPDX-License-Identifier: Apache-2.0
#include "guest/guest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "guest/testing.h"

namespace superfluid::guest {
namespace {

using abi::Exit;
using ::testing::HasSubstr;
using testing::TestMachine;

// A guest on its machine, up to LIVE.
struct Running {
  explicit Running(std::string_view text, const TestMachine::Options& options = {})
      : machine(text, options), guest(machine.memory(), machine, TestMachine::limits()) {
    alive = guest.boot() && guest.begin();
  }

  bool run(int turns_max = 10'000) { return machine.run(guest, turns_max); }
  std::string read(std::string_view name, std::string_view parameter = {}) {
    return machine.ask(guest, abi::Ask::kRead, name, parameter);
  }
  std::string write(std::string_view name, std::string_view value) {
    return machine.ask(guest, abi::Ask::kWrite, name, value);
  }

  TestMachine machine;
  Guest guest;
  bool alive = false;
};

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Guest, SaysReadyThenLive) {
  Running guest("Idle -> Discard");
  ASSERT_TRUE(guest.alive);
  ASSERT_EQ(guest.machine.exits.size(), 2u);
  EXPECT_EQ(guest.machine.exits[0].first, Exit::kReady);
  EXPECT_EQ(guest.machine.exits[1].first, Exit::kLive);
  EXPECT_EQ(guest.machine.said().state, abi::GuestState::kLive);
  EXPECT_EQ(guest.machine.said().flags, 0u);
}

TEST(Guest, RefusesAnotherVersion) {
  TestMachine machine("Idle -> Discard");
  machine.page().version = abi::kAbiVersion + 1;
  Guest guest(machine.memory(), machine, TestMachine::limits());
  EXPECT_FALSE(guest.boot());
  EXPECT_EQ(machine.exits.back(), std::pair(Exit::kPanic, abi::kPanicDefect));
  EXPECT_THAT(machine.message(), HasSubstr("version"));
}

TEST(Guest, TellsAllThatIsWrongWithAGraph) {
  Running guest("a :: Nonsense;\nIdle -> Queu -> Discard;\n");
  EXPECT_FALSE(guest.alive);
  EXPECT_EQ(guest.machine.exits.back(), std::pair(Exit::kPanic, abi::kPanicGraph));
  EXPECT_EQ(guest.machine.message(), "test.click has 2 errors");
  EXPECT_THAT(guest.machine.findings(), HasSubstr("error\ttest.click\t1\t"));
  EXPECT_THAT(guest.machine.findings(), HasSubstr("error\ttest.click\t2\t"));
  EXPECT_THAT(guest.machine.findings(), HasSubstr("Queue"));
}

TEST(Guest, NamesThePortsThereAre) {
  Running guest("FromDevice(eth9) -> Discard");
  EXPECT_FALSE(guest.alive);
  EXPECT_THAT(guest.machine.findings(),
              HasSubstr("no port 'eth9'; this instance's ports are eth0 and eth1"));
}

TEST(Guest, SaysWhatToDoInsteadOfElementsOfAHost) {
  Running reads("FromDump(x.pcap) -> Discard");
  EXPECT_FALSE(reads.alive);
  EXPECT_THAT(reads.machine.findings(), HasSubstr("undeclared element 'FromDump'\ta function has"
                                                  " no files; superfluid graph run"));
  Running controlled("ControlSocket(tcp, 1); Idle -> Discard");
  EXPECT_FALSE(controlled.alive);
  EXPECT_THAT(controlled.machine.findings(), HasSubstr("superfluid vm read"));
}

TEST(Guest, HasNoLibraries) {
  Running guest("require(library firewall.click); Idle -> Discard");
  EXPECT_FALSE(guest.alive);
  EXPECT_THAT(guest.machine.findings(), HasSubstr("graph flatten"));
}

TEST(Guest, CarriesFramesFromPortToPort) {
  Running guest("FromDevice(eth0) -> c :: Counter -> Queue -> ToDevice(1)");
  ASSERT_TRUE(guest.alive);
  ASSERT_TRUE(guest.run());
  guest.machine.send(0, "first frame, of some bytes");
  guest.machine.send(0, std::string(5000, 'x'));
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.machine.received(1), "first frame, of some bytes|" + std::string(5000, 'x'));
  EXPECT_EQ(guest.read("c.count"), "2");
  EXPECT_EQ(guest.machine.said().ports[0].packets_in, 2u);
  EXPECT_EQ(guest.machine.said().ports[1].bytes_out, 5026u);
}

TEST(Guest, CountsWhatNobodyReads) {
  Running guest("Idle -> ToDevice(eth0)");
  ASSERT_TRUE(guest.run());
  guest.machine.send(1, "to nobody");
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.machine.said().ports[1].drops_unread, 1u);
}

TEST(Guest, LetsTheMonitorInWhenARingIsFull) {
  Running guest("InfiniteSource(LIMIT 100, LENGTH 60) -> q :: Queue(200) -> ToDevice(eth0)");
  std::size_t received = 0;
  guest.machine.at_exit = [&](Exit exit) {
    if (exit == Exit::kYield || exit == Exit::kSleep) {
      const std::string frames = guest.machine.received(0);
      received += frames.size();
    }
  };
  ASSERT_TRUE(guest.run());
  EXPECT_GE(guest.machine.count(Exit::kYield), 3);
  EXPECT_EQ(received, 100u * 60 + 100 - static_cast<std::size_t>(4));  // separators but four
  EXPECT_EQ(guest.machine.said().ports[0].drops_full, 0u);
}

TEST(Guest, WaitsWhileNobodyTakesItsFrames) {
  Running guest("InfiniteSource(LIMIT 100) -> Queue(200) -> d :: ToDevice(eth0)");
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.read("d.q"), "true");
  const std::uint64_t wakes_at = guest.machine.said().sleep_until_ns;
  EXPECT_GT(wakes_at, guest.machine.tsc());
  EXPECT_LE(wakes_at, guest.machine.tsc() + 2'000'000);
}

TEST(Guest, SleepsUntilItsNextTimer) {
  Running guest("TimedSource(1) -> c :: Counter -> Discard");
  ASSERT_TRUE(guest.run());
  const std::uint64_t until = guest.machine.said().sleep_until_ns;
  EXPECT_EQ(guest.read("c.count"), "0");
  guest.machine.advance(base::nanoseconds(static_cast<std::int64_t>(until - guest.machine.tsc())));
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.read("c.count"), "1");
  Running idle("Idle -> Discard");
  ASSERT_TRUE(idle.run());
  EXPECT_EQ(idle.machine.said().sleep_until_ns, abi::kNoDeadline);
}

TEST(Guest, PollsForAMomentWhereOthersRunMeanwhile) {
  Running served("FromDevice(eth0) -> Discard");
  ASSERT_TRUE(served.run(1));
  EXPECT_EQ(served.machine.count(Exit::kSleep), 1);
  Running beside("FromDevice(eth0) -> Discard", {.doorbell = 0x40});
  ASSERT_TRUE(beside.run(100));
  EXPECT_EQ(beside.machine.count(Exit::kSleep), 0);
  beside.machine.advance(Guest::kPoll);
  ASSERT_TRUE(beside.run(2));
  EXPECT_EQ(beside.machine.count(Exit::kSleep), 1);
}

TEST(Guest, LooksForRoomForAMomentWhereOthersRunMeanwhile) {
  Running guest("InfiniteSource(LIMIT 100, LENGTH 60) -> Queue(200) -> d :: ToDevice(eth0)",
                {.doorbell = 0x40});
  std::size_t received = 0;
  for (int looks = 0; looks < 20; ++looks) {
    ASSERT_TRUE(guest.run(10));
    received += guest.machine.received(0).size();
  }
  EXPECT_EQ(received, 100u * 60 + 100 - 4) << "with separators but four, and no time has passed";
  EXPECT_EQ(guest.machine.count(Exit::kSleep), 0);
  EXPECT_EQ(guest.machine.count(Exit::kYield), 0);
  Running stuck("InfiniteSource -> ToDevice(eth0)", {.doorbell = 0x40});
  ASSERT_TRUE(stuck.run(100));
  EXPECT_EQ(stuck.machine.count(Exit::kSleep), 0);
  stuck.machine.advance(Guest::kPoll);
  ASSERT_TRUE(stuck.run(100));
  stuck.machine.advance(Guest::kPoll);
  ASSERT_TRUE(stuck.run(100));
  EXPECT_EQ(stuck.machine.count(Exit::kSleep), 1) << "nobody takes its frames";
}

TEST(Guest, RingsTheDoorbellOfWhoSleeps) {
  Running guest("FromDevice(eth0) -> Queue -> ToDevice(eth1)", {.doorbell = 0x43});
  guest.machine.send(0, "a frame");
  ASSERT_TRUE(guest.run(5));
  EXPECT_EQ(guest.machine.count(static_cast<Exit>(0x43)), 1);
}

TEST(Guest, YieldsWhileItIsBusy) {
  Running guest("InfiniteSource -> Discard");
  ASSERT_TRUE(guest.run(10));
  EXPECT_EQ(guest.machine.count(Exit::kYield), 0);
  guest.machine.advance(Guest::kYieldServed);
  ASSERT_TRUE(guest.run(10));
  EXPECT_EQ(guest.machine.count(Exit::kYield), 1);
  Running alone("InfiniteSource -> Discard", {.ports = 0});
  alone.machine.advance(Guest::kYieldServed);
  ASSERT_TRUE(alone.run(10));
  EXPECT_EQ(alone.machine.count(Exit::kYield), 0);
}

TEST(Guest, EndsWhenItsGraphStops) {
  Running guest("InfiniteSource(LIMIT 5, STOP true) -> Discard");
  EXPECT_FALSE(guest.run());
  EXPECT_EQ(guest.machine.exits.back().first, Exit::kEnd);
  EXPECT_EQ(guest.machine.said().state, abi::GuestState::kEnded);
}

TEST(Guest, AnswersHandlers) {
  Running guest("Idle -> c :: Counter -> q :: Queue(7) -> Discard");
  EXPECT_EQ(guest.read("q.capacity"), "7");
  EXPECT_EQ(guest.write("q.capacity", "9"), "");
  EXPECT_EQ(guest.read("q.capacity"), "9");
  EXPECT_THAT(guest.read("list"), HasSubstr("c\nq\n"));
  EXPECT_THAT(guest.read("d.count"), HasSubstr("error: no element named 'd'"));
  EXPECT_THAT(guest.read("c.reset"), HasSubstr("error: no 'c.reset' read handler"));
  EXPECT_THAT(guest.write("q.capacity", "many"), HasSubstr("error: "));
  EXPECT_THAT(guest.machine.ask(guest.guest, static_cast<abi::Ask>(9), "list"),
              HasSubstr("error: "));
}

TEST(Guest, TakesAndGivesLongTextsInFragments) {
  Running guest("Idle -> Discard; s :: Message(x)");
  std::string text = "Idle -> Discard; // ";
  text.append(3 * abi::kFragmentBytes, 'y');
  Running long_text(text);
  EXPECT_EQ(long_text.read("config"), text);
  EXPECT_THAT(long_text.write("config", std::string(2 * abi::kFragmentBytes, 'z')),
              HasSubstr("error: no 'config' write handler"));
  EXPECT_EQ(long_text.read("config"), text);
}

TEST(Guest, RefusesARequestThatIsNone) {
  Running guest("Idle -> Discard");
  guest.machine.mailbox().request.header = {
      .what = 1, .name_bytes = 4, .total = 4, .at = 9, .bytes = 4, .reserved = {}};
  guest.machine.page().live.mailbox_request = 1;
  ASSERT_TRUE(guest.run(2));
  EXPECT_EQ(guest.machine.said().mailbox_answered, 1u);
  EXPECT_NE(guest.machine.mailbox().answer.header.what, 0u);
}

TEST(Guest, HearsNoMoreOfWhoBreaksTheRules) {
  Running guest("FromDevice(eth0) -> Discard; Idle -> ToDevice(eth0)");
  ASSERT_TRUE(guest.run());
  auto* const ring = abi::detail::ring_header(guest.machine.window(0), abi::RingWay::kToClient);
  ring->tail = static_cast<std::uint16_t>(ring->head + 7);
  ASSERT_TRUE(guest.run());
  EXPECT_THAT(guest.machine.console(), HasSubstr("port eth0: its other side broke the rules"));
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.machine.console(), "");
}

// What two clones of one image have of their own.
class Clone {
 public:
  explicit Clone(std::string_view text) : machine(text), guest(machine.memory(), machine, limits) {
    alive = guest.boot();
  }
  void set_out(std::uint8_t number) {
    machine.rebirth();
    for (std::uint8_t& byte : machine.page().random_seed) {
      byte = static_cast<std::uint8_t>(byte + number);
    }
    machine.move_port(0, number);
    alive = alive && guest.begin();
  }

  Guest::Limits limits = TestMachine::limits();
  TestMachine machine;
  Guest guest;
  bool alive = false;
};

TEST(Guest, TakesItsAddressesFromItsOwnPage) {
  const std::string_view text = "FromDevice(eth0) -> ARPResponder(eth0) -> Queue -> ToDevice(eth0)";
  Clone clone(text);
  ASSERT_TRUE(clone.alive) << clone.machine.findings();
  EXPECT_EQ(clone.machine.said().flags, abi::kGuestUsesAddresses);
  clone.set_out(77);
  ASSERT_TRUE(clone.alive);
  const std::string request(
      "\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x63\x08\x06\0\x01\x08\0\x06\x04"
      "\0\x01\x02\0\0\0\0\x63\x0a\0\0\x63\0\0\0\0\0\0\x0a\0\0\x4d",
      42);
  clone.machine.send(0, request);
  ASSERT_TRUE(clone.machine.run(clone.guest));
  const std::string answer = clone.machine.received(0);
  ASSERT_GE(answer.size(), 42u);
  EXPECT_EQ(answer.substr(6, 6), std::string("\x02\0\0\0\0\x4d", 6));
}

TEST(Guest, IsNotBuiltAnewForAddressesThatItDoesNotUse) {
  Clone clone("FromDevice(eth0) -> Queue -> ToDevice(eth1)");
  ASSERT_TRUE(clone.alive);
  EXPECT_EQ(clone.machine.said().flags, 0u);
  const graph::Router* const before = &clone.guest.router();
  clone.set_out(77);
  ASSERT_TRUE(clone.alive);
  EXPECT_EQ(&clone.guest.router(), before);
}

TEST(Guest, DrawsRandomNumbersOfItsOwn) {
  const std::string_view text = "Idle -> RandomSample(0.5) -> Discard";
  Clone a(text);
  Clone b(text);
  Clone c(text);
  a.set_out(1);
  b.set_out(2);
  c.set_out(1);
  EXPECT_NE(a.guest.router().lane(0).rng().next(), b.guest.router().lane(0).rng().next());
  Clone d(text);
  d.set_out(1);
  EXPECT_EQ(c.guest.router().lane(0).rng().next(), d.guest.router().lane(0).rng().next());
}

TEST(Guest, AScriptDrivesItsGraph) {
  Running guest(
      "InfiniteSource(LIMIT 3) -> c :: Counter -> Discard;"
      "Script(wait 10ms, print $(c.count) of $(add 1 2.5), write c.reset, wait 1s, loop);"
      "d :: DriverManager(pause, print \"done\", wait 1ms, stop);"
      "s :: Script(TYPE PASSIVE, return $(mul $1 $1))");
  ASSERT_TRUE(guest.alive) << guest.machine.findings();
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.read("s.run", "12"), "144");
  EXPECT_EQ(guest.read("c.count"), "3");
  guest.machine.advance(base::milliseconds(11));
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.machine.console(), "3 of 3.5\n");
  EXPECT_EQ(guest.read("c.count"), "0");
  EXPECT_EQ(guest.write("stop", ""), "") << "a wish, and it is the script that decides";
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.machine.console(), "done\n");
  guest.machine.advance(base::milliseconds(2));
  EXPECT_FALSE(guest.run());
  EXPECT_EQ(guest.machine.exits.back(), std::pair(Exit::kEnd, std::uint8_t{0}));
}

TEST(Guest, AScriptFindsNeitherFilesNorSignals) {
  Running guest("Script(print $(cat /etc/passwd), print >/tmp.x $$, print $(kill TERM 1))");
  ASSERT_TRUE(guest.alive);
  ASSERT_TRUE(guest.run());
  const std::string said = guest.machine.console();
  EXPECT_THAT(said, HasSubstr("there are no files here"));
  EXPECT_THAT(said, HasSubstr("there are no processes here"));
  Running waits("Script(TYPE SIGNAL INT, print x)");
  EXPECT_FALSE(waits.alive);
  EXPECT_THAT(waits.machine.findings(), HasSubstr("there are no signals here"));
}

TEST(Guest, TakesAnotherGraphWhileItRuns) {
  Running guest(
      "FromDevice(eth0) -> c :: Counter -> q :: Queue(7) -> Unqueue(ACTIVE false) -> Discard");
  guest.machine.send(0, "first");
  ASSERT_TRUE(guest.run());
  const std::string_view next =
      "f :: FromDevice(eth0) -> c :: Counter -> Print(second) -> q :: Queue(9) -> t :: "
      "ToDevice(eth1)";
  EXPECT_EQ(guest.write("hotconfig", next), "");
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.read("q.capacity"), "9");
  EXPECT_EQ(guest.machine.received(1), "first")
      << "what waited in a queue is sent by the new graph";
  guest.machine.send(0, "second frame");
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.machine.received(1), "second frame");
  EXPECT_EQ(guest.read("c.count"), "2");
  EXPECT_EQ(guest.read("config"), next);
  EXPECT_EQ(guest.write("hotconfig", next), "");
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.read("t.count"), "2") << "ports keep their counts";
  EXPECT_EQ(guest.read("f.count"), "1");
}

TEST(Guest, KeepsItsGraphWhenAnotherIsWrong) {
  Running guest("FromDevice(eth0) -> q :: Queue(7) -> ToDevice(eth1)");
  EXPECT_EQ(guest.write("hotconfig", "Idle -> Nonsense"),
            "error: hotconfig:1:9: error: undeclared element 'Nonsense'");
  EXPECT_THAT(guest.write("hotconfig", "FromDevice(eth0) -> Discard; FromDevice(0) -> Discard"),
              HasSubstr("duplicate reader for device '0'; put a Tee behind the other"));
  EXPECT_THAT(guest.write("hotconfig", "FromDevice(eth7) -> Discard"), HasSubstr("no port 'eth7'"));
  EXPECT_EQ(guest.write("hotconfig", ""), "error: hotconfig has no elements");
  EXPECT_EQ(guest.write("hotconfig", "Idle -> Discrad;\nIdle -> Queue(many) -> Discard;"),
            "error: hotconfig:1:9: error: undeclared element 'Discrad'\n"
            "  try: did you mean 'Discard'?");
  guest.machine.send(0, "a frame");
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.machine.received(1), "a frame");
  EXPECT_EQ(guest.read("q.capacity"), "7");
}

TEST(Guest, ItsScriptsMayReplaceTheGraph) {
  Running guest("Script(wait 1ms, writeq hotconfig \"Idle -> q :: Queue(3) -> Discard\")");
  ASSERT_TRUE(guest.run());
  guest.machine.advance(base::milliseconds(2));
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.read("q.capacity"), "3") << guest.machine.console();
}

TEST(Guest, ARebornGuestKeepsTheGraphThatItTook) {
  Running guest("Idle -> q :: Queue(7) -> Discard");
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.write("hotconfig",
                        "FromDevice(eth0) -> ARPResponder(eth0) -> q :: Queue(9)"
                        " -> ToDevice(eth0)"),
            "");
  guest.machine.rebirth();
  guest.machine.move_port(0, 77);
  ASSERT_TRUE(guest.run());
  EXPECT_EQ(guest.machine.said().flags, abi::kGuestUsesAddresses);
  EXPECT_EQ(guest.read("q.capacity"), "9");
  EXPECT_THAT(guest.read("config"), HasSubstr("ARPResponder"));
}

TEST(Guest, BuildsTheExamplesThatNeedNoFiles) {
  std::size_t built = 0;
  for (const std::string_view folder : {"functions", "graphs"}) {
    const auto here = std::filesystem::path(SUPERFLUID_EXAMPLES) / folder;
    for (const auto& entry : std::filesystem::directory_iterator(here)) {
      const std::string text = text_of_file(entry.path());
      if (text.find("Dump(") == text.npos) {
        Running guest(text);
        EXPECT_TRUE(guest.alive) << entry.path() << "\n" << guest.machine.findings();
        ++built;
      }
    }
  }
  EXPECT_GE(built, 4u);
}

}  // namespace
}  // namespace superfluid::guest
