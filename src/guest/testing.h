// SPDX-License-Identifier: Apache-2.0
// TestMachine: what is around a guest, for tests: its memory, its host, and a clock that the test
// moves. One cycle of its counter is one nanosecond.
//
//   TestMachine machine("FromDevice(eth0) -> Queue -> ToDevice(eth1)");
//   Guest guest(machine.memory(), machine, machine.limits());
//   ASSERT_TRUE(guest.boot() && guest.begin());
//   machine.send(0, "a frame");
//   machine.run(guest);                        // until it sleeps
//   EXPECT_EQ(machine.received(1), "a frame");
//
// Ports are eth0, eth1, ..., with the addresses 10.0.0.1/24, 10.0.1.1/24, ...; their other side is
// the test. Nothing here ends a guest: after kEnd and kPanic its calls return false.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abi/ring_end.h"
#include "base/units.h"
#include "guest/exits.h"
#include "guest/guest.h"
#include "guest/memory.h"

namespace superfluid::guest::testing {

class TestMachine final : public Exits {
 public:
  struct Options {
    std::uint32_t ports = 2;
    std::uint8_t doorbell = 0;  // of all ports
  };

  explicit TestMachine(std::string_view text);
  TestMachine(std::string_view text, const Options& options);
  ~TestMachine() override;

  Memory memory() { return Memory(ram_.get()); }
  static Guest::Limits limits() { return Guest::limits_for(1 << 20, 128 << 10); }
  abi::DevicePage& page();
  abi::GuestPage& said() { return memory().guest_page(); }
  abi::Mailbox& mailbox() { return memory().mailbox(); }

  void advance(base::Duration by) { tsc_ += static_cast<std::uint64_t>(by.count()); }
  // Another life: the page counts it, windows are fresh.
  void rebirth();
  void move_port(std::uint32_t port, std::uint8_t last_byte);  // gives it other addresses

  // Turns until the guest sleeps, ends, or has had so many. False: it has ended.
  bool run(Guest& guest, int turns_max = 10'000);
  std::string ask(Guest& guest, abi::Ask what, std::string_view name, std::string_view value = {});

  void send(std::uint32_t port, std::string_view frame);
  // All frames that came since, with a | between them.
  std::string received(std::uint32_t port);
  abi::Window window(std::uint32_t port);

  std::string console();  // what was printed since
  std::string message();
  std::string findings();
  int count(abi::Exit exit) const;

  std::vector<std::pair<abi::Exit, std::uint8_t>> exits;
  std::function<void(abi::Exit)> at_exit;

  void leave(abi::Exit exit, std::uint8_t value) override;
  using Exits::leave;
  std::uint64_t tsc() const override { return tsc_; }

 private:
  struct Peer;

  void open_peers();
  void take_console();

  std::uint32_t ports_;
  std::unique_ptr<std::byte[], void (*)(std::byte*)> ram_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::uint64_t tsc_ = 1'000'000;
  std::string printed_;
};

}  // namespace superfluid::guest::testing
