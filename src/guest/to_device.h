// SPDX-License-Identifier: Apache-2.0
// ToDevice: pulls packets and sends them on a port of the instance.
//
//   ToDevice(DEVNAME [, BURST int, METHOD word, DEBUG bool])
//
// Arguments  DEVNAME  the port's name, or its number: eth0, 0.
//            BURST    most packets of one turn, 1 to 4096. Default 64.
//            DEBUG    says when it waits for room. Default false.
//            METHOD   is that of ToDevice on a host, and changes nothing.
// Ports      1 pull input; up to 2 push outputs: packets that were sent, packets that were not
// Drops      without the second output: packets longer than 9216 bytes, and empty ones
// Handlers   count, drops (r)  packets sent, packets that no ring takes
//            pulls (r)         how often packets were asked for
//            signal, q (r)     whether there may be packets; whether some wait for room
//            debug (rw)        as DEBUG
// Example    Idle -> Queue(1000) -> ToDevice(eth0);
//
// Packets have their link header already. A port has one ToDevice.
//
// While the port's ring is full no packet is pulled, so that a Queue in front fills and drops.
// First the monitor is let in, where it is the other side; when that made no room, this waits for
// 64 to 1024 microseconds. On a port that nobody
// serves packets wait for another life.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "graph/element.h"
#include "graph/notifier.h"
#include "guest/ports.h"

namespace superfluid::guest {

class ToDevice final : public graph::Element, public PortWriter {
 public:
  static const graph::ElementClass kClass;

  ~ToDevice() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void take_state(graph::Element& from) override;
  bool run_task(graph::Task&) override;
  void run_timer(graph::Timer&) override { task_.schedule(); }
  void try_again() override;
  std::size_t port() const { return port_; }

 private:
  static constexpr base::Duration kLook = base::microseconds(20);
  static constexpr base::Duration kPauseMin = base::microseconds(64);
  static constexpr base::Duration kPauseMax = base::microseconds(1024);

  // How many of those that wait are done with.
  std::size_t send(Port& port);
  void rest(Port& port);

  graph::Task task_{*this};
  graph::Timer timer_{*this};
  graph::Signal empty_;
  std::size_t port_ = Ports::kNoPort;
  std::uint32_t burst_ = graph::kBatchMax;
  bool debug_ = false;
  std::array<graph::Packet*, graph::kBatchMax> waiting_{};
  std::size_t first_ = 0;  // of waiting_
  std::size_t end_ = 0;
  bool has_asked_ = false;  // for room, since a packet was sent last
  std::optional<base::Instant> full_since_;
  base::Duration pause_ = kPauseMin;
  std::uint64_t pulls_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::guest
