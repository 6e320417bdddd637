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
// packet of any length may pass as soon as one byte may; those after it pay.

#pragma once

#include "elements/pacer.h"
#include "elements/traffic_rate.h"
#include "graph/element.h"

namespace superfluid::elements {

class AnyShaper : public graph::Element {
 public:
  void configure(graph::Arguments& arguments) final;
  void add_handlers(graph::HandlerTable& handlers) final;
  std::size_t pull(std::uint32_t port, graph::Packet** into, std::size_t max) final;
  void take_state(graph::Element& old) final;

 protected:
  explicit AnyShaper(TrafficUnit unit) : rate_{unit} {}

 private:
  std::size_t pull_paced(graph::Packet** into, std::size_t max, std::int64_t allowance);

  TrafficRate rate_;
  Pacer pacer_;
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
