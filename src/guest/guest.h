// SPDX-License-Identifier: Apache-2.0
// Guest: one graph in one machine, from its first instruction to its last.
//
//   boot()   reads the device page, builds the graph, says READY       here images are made
//   begin()  takes the identity that the page gives, says LIVE         here clones set out
//   turn()   a round of the graph, what the host asks, rest            for the rest of its life
//
// What is written to the handler `hotconfig` is built beside the graph that runs, and takes its
// place between two rounds; when it cannot be built, nothing has changed.
//
// An identity is all that two clones of one image do not share: addresses, names, the seed of
// random numbers, time, rings. It is taken again whenever the page's incarnation has changed, which
// may be behind every exit. A graph that asked for addresses, and gets others, is built anew from
// its text: the page's, or the last that was written to `hotconfig`.
//
// Rest: a guest whose ports have other guests or a switch behind them polls for a moment, since
// those go on meanwhile; one whose ports the monitor serves leaves at once, since the monitor works
// only then. Then it asks to be woken, looks once more, and sleeps until its next timer.
//
// Invariants
//   1. Whatever ends a guest is an exit with a message: kEnd, or kPanic.
//   2. A busy graph leaves every kYieldServed where the monitor serves its ports, and every
//      kYieldAlone where it does not.
//   3. Nothing of one life's rings is used in the next.
//   4. The graph that runs has the ports' readers; one that waits to take its place has none.
//
// Threads: one. Hosted, several guests may live in one process, each in its own thread.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "graph/elaborate.h"
#include "graph/router.h"
#include "guest/clerk.h"
#include "guest/clock.h"
#include "guest/console.h"
#include "guest/exits.h"
#include "guest/memory.h"
#include "guest/ports.h"

namespace superfluid::guest {

class Guest {
 public:
  // About as long as it takes to sleep and be woken: who waited longer would better have slept, and
  // a pause within a burst is shorter.
  static constexpr base::Duration kPoll = base::microseconds(20);
  // The monitor carries frames when the guest leaves; so long does a frame wait at most.
  static constexpr base::Duration kYieldServed = base::microseconds(50);
  static constexpr base::Duration kYieldAlone = base::milliseconds(10);

  struct Limits {
    std::size_t packets_max = graph::PacketPool::kPacketsMaxDefault;
    std::uint32_t path_max = graph::kPathMax;  // elements that call each other
  };
  // What fits into so many bytes of memory, and of stack.
  static Limits limits_for(std::size_t heap_bytes, std::size_t stack_bytes);

  Guest(const Memory& memory, Exits& exits, const Limits& limits);

  // Until it ends; where the host does not come back from a guest's end, for ever.
  void run();

  // False: the guest has ended, and said so.
  bool boot();
  bool begin();
  bool turn();

  graph::Router& router() { return *running_.router; }

 private:
  struct Graph {
    std::unique_ptr<graph::Router> router;
    std::optional<std::string> text;  // nullopt: the page's
    Ports::Identity identity;         // that it was built with
    bool uses_addresses = false;      // and could not have been built without
  };

  bool panic(std::uint8_t kind, std::string_view message);
  bool end();
  // In the place of the one that runs, or of none: its router is nullptr when the text is wrong.
  Graph build(std::optional<std::string> text, graph::Router* replaces,
              graph::Diagnostics& diagnostics);
  bool build_first(std::optional<std::string> text);
  void run_from_now(Graph graph);
  bool refuse_graph(const graph::Diagnostics& diagnostics);
  base::Status replace(graph::Router& router, std::string_view text);
  void swap();
  bool take_identity();
  bool is_reborn() const;
  void seed_lane();
  bool uses_addresses(const graph::Router& router) const;
  // The host goes on when it likes, perhaps in another life: false, when that could not be begun.
  bool leave(abi::Exit exit);
  bool work_on();
  bool rest();

  Memory memory_;
  Exits& exits_;
  Limits limits_;
  PageClock clock_;
  Console console_;
  Ports ports_;
  Clerk clerk_;
  graph::Registry registry_;
  Graph running_;
  std::optional<Graph> next_;
  std::uint32_t incarnation_ = 0;
  std::uint64_t frames_seen_ = 0;
  std::optional<base::Instant> idle_since_;
  base::Instant last_leave_;
};

}  // namespace superfluid::guest
