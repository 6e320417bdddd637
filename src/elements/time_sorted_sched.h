// SPDX-License-Identifier: Apache-2.0
// TimeSortedSched: merges streams of packets by their timestamps.
//
//   TimeSortedSched([STOP bool, BUFFER n])
//
// Arguments  STOP    stops the graph when no input has packets any more. Default false.
//            BUFFER  packets that it holds of each input, so that streams may be a little out of
//                    order; 1 to 65536. Default 1.
// Ports      any number of pull inputs, 1 pull output. Who pulls sleeps while all inputs are empty.
// Handlers   well_ordered (r)  false once a packet left that was older than the one before it
// Example    FromDump(a.pcap) -> [0] s :: TimeSortedSched(STOP true) -> Unqueue -> t;
//            FromDump(b.pcap) -> [1] s;
//
// Of equal packets the one that was pulled first leaves first. Packets without a timestamp are the
// oldest.

#pragma once

#include <vector>

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class TimeSortedSched final : public graph::Element, private graph::WakeListener {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::uint32_t kBufferMax = 1 << 16;

  ~TimeSortedSched() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
  graph::Notifier* empty_notifier(std::uint32_t) override { return &nonempty_; }

 private:
  struct Held {
    graph::Packet* packet;
    std::uint64_t order;
    std::uint32_t lane;
  };
  struct Lane {
    graph::Signal signal;
    std::uint32_t held = 0;
  };

  static bool later(const Held& a, const Held& b);
  // Fills the lanes; whether any of them may have more.
  bool fill();
  graph::Packet* take_oldest();
  void woken() override { nonempty_.wake(); }

  std::vector<Lane> lanes_;  // one an input
  std::vector<Held> heap_;   // the oldest first
  std::uint64_t order_ = 0;
  base::Duration last_;
  std::uint32_t buffer_ = 1;
  bool stop_ = false;
  bool well_ordered_ = true;
  graph::Notifier nonempty_;
};

}  // namespace superfluid::elements
