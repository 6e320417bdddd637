// SPDX-License-Identifier: Apache-2.0
// Discard: drops all packets. As a pull element it takes what it can get.
//
//   Discard([ACTIVE bool, BURST n])
//
// Arguments  ACTIVE  pull only: whether it asks for packets. Default true.
//            BURST   pull only: packets a turn. Default 1.
// Ports      1 input, push or pull
// Handlers   count (r)         packets dropped so far
//            reset_counts (w)  sets count to zero
//            active (rw)       as ACTIVE
//            scheduled, home_thread (r), tickets (rw)  of its task
// Example    f -> Discard;

#pragma once

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class Discard final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t, graph::Batch batch) override {
    count_ += batch.size();
    batch.release();
  }
  bool run_task(graph::Task&) override;

 private:
  graph::Task task_{*this};
  graph::Signal signal_;
  std::uint64_t count_ = 0;
  std::uint32_t burst_ = 1;
  bool active_ = true;
};

}  // namespace superfluid::elements
