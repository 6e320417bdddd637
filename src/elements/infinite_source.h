// SPDX-License-Identifier: Apache-2.0
// InfiniteSource: sends copies of one packet, as fast as it may.
//
//   InfiniteSource([DATA, LIMIT, BURST, ACTIVE]
//                  [, LENGTH n, TIMESTAMP bool, HEADROOM n, STOP bool,
//                  END_CALL "HANDLER [VALUE]"])
//
// Arguments  DATA       the packet's bytes. Default: a sentence of 69 bytes.
//            LIMIT      packets to send in all, negative for no limit. Default -1.
//            BURST      packets a turn, of which 4096 are the most. Default 1.
//            ACTIVE     whether it sends. Default true.
//            LENGTH     pads or cuts DATA to so many bytes.
//            TIMESTAMP  stamps packets with the time of their round. Default true.
//            HEADROOM   bytes free in front of the data. Default 64.
//            STOP       stops the graph after LIMIT packets. Default false.
//            END_CALL   after LIMIT packets, writes VALUE to HANDLER; excludes STOP
// Ports      1 output, push or pull. When pushing, it rests while what is behind is full.
// Handlers   count (r), reset (w)           packets sent so far; start anew
//            active, limit, burst, data, length (rw)  as the arguments
//            scheduled, home_thread (r), tickets (rw)  of its task
// Example    InfiniteSource(LIMIT 1000, LENGTH 60, BURST 32, STOP true) -> Discard;

#pragma once

#include <string>

#include "elements/handler_call.h"
#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class InfiniteSource final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
  bool run_task(graph::Task&) override;
  void take_state(graph::Element& old) override;
  graph::Notifier* empty_notifier(std::uint32_t) override { return &nonempty_; }

 private:
  bool pushes() const { return output(0).connected(); }
  // How many of `wanted` the limit allows.
  std::size_t allowed(std::size_t wanted) const;
  std::size_t fill(graph::Packet** into, std::size_t wanted);
  void limit_reached();
  void restart();

  graph::Task task_{*this};
  graph::Signal full_;
  graph::Notifier nonempty_;
  std::string data_;
  std::string end_call_text_;
  HandlerCall end_call_;
  std::int64_t limit_ = -1;
  std::int64_t count_ = 0;
  std::uint32_t burst_ = 1;
  std::uint32_t headroom_ = graph::kHeadroom;
  bool active_ = true;
  bool timestamp_ = true;
  bool stop_ = false;
};

}  // namespace superfluid::elements
