// SPDX-License-Identifier: Apache-2.0
// ToDevice: pulls packets and sends them on a network interface.
//
//   ToDevice(DEVNAME [, BURST int, METHOD word, DEBUG bool])
//
// Arguments  DEVNAME  the interface's name; it must exist, and may be down.
//            BURST    most packets of one turn, 1 to 4096. Default 64.
//            METHOD   LINUX or PCAP, which are the same here.
//            DEBUG    says when it waits for the interface. Default false.
// Ports      1 pull input; up to 2 push outputs: packets that were sent, packets that were not
// Drops      without the second output: packets longer than the interface takes, and those for one
//            that is down or gone
// Handlers   count, drops (r)  packets sent, packets that the interface refused
//            pulls (r)         how often packets were asked for
//            signal, q (r)     whether there may be packets; whether some wait for the interface
//            debug (rw)        as DEBUG
// Example    Idle -> Queue(1000) -> ToDevice(eth0);
//
// Packets have their link header already. Needs CAP_NET_RAW. An interface has one ToDevice.
//
// While the interface's queue is full no packet is pulled, so that a Queue in front fills and
// drops: it waits until the kernel says that there is room, or for 64 to 1024 microseconds where it
// does not. With nothing to send there are no rounds.

#pragma once

#include <array>
#include <optional>
#include <string>

#include "graph/element.h"
#include "graph/notifier.h"
#include "os/event_loop.h"
#include "os/packet_ring.h"

namespace superfluid::hostgraph {

class ToDevice final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  ~ToDevice() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  bool run_task(graph::Task&) override;
  void run_timer(graph::Timer&) override { task_.schedule(); }
  void take_state(graph::Element& from) override;

 private:
  static constexpr base::Duration kPauseMin = base::microseconds(64);
  static constexpr base::Duration kPauseMax = base::microseconds(1024);

  // How many of those that wait went; what is left then waits for the interface.
  std::size_t send();
  void done(std::size_t count);
  void refuse(int error_number);
  void rest(int error_number);

  graph::Task task_{*this};
  graph::Timer timer_{*this};
  graph::Signal empty_;
  std::string link_;
  std::optional<os::PacketSender> sender_;
  os::Subscription watch_;  // of the sender, while it waits for room; goes first
  std::uint32_t burst_ = graph::kBatchMax;
  bool debug_ = false;
  std::array<graph::Packet*, graph::kBatchMax> waiting_{};
  std::size_t first_ = 0;  // of waiting_
  std::size_t end_ = 0;
  base::Duration pause_ = kPauseMin;
  int last_error_ = 0;  // that was told
  std::uint64_t pulls_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::hostgraph
