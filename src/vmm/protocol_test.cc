// SPDX-License-Identifier: Apache-2.0
#include "vmm/protocol.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/check.h"
#include "os/files.h"
#include "os/memfd.h"
#include "support/error_of.h"
#include "vmm/wire.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;
using testing::error_of;

// What the other side gets: the bytes, and descriptors of its own.
struct Arrived {
  std::vector<std::uint8_t> bytes;
  std::vector<os::UniqueFd> fds;

  explicit Arrived(const Message& message) {
    auto ends = os::UnixSocket::pair(os::SocketKind::kSeqpacket, os::Waiting::kNever);
    EXPECT_TRUE(ends && send(ends->first, message));
    bytes.resize(kMessageBytesMax);
    auto received = ends->second.receive(bytes);
    EXPECT_TRUE(received && *received);
    bytes.resize((*received)->size);
    for (os::UniqueFd& fd : (*received)->fds) {
      fds.push_back(std::move(fd));
    }
  }
};

os::UniqueFd some_memory() { return os::create_memfd("some", base::bytes(4096)).value(); }

Life life_with_ring(int fd) {
  Life life;
  life.page.port_count = 2;
  life.page.ports[1].mtu = 1500;
  life.ports = {{.kind = PortLink::Kind::kRing, .fd = fd, .wake = fd, .doorbell = fd},
                {.kind = PortLink::Kind::kTap, .fd = fd}};
  return life;
}

TEST(Protocol, AStartArrivesWhole) {
  const os::UniqueFd memory = some_memory();
  Snapshot snapshot{.memory = some_memory(), .size = {}, .cpu = {}, .clock_ns = 77};
  snapshot.cpu.registers.rip = 0x1234;
  snapshot.cpu.fpu.words[1023] = 5;
  Arrived arrived(encode_start(snapshot, "changed", life_with_ring(memory.get())).value());
  auto order = decode_order(arrived.bytes, arrived.fds);
  ASSERT_TRUE(order) << order.error().to_string();
  const auto& start = std::get<StartOrder>(*order);
  EXPECT_EQ(start.snapshot.clock_ns, 77U);
  EXPECT_EQ(start.snapshot.cpu.registers.rip, 0x1234U);
  EXPECT_EQ(start.snapshot.cpu.fpu.words[1023], 5U);
  EXPECT_TRUE(start.snapshot.memory);
  EXPECT_EQ(start.page.ports[1].mtu, 1500);
  EXPECT_EQ(start.ports[0].kind, PortLink::Kind::kRing);
  EXPECT_TRUE(start.ports[0].fd && start.ports[0].wake && start.ports[0].doorbell);
  EXPECT_TRUE(start.ports[1].fd && !start.ports[1].wake);
  EXPECT_FALSE(start.ports[2].fd);
}

TEST(Protocol, LongTextsGoBesideTheMessage) {
  const std::string text(abi::kHandlerTextMax, 'x');
  Arrived arrived(encode_ask(abi::Ask::kWrite, "nat.rules", text).value());
  EXPECT_LT(arrived.bytes.size(), 1000U);
  auto order = decode_order(arrived.bytes, arrived.fds);
  ASSERT_TRUE(order);
  EXPECT_EQ(std::get<AskOrder>(*order).handler, "nat.rules");
  EXPECT_TRUE(std::get<AskOrder>(*order).text == text);
  EXPECT_EQ(error_of(encode_ask(abi::Ask::kRead, "x", text + "x")), ErrorCode::kInvalid);
}

// A refusal that a monitor sent, as the daemon hears it.
base::Error as_it_arrives(base::Error refusal) {
  Arrived sent(encode(AnswerEvent{.answer = std::unexpected(std::move(refusal))}).value());
  auto event = decode_event(sent.bytes, sent.fds);
  base::check(event.has_value(), "what was encoded can be decoded");
  return std::get<AnswerEvent>(*event).answer.error();
}

