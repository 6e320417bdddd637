// SPDX-License-Identifier: Apache-2.0
// Unqueue: pulls packets as fast as it may and pushes them on.
//
//   Unqueue([BURST] [, ACTIVE bool, LIMIT n])
//
// Arguments  BURST   packets a turn, negative for as many as there are up to 4096. Default 1.
//            ACTIVE  whether it moves packets. Default true.
//            LIMIT   packets to move in all, negative for no limit. Default -1.
// Ports      1 pull input, 1 push output. Rests while what is before is empty or what is behind is
//            full.
// Handlers   count (r), reset (w)           packets moved so far; start anew
//            active, limit, burst (rw)
//            scheduled, home_thread (r), tickets (rw)  of its task
// Example    f -> Queue -> Unqueue -> t;

#pragma once

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class Unqueue final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  bool run_task(graph::Task&) override;

 private:
  std::size_t allowed() const;
  bool may_run() const { return active_ && (limit_ < 0 || count_ < limit_); }

  graph::Task task_{*this};
  graph::Signal empty_;
  graph::Signal full_;
  std::int64_t limit_ = -1;
  std::int64_t count_ = 0;
  std::int32_t burst_ = 1;
  bool active_ = true;
};

}  // namespace superfluid::elements
