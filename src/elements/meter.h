// SPDX-License-Identifier: Apache-2.0
// Meter, BandwidthMeter: send packets to an output by how fast they come lately.
//
//   Meter(RATE1, RATE2, ...)
//   BandwidthMeter(RATE1, RATE2, ...)
//
// Arguments  RATE1, ...  packets a second; of the second, bandwidths, such as 384kbps; ascending,
//                        one less than there are outputs
// Ports      1 push input, 2 or more push outputs: 0 while the rate is below RATE1, 1 below RATE2,
//            and so on; the last one from the last RATE on
// Handlers   rate (r)    packets, or bytes, a second, averaged over the last few milliseconds
//            meters (r)  the rates, in the same units
// Example    f -> m :: BandwidthMeter(1MBps) -> t;   m [1] -> Discard;
//
// The rate is that of all packets that come in. It changes with each millisecond, so packets that
// come together leave together.

#pragma once

#include <vector>

#include "elements/rate_average.h"
#include "elements/traffic_rate.h"
#include "graph/element.h"

namespace superfluid::elements {

class AnyMeter : public graph::Element {
 public:
  void configure(graph::Arguments& arguments) final;
  void add_handlers(graph::HandlerTable& handlers) final;
  void push(std::uint32_t, graph::Batch batch) final;
  void take_state(graph::Element& old) final { rate_ = static_cast<const AnyMeter&>(old).rate_; }

 protected:
  explicit AnyMeter(TrafficUnit unit) : unit_(unit) {}

 private:
  void read_rates(const std::vector<std::string>& texts, graph::Arguments& arguments);

  TrafficUnit unit_;
  std::vector<std::uint32_t> rates_;  // ascending
  RateAverage rate_;
};

class Meter final : public AnyMeter {
 public:
  static const graph::ElementClass kClass;
  Meter() : AnyMeter(TrafficUnit::kPackets) {}
};

class BandwidthMeter final : public AnyMeter {
 public:
  static const graph::ElementClass kClass;
  BandwidthMeter() : AnyMeter(TrafficUnit::kBytes) {}
};

}  // namespace superfluid::elements
