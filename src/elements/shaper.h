// SPDX-License-Identifier: Apache-2.0
// Shaper, BandwidthShaper: let packets, or bytes, pass evenly at a rate, as they are pulled.
//
//   Shaper(RATE)
//   BandwidthShaper(RATE)
//
// Arguments  RATE  packets a second; BandwidthShaper: a bandwidth, such as 384kbps or 1.5MBps
// Ports      1 pull input; 1 or 2 pull outputs: 0 at RATE, 1 gives packets whenever 0 gives none
// Handlers   rate (rw), config (r)  RATE
//            reset (w)              forgets what passed; a packet may pass at once
// Example    q :: Queue -> Shaper(1000) -> Unqueue -> t;
//
// It measures the time since the second began, so a puller that comes late gets what it missed. A
// packet of any length may pass as soon as one byte may; those after it pay. Until the next may
// pass, who pulls from output 0 sleeps.

#pragma once

#include "elements/pacer.h"
#include "elements/traffic_rate.h"
#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class AnyShaper : public graph::Element, private graph::WakeListener {
 public:
  void configure(graph::Arguments& arguments) final;
  base::Status initialize() final;
  void add_handlers(graph::HandlerTable& handlers) final;
  std::size_t pull(std::uint32_t port, graph::Packet** into, std::size_t max) final;
  void run_timer(graph::Timer&) final { ready_.wake(); }
  graph::Notifier* empty_notifier(std::uint32_t output) final {
    return output == 0 ? &ready_ : nullptr;
  }
  void take_state(graph::Element& old) final;

 protected:
  explicit AnyShaper(TrafficUnit unit) : rate_{unit} {}

 private:
  std::size_t pull_paced(graph::Packet** into, std::size_t max, std::int64_t allowance);
  void rest(std::int64_t allowance);
  void start_anew();
  void woken() final {
    if (!timer_.when()) {
      ready_.wake();
    }
  }

  TrafficRate rate_;
  Pacer pacer_;
  graph::Timer timer_{*this};  // set while the rate allows nothing
  graph::Signal empty_;        // whether there are packets to pull
  graph::Notifier ready_;
};

class Shaper final : public AnyShaper {
 public:
  static const graph::ElementClass kClass;
  Shaper() : AnyShaper(TrafficUnit::kPackets) {}
};

class BandwidthShaper final : public AnyShaper {
 public:
  static const graph::ElementClass kClass;
  BandwidthShaper() : AnyShaper(TrafficUnit::kBytes) {}
};

}  // namespace superfluid::elements
