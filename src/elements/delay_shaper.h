// SPDX-License-Identifier: Apache-2.0
// DelayShaper: gives packets away when they are old enough.
//
//   DelayShaper(DELAY)
//
// Arguments  DELAY  how long after its timestamp a packet may be pulled. One without a timestamp
//                   gets the time at which it came here.
// Ports      1 pull input, 1 pull output. Holds one packet; who pulls sleeps until it is due.
// Handlers   delay (rw)
// Example    f -> SetTimestamp -> Queue -> DelayShaper(20ms) -> ToDump(late.pcap);
//
// A packet leaves with the timestamp at which it was due. DelayUnqueue does the same and pushes.

#pragma once

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class DelayShaper final : public graph::Element, private graph::WakeListener {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
  void run_timer(graph::Timer&) override { ready_.wake(); }
  graph::Notifier* empty_notifier(std::uint32_t) override { return &ready_; }

 private:
  bool hold_next(base::Duration now);
  void woken() override {
    if (held_ == nullptr) {
      ready_.wake();
    }
  }

  base::Duration delay_;
  graph::PacketPtr held_;  // its timestamp is when it is due
  graph::Timer timer_{*this};
  graph::Signal empty_;
  graph::Notifier ready_;
};

}  // namespace superfluid::elements
