// SPDX-License-Identifier: Apache-2.0
// AverageCounter: counts packets and bytes, and their rate over the whole time since the first one.
//
//   AverageCounter([IGNORE])
//
// Arguments  IGNORE  seconds after the first packet in which nothing is counted. Default 0.
// Ports      1 input, 1 output, push or pull
// Handlers   count, byte_count (r)
//            rate, byte_rate (r)  a second, between the end of IGNORE and the last packet, in steps
//                                 of a millisecond and with at most six decimals
//            reset (w)            forgets all, the first packet too
// Example    f -> ac :: AverageCounter(1) -> Discard;

#pragma once

#include <optional>

#include "graph/element.h"

namespace superfluid::elements {

class AverageCounter final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t, graph::Batch batch) override {
    count(batch);
    output(0).push(batch);
  }
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
  void take_state(graph::Element& old) override;

 private:
  void count(graph::Batch batch);
  std::string per_second(std::uint64_t count) const;

  std::uint32_t ignore_s_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t byte_count_ = 0;
  std::optional<base::Instant> first_;
  base::Instant last_;
};

}  // namespace superfluid::elements
