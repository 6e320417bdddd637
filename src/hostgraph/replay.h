// SPDX-License-Identifier: Apache-2.0
// Replay: what elements that send recorded packets (FromDump, FromIPSummaryDump) have in common:
// when they send, at what distances, and what happens at the end.
//
// Arguments  STOP    stops the graph at the end. Default false.
//            TIMING  sends packets at the distances of their timestamps. Default false: as fast as
//                    may be.
//            ACTIVE  whether packets are sent. Default true.
// Ports      1 output, push or pull
// Handlers   active (rw), stop (w)         as ACTIVE; sends no more and stops the graph
//            count (r), reset_counts (w)   packets sent
//
// Threads: the router's. Time: that of its rounds.

#pragma once

#include <optional>

#include "graph/arguments.h"
#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::hostgraph {

class Replay : public graph::Element {
 public:
  void add_handlers(graph::HandlerTable& handlers) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) final {
    return fill(into, max);
  }
  bool run_task(graph::Task&) final;
  void run_timer(graph::Timer&) final { resume(); }
  graph::Notifier* empty_notifier(std::uint32_t) final { return &nonempty_; }

 protected:
  struct Pace {
    std::size_t turn_packets;  // pushed in one turn
    bool rests_when_full;      // does not push while what is behind is full
  };
  explicit Replay(const Pace& pace) : pace_(pace) {}

  graph::Arguments& read_arguments(graph::Arguments& arguments);
  // To be called once the record is open.
  void start();
  // The place in the record that `before` had reached.
  void continue_from(Replay& before);
  bool stops() const { return stop_; }

  // The next packet of the record; nullptr at its end, and again when asked again.
  virtual graph::Packet* read_packet() = 0;
  // The end was reached, and the graph stopped if that was wished.
  virtual void ended() {}

 private:
  bool pushes() const { return output(0).connected(); }
  // Packets that may be sent now; 0 when there is none now.
  std::size_t fill(graph::Packet** into, std::size_t max);
  bool is_due(const graph::Packet& packet);
  void finish();
  void resume();

  graph::Task task_{*this};
  graph::Timer timer_{*this};
  graph::Signal full_;
  graph::Notifier nonempty_;
  Pace pace_;
  graph::PacketPtr waiting_;                     // for its time
  std::optional<base::Duration> timing_offset_;  // from timestamps to this graph's time
  std::uint64_t count_ = 0;
  bool stop_ = false;
  bool active_ = true;
  bool timing_ = false;
  bool finished_ = false;
};

}  // namespace superfluid::hostgraph
