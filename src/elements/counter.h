// SPDX-License-Identifier: Apache-2.0
// Counter: counts packets and bytes, and measures their rate.
//
//   Counter([COUNT_CALL "N HANDLER [VALUE]", BYTE_COUNT_CALL "N HANDLER [VALUE]"])
//
// Arguments  COUNT_CALL       when N packets were counted, writes VALUE to HANDLER, once, before
//                             the N-th packet goes on
//            BYTE_COUNT_CALL  the same when N bytes or more were counted
// Ports      1 input, 1 output, push or pull
// Handlers   count, byte_count (r)            since the last reset
//            rate, byte_rate, bit_rate (r)    a second, averaged over the last few milliseconds
//            reset, reset_counts (w)          counts to zero; calls may be made again
//            count_call (rw), byte_count_call (w)  as the arguments; reads as N
// Example    f -> Counter(COUNT_CALL 1000 stop) -> Discard;

#pragma once

#include <string>

#include "elements/handler_call.h"
#include "elements/rate_average.h"
#include "graph/element.h"

namespace superfluid::elements {

class Counter final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t, graph::Batch batch) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
  void take_state(graph::Element& old) override;

 private:
  // Makes its call once a count reaches a number.
  struct Trigger {
    // `text` is "N HANDLER [VALUE]". Refused, it leaves all as it was.
    base::Status bind(const graph::Element& owner, std::string_view text);
    bool due(std::uint64_t reached) const { return armed && reached >= at; }

    HandlerCall call;
    std::uint64_t at = 0;
    bool bound = false;
    bool armed = false;  // bound, and not yet called since the last reset
  };

  base::Status set_trigger(Trigger& trigger, std::string_view name, std::string_view text);
  void add(graph::Batch batch, std::uint64_t bytes);
  // Whether so many more reach a number that something is to be called at.
  bool call_due(std::size_t packets, std::uint64_t bytes) const;
  void count_one(graph::Packet* packet);
  void reset();

  std::uint64_t count_ = 0;
  std::uint64_t byte_count_ = 0;
  RateAverage rate_;
  RateAverage byte_rate_;
  Trigger packets_;
  Trigger bytes_;
  std::string count_call_;
  std::string byte_count_call_;
};

}  // namespace superfluid::elements
