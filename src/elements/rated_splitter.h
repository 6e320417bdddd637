// SPDX-License-Identifier: Apache-2.0
// RatedSplitter, BandwidthRatedSplitter: let packets, or bytes, through up to a rate, and send what
// is beyond elsewhere.
//
//   RatedSplitter(RATE [, BURST_DURATION d, BURST_SIZE n])
//   BandwidthRatedSplitter(RATE [, BURST_DURATION d, BURST_BYTES n])
//
// Arguments  RATE            packets a second; of the second, a bandwidth, such as 10Mbps
//            BURST_DURATION  how long a rest can be made up for. Default 20ms.
//            BURST_SIZE, BURST_BYTES  the same in packets, or bytes; at least 1
// Ports      1 push input; 1 or 2 push outputs: 0 up to RATE, 1 what is beyond
// Drops      what is beyond, where output 1 is not connected
// Handlers   rate (rw), config (r)  RATE
// Example    f -> s :: RatedSplitter(1000) -> t;   s [1] -> Discard;
//
// A token bucket, full at the start, where a Meter measures the average of some time.

#pragma once

#include "elements/rate_bucket.h"
#include "graph/element.h"

namespace superfluid::elements {

class AnyRatedSplitter : public graph::Element {
 public:
  void configure(graph::Arguments& arguments) final;
  void add_handlers(graph::HandlerTable& handlers) final;
  void push(std::uint32_t, graph::Batch batch) final;

 protected:
  explicit AnyRatedSplitter(TrafficUnit unit) : bucket_(unit) {}

 private:
  RateBucket bucket_;
};

class RatedSplitter final : public AnyRatedSplitter {
 public:
  static const graph::ElementClass kClass;
  RatedSplitter() : AnyRatedSplitter(TrafficUnit::kPackets) {}
};

class BandwidthRatedSplitter final : public AnyRatedSplitter {
 public:
  static const graph::ElementClass kClass;
  BandwidthRatedSplitter() : AnyRatedSplitter(TrafficUnit::kBytes) {}
};

}  // namespace superfluid::elements