TEST(Protocol, EventsArriveWhole) {
  Arrived ended(encode(EndedEvent{.end = {.why = End::Why::kPanicked,
                                          .code = 1,
                                          .message = "a\x1b",
                                          .findings = std::string(20000, 'f')}})
                    .value());
  auto event = decode_event(ended.bytes, ended.fds);
  ASSERT_TRUE(event);
  const End& end = std::get<EndedEvent>(*event).end;
  EXPECT_EQ(end.why, End::Why::kPanicked);
  EXPECT_EQ(end.message, "a\\x1b") << "what a monitor says is escaped here";
  EXPECT_EQ(end.findings.size(), 20000U);

  const base::Error none = as_it_arrives(
      base::Error(ErrorCode::kNotFound, "no such handler").try_this("look for another"));
  EXPECT_EQ(none.code(), ErrorCode::kNotFound);
  EXPECT_EQ(none.remedy(), "look for another");
}

TEST(Protocol, WhatAGuestRefusesArrivesLineByLine) {
  const base::Error refusal =
      as_it_arrives(base::Error(ErrorCode::kInvalid, "t:1: one\x1b\n  try: this\nt:2: two"));
  EXPECT_EQ(refusal.code(), ErrorCode::kInvalid);
  EXPECT_EQ(refusal.message(), "t:1: one\\x1b");
  EXPECT_EQ(refusal.remedy(), "this");
  ASSERT_NE(refusal.cause(), nullptr);
  EXPECT_EQ(refusal.cause()->message(), "t:2: two");
}

TEST(Protocol, ZygoteMessagesArriveWhole) {
  Arrived demand(encode(Demand(ForkDemand{.size = {.ram = base::mib(8)}, .count = 3})));
  auto fork = decode_demand(demand.bytes, demand.fds);
  ASSERT_TRUE(fork);
  EXPECT_EQ(std::get<ForkDemand>(*fork).size.ram, base::mib(8));
  EXPECT_EQ(std::get<ForkDemand>(*fork).count, 3U);

  Arrived report(encode(MonitorReport{.id = 9,
                                      .pid = 10,
                                      .size = {},
                                      .page = 7,
                                      .channel = some_memory(),
                                      .dossier = some_memory(),
                                      .pidfd = {}}));
  auto monitor = decode_report(report.bytes, report.fds);
  ASSERT_TRUE(monitor) << monitor.error().to_string();
  EXPECT_EQ(std::get<MonitorReport>(*monitor).page, 7U);
  EXPECT_FALSE(std::get<MonitorReport>(*monitor).pidfd);
}

TEST(Protocol, WhatIsCutLongerOrUnknownIsRefused) {
  const os::UniqueFd memory = some_memory();
  const Message whole = encode_start({.memory = some_memory(), .size = {}, .cpu = {}}, {},
                                     life_with_ring(memory.get()))
                            .value();
  for (std::size_t cut = 0; cut < whole.bytes.size(); cut += 7) {
    EXPECT_FALSE(decode_order(std::span(whole.bytes).first(cut), {}));
  }
  Arrived longer(whole);
  longer.bytes.push_back(0);
  EXPECT_EQ(error_of(decode_order(longer.bytes, longer.fds)), ErrorCode::kCorrupt);
  Arrived more(whole);
  more.fds.push_back(some_memory());
  EXPECT_EQ(error_of(decode_order(more.bytes, more.fds)), ErrorCode::kCorrupt);
  Arrived unknown(WireWriter(99).finish());
  EXPECT_EQ(error_of(decode_order(unknown.bytes, {})), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(decode_event(unknown.bytes, {})), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(decode_demand(unknown.bytes, {})), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(decode_report(unknown.bytes, {})), ErrorCode::kCorrupt);
  unknown.bytes[0] = kProtocolVersion + 1;
  EXPECT_EQ(error_of(decode_order(unknown.bytes, {})), ErrorCode::kUnsupported);
}

TEST(Protocol, ATextThatIsShorterThanItSaysIsRefused) {
  Arrived arrived(encode_ask(abi::Ask::kWrite, "h", std::string(50000, 'x')).value());
  ASSERT_EQ(arrived.fds.size(), 1U);
  arrived.fds[0] = some_memory();
  EXPECT_EQ(error_of(decode_order(arrived.bytes, arrived.fds)), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace superfluid::vmm
