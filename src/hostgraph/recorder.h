// SPDX-License-Identifier: Apache-2.0
// Recorder: what elements that record packets (ToDump, ToIPSummaryDump) have in common: they take
// every packet, pushed to them or pulled by them whenever there is one, record it, and pass it on
// where there is an output.
//
// Threads: the router's.

#pragma once

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::hostgraph {

class Recorder : public graph::Element {
 public:
  void push(std::uint32_t, graph::Batch batch) final;
  bool run_task(graph::Task&) final;

 protected:
  // To be called once the record is open.
  void start();

  virtual void record(const graph::Packet& packet) = 0;

 private:
  graph::Task task_{*this};
  graph::Signal signal_;
};

}  // namespace superfluid::hostgraph
