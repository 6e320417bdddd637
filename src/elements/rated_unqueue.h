// SPDX-License-Identifier: Apache-2.0
// RatedUnqueue, BandwidthRatedUnqueue: pull packets at a rate and push them on.
//
//   RatedUnqueue(RATE [, BURST_DURATION d, BURST_SIZE n, ACTIVE bool])
//   BandwidthRatedUnqueue(RATE [, BURST_DURATION d, BURST_BYTES n, ACTIVE bool])
//
// Arguments  RATE            packets a second; of the second, a bandwidth, such as 10Mbps
//            BURST_DURATION  how long a rest can be made up for. Default 20ms.
//            BURST_SIZE, BURST_BYTES  the same in packets, or bytes; at least 1
//            ACTIVE          whether it moves packets. Default true.
// Ports      1 pull input, 1 push output. Rests while what is before is empty or RATE says so.
// Handlers   rate (rw), config (r)  RATE
//            active (rw)            as the argument
//            calls (r)              what its turns came to
//            scheduled, home_thread (r), tickets (rw)  of its task
// Example    q :: Queue -> RatedUnqueue(1000) -> t;
//
// A token bucket, full at the start. A packet of any length may go as soon as the bucket is not in
// debt.

#pragma once

#include "elements/rate_bucket.h"
#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class AnyRatedUnqueue : public graph::Element {
 public:
  void configure(graph::Arguments& arguments) final;
  base::Status initialize() final;
  void add_handlers(graph::HandlerTable& handlers) final;
  bool run_task(graph::Task&) final;
  void run_timer(graph::Timer&) final { task_.schedule(); }
  void take_state(graph::Element& old) final;

 protected:
  explicit AnyRatedUnqueue(TrafficUnit unit) : bucket_(unit) {}

 private:
  std::size_t pull_rated(graph::Packet** into);
  std::string calls() const;

  RateBucket bucket_;
  bool active_ = true;
  graph::Task task_{*this};
  graph::Timer timer_{*this};
  graph::Signal empty_;
  std::uint64_t runs_ = 0;
  std::uint64_t empty_runs_ = 0;
  std::uint64_t pushes_ = 0;
  std::uint64_t failed_pulls_ = 0;
};

class RatedUnqueue final : public AnyRatedUnqueue {
 public:
  static const graph::ElementClass kClass;
  RatedUnqueue() : AnyRatedUnqueue(TrafficUnit::kPackets) {}
};

class BandwidthRatedUnqueue final : public AnyRatedUnqueue {
 public:
  static const graph::ElementClass kClass;
  BandwidthRatedUnqueue() : AnyRatedUnqueue(TrafficUnit::kBytes) {}
};

}  // namespace superfluid::elements
