// SPDX-License-Identifier: Apache-2.0
// Port: one of the guest's ports while it lives: the two rings of a window (abi/ring_end.h), and
// what is counted of them.
//
// Which side of the rings the guest is, the device page says, so both are here. Whoever is at the
// other end is a stranger: the rings copy and check, a port that they call broken gives nothing
// more and takes nothing, and that is told on the console once.
//
// Invariants
//   1. Nothing of a window is used but through the rings; a frame is copied once, into the packet.
//   2. A port without a window is one that nothing comes from, and that takes nothing.
//   3. What was sent is told by flush(), once a turn.
//
// Threads: the guest's.

#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "abi/ring_end.h"
#include "graph/packet.h"
#include "guest/exits.h"

namespace superfluid::guest {

class Port {
 public:
  struct Taking {
    std::uint32_t headroom = graph::kHeadroom;
    std::uint32_t snap_bytes = abi::kFrameBytesMax;  // longer ones are cut
  };
  struct Taken {
    std::size_t frames = 0;   // that left the ring
    std::size_t packets = 0;  // that were made of them
  };

  // At the begin of a life. `window` is where the page's window lies.
  void open(const abi::DevicePort& port, std::uint8_t* window, abi::PortCounters& counters);
  void close();

  // The other side is the monitor, which looks only when the guest leaves.
  bool is_served_by_monitor() const { return is_open() && doorbell_ == 0; }
  bool is_open() const { return !std::holds_alternative<std::monostate>(ends_); }
  bool broken();

  Taken receive(graph::PacketPool& pool, const Taking& taking, graph::Packet** into,
                std::size_t max);
  // Takes and counts what nobody reads.
  std::size_t drop_all(std::size_t max);
  // How many of them were copied into the ring, from the first on; those behind found no room, or
  // fit into no ring.
  std::size_t send(graph::Batch batch);
  static bool fits(const graph::Packet& packet) {
    return packet.length != 0 && packet.length <= abi::kFrameBytesMax;
  }
  void count_refused() {
    if (counters_ != nullptr) {
      ++counters_->drops_full;
    }
  }
  // Tells the other side what was sent, and wakes it where it wishes that.
  void flush(Exits& exits);

  // Asks to be woken. False: there is something.
  bool may_sleep();
  void awake();

 private:
  template <abi::Side side>
  struct Ends {
    explicit Ends(const abi::Window& window) : in(window), out(window) {}

    abi::RingConsumer<side> in;
    abi::RingProducer<side> out;
  };
  using Client = Ends<abi::Side::kClient>;
  using Server = Ends<abi::Side::kServer>;

  template <typename Use>
  void use(Use use);
  template <typename Either>
  void give_back(Either& ends);

  std::variant<std::monostate, Client, Server> ends_;
  std::uint8_t doorbell_ = 0;
  abi::PortCounters* counters_ = nullptr;
  std::uint64_t bad_frames_ = 0;  // that were counted
  bool has_sent_ = false;
};

}  // namespace superfluid::guest
