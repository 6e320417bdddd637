// SPDX-License-Identifier: Apache-2.0
#include "guest/testing.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"

namespace superfluid::guest::testing {
namespace {

constexpr std::uint64_t kRamBytes = abi::kRamBytesMin;
constexpr std::uint32_t kSlots = 32;
constexpr std::align_val_t kAlignment{abi::kPageBytes};

void free_ram(std::byte* ram) { ::operator delete(ram, kAlignment); }

}  // namespace

struct TestMachine::Peer {
  explicit Peer(const abi::Window& window) : in(window), out(window) {}

  abi::RingConsumer<abi::Side::kServer> in;
  abi::RingProducer<abi::Side::kServer> out;
};

TestMachine::TestMachine(std::string_view text) : TestMachine(text, Options{}) {}

TestMachine::TestMachine(std::string_view text, const Options& options)
    : ports_(options.ports),
      ram_(static_cast<std::byte*>(
               ::operator new(kRamBytes + ports_ * abi::window_bytes(kSlots), kAlignment)),
           free_ram) {
  std::memset(ram_.get(), 0, kRamBytes + ports_ * abi::window_bytes(kSlots));
  abi::DevicePage& device = page();
  device.magic = abi::kDeviceMagic;
  device.version = abi::kAbiVersion;
  device.bytes = sizeof device;
  device.incarnation = 1;
  device.clock_mult = 1ull << 32;
  device.epoch_base_ns = 1'000'000'000'000'000'000;
  for (std::size_t i = 0; i < sizeof device.random_seed; ++i) {
    device.random_seed[i] = static_cast<std::uint8_t>(i);
  }
  device.ram_bytes = kRamBytes;
  device.text_bytes = text.size();
  device.text_address = abi::kRamBase + kRamBytes - text.size();
  std::ranges::copy(text, reinterpret_cast<char*>(ram_.get() + kRamBytes - text.size()));
  std::ranges::copy(std::string_view("test.click"), device.text_name);
  device.port_count = ports_;
  for (std::uint32_t i = 0; i < ports_; ++i) {
    abi::DevicePort& port = device.ports[i];
    std::ranges::copy(base::cat("eth", i), port.name);
    port.role = abi::PortRole::kClient;
    port.doorbell = options.doorbell;
    port.mtu = 1500;
    port.slots = kSlots;
    port.window = abi::kRamBase + kRamBytes + i * abi::window_bytes(kSlots);
    port.window_bytes = abi::window_bytes(kSlots);
    port.ipv4_prefix = 24;
    move_port(i, 1);
  }
  open_peers();
}

TestMachine::~TestMachine() = default;

abi::DevicePage& TestMachine::page() { return *reinterpret_cast<abi::DevicePage*>(ram_.get()); }

void TestMachine::move_port(std::uint32_t port, std::uint8_t last_byte) {
  abi::DevicePort& device = page().ports[port];
  const std::uint8_t mac[] = {2, 0, 0, 0, static_cast<std::uint8_t>(port), last_byte};
  const std::uint8_t ip[] = {10, 0, static_cast<std::uint8_t>(port), last_byte};
  const std::uint8_t gateway[] = {10, 0, static_cast<std::uint8_t>(port), 254};
  std::ranges::copy(mac, device.mac);
  std::ranges::copy(ip, device.ipv4);
  std::ranges::copy(gateway, device.ipv4_gateway);
}

void TestMachine::rebirth() {
  ++page().incarnation;
  std::memset(ram_.get() + kRamBytes, 0, ports_ * abi::window_bytes(kSlots));
  open_peers();
}

abi::Window TestMachine::window(std::uint32_t port) {
  return {reinterpret_cast<std::uint8_t*>(memory().at(page().ports[port].window)),
          page().ports[port].window_bytes, kSlots};
}

void TestMachine::open_peers() {
  peers_.clear();
  for (std::uint32_t i = 0; i < ports_; ++i) {
    peers_.push_back(std::make_unique<Peer>(window(i)));
  }
}

void TestMachine::leave(abi::Exit exit, std::uint8_t value) {
  exits.emplace_back(exit, value);
  if (exit == abi::Exit::kConsole) {
    take_console();
  }
  if (at_exit) {
    at_exit(exit);
  }
}

int TestMachine::count(abi::Exit exit) const {
  return static_cast<int>(
      std::ranges::count_if(exits, [&](const auto& each) { return each.first == exit; }));
}

bool TestMachine::run(Guest& guest, int turns_max) {
  const int sleeps = count(abi::Exit::kSleep);
  for (int i = 0; i < turns_max && count(abi::Exit::kSleep) == sleeps; ++i) {
    if (!guest.turn()) {
      return false;
    }
  }
  return true;
}

std::string TestMachine::ask(Guest& guest, abi::Ask what, std::string_view name,
                             std::string_view value) {
  const std::string whole = base::cat(name, value);
  abi::MailboxHalf& request = mailbox().request;
  abi::Live& live = page().live;
  const std::uint32_t number = live.mailbox_request + 1;
  live.mailbox_fragment = 0;
  std::size_t at = 0;
  do {
    const std::size_t bytes = std::min(whole.size() - at, abi::kFragmentBytes);
    request.header = {
        static_cast<std::uint32_t>(what),         static_cast<std::uint32_t>(name.size()),
        static_cast<std::uint32_t>(whole.size()), static_cast<std::uint32_t>(at),
        static_cast<std::uint32_t>(bytes),        {}};
    std::copy_n(whole.data() + at, bytes, request.text);
    live.mailbox_fragment += at == 0 ? 0 : 1;
    live.mailbox_request = number;
    at += bytes;
    guest.turn();
  } while (at < whole.size() && said().mailbox_answered != number);
  if (said().mailbox_answered != number) {
    return "no answer";
  }
  std::string text;
  const abi::MailboxHalf& answer = mailbox().answer;
  for (;;) {
    text.append(reinterpret_cast<const char*>(answer.text), answer.header.bytes);
    if (text.size() >= answer.header.total) {
      return answer.header.what == 0 ? text : base::cat("error: ", text);
    }
    ++live.mailbox_fragment;
    guest.turn();
  }
}

void TestMachine::send(std::uint32_t port, std::string_view frame) {
  base::check(peers_[port]->out.put(base::bytes_of(frame)), "a frame to be sent fits");
  static_cast<void>(peers_[port]->out.publish());
}

std::string TestMachine::received(std::uint32_t port) {
  std::string all;
  while (const auto frame = peers_[port]->in.next()) {
    std::string text(frame->length, '\0');
    frame->copy_to(reinterpret_cast<std::uint8_t*>(text.data()));
    all += base::cat(all.empty() ? "" : "|", text);
  }
  peers_[port]->in.release();
  return all;
}

void TestMachine::take_console() {
  std::uint32_t& taken = page().live.console_taken;
  if (said().console_written - taken > abi::kConsoleBytes) {
    taken = said().console_written;  // a test made nonsense of it
  }
  for (; taken != said().console_written; ++taken) {
    printed_ += memory().console()[taken % abi::kConsoleBytes];
  }
}

std::string TestMachine::console() {
  take_console();
  return std::exchange(printed_, {});
}

std::string TestMachine::message() { return {said().message, said().message_bytes}; }

std::string TestMachine::findings() {
  const abi::MailboxHalf& answer = mailbox().answer;
  return {reinterpret_cast<const char*>(answer.text), answer.header.bytes};
}

}  // namespace superfluid::guest::testing
