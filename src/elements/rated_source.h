// SPDX-License-Identifier: Apache-2.0
// RatedSource: sends copies of one packet at a rate.
//
//   RatedSource([DATA, RATE, LIMIT, ACTIVE] [, LENGTH n, BANDWIDTH b, STOP bool])
//
// Arguments  DATA       the packet's bytes. Default: a sentence of 69 bytes.
//            RATE       packets a second. Default 10.
//            LIMIT      packets to send in all, negative for no limit. Default -1.
//            ACTIVE     whether it sends. Default true.
//            LENGTH     cuts DATA to so many bytes, or repeats it. DATASIZE is its old name.
//            BANDWIDTH  sets RATE so that its packets make up a bandwidth, such as 10Mbps
//            STOP       stops the graph after LIMIT packets. Default false.
// Ports      1 output, push or pull
// Handlers   count (r), reset (w)                      packets sent so far; start anew
//            rate, limit, active, data, length (rw)    as the arguments; datasize is length
//            scheduled, home_thread (r), tickets (rw)  of its task
// Example    RatedSource(RATE 1000, LENGTH 60) -> Discard;
//
// A token bucket of 10 ms, and at least 2 packets, full at the start, makes up for short rests.

#pragma once

#include <string>

#include "elements/token_bucket.h"
#include "graph/element.h"

namespace superfluid::elements {

class RatedSource final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
  bool run_task(graph::Task&) override;
  void run_timer(graph::Timer&) override { task_.schedule(); }
  void take_state(graph::Element& old) override;

 private:
  bool exhausted() const { return limit_ >= 0 && count_ >= limit_; }
  // The packets that rate and limit allow now, at most `max`.
  std::size_t produce(graph::Packet** into, std::size_t max);
  void fill_bucket();
  void fill_bytes();
  void restart();

  graph::Task task_{*this};
  graph::Timer timer_{*this};
  TokenBucket bucket_;
  std::string data_;
  std::string bytes_;         // data_, as long as it is sent
  std::int64_t length_ = -1;  // negative: data_'s own
  std::int64_t limit_ = -1;
  std::int64_t count_ = 0;
  std::uint32_t rate_ = 10;
  bool active_ = true;
  bool stop_ = false;
};

}  // namespace superfluid::elements
