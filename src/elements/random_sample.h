// SPDX-License-Identifier: Apache-2.0
// RandomSample: passes each packet with a probability.
//
//   RandomSample([P, SAMPLE p, DROP p, ACTIVE bool])
//
// Arguments  P, SAMPLE  how likely a packet passes, 0 to 1, such as 0.25. Default: all pass.
//            DROP       how likely it does not; not together with SAMPLE
//            ACTIVE     whether it drops any. Default true.
// Ports      1 input, push or pull; 1 or 2 outputs, of which 1, push, gets what does not pass
// Drops      what does not pass, where output 1 is not connected
// Handlers   sampling_prob, drop_prob, active (rw), config (r)
//            drops (r)  packets that did not pass
// Example    f -> RandomSample(DROP 0.01) -> t;   a line that loses a packet in a hundred

#pragma once

#include "elements/probability.h"
#include "graph/element.h"

namespace superfluid::elements {

class RandomSample final : public graph::PerPacket<RandomSample> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  Probability passing_;
  std::uint64_t drops_ = 0;
  bool active_ = true;
};

}  // namespace superfluid::elements
