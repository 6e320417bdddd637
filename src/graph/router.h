// SPDX-License-Identifier: Apache-2.0
// Router: a flat graph made real: elements, joined ports, handlers, and the schedule that runs
// them.
//
// build() goes through Click's stages and reports all problems of one stage before it gives up:
// make the elements, check port counts, decide which ports push and which pull, join them,
// configure, initialise.
//
// Invariants
//   1. A Router that build() returned is whole: every port in range is joined to a port of its own
//      kind, every element is initialised.
//   2. Destruction runs in reverse order of making; packets that elements still hold go back to the
//      pool first.
//   3. A router that replaces another uses its pool, so that packets need not move. The other is
//      not destroyed before this one was, or has taken over.
//
// Threads: a router has one lane (graph/lane.h) or several. Each has its thread, which calls
// run_round() for it; the first one's thread does all else, but for stop(), and for handlers, which
// elements of all lanes call: read() and write() keep the other lanes from running meanwhile.

#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/hash_map.h"
#include "base/result.h"
#include "graph/crossing.h"
#include "graph/diagnostics.h"
#include "graph/elaborate.h"
#include "graph/element.h"
#include "graph/handler.h"
#include "graph/host.h"
#include "graph/lane.h"
#include "graph/names.h"
#include "graph/notifier.h"
#include "graph/packet.h"
#include "graph/paths.h"
#include "graph/placement.h"
#include "graph/schedule.h"

namespace superfluid::graph {

// The element classes that a program knows.
class Registry final : public ClassCatalog {
 public:
  void add(const ElementClass& element_class) {
    classes_.try_emplace(std::string(element_class.name), &element_class);
  }
  void add_alias(std::string_view name, const ElementClass& element_class) {
    classes_.try_emplace(std::string(name), &element_class);
  }
  const ElementClass* find(std::string_view name) const {
    const auto* found = classes_.find(name);
    return found == nullptr ? nullptr : *found;
  }
  // Says what to do instead of a class that this program has not.
  void add_absent(std::string_view name, std::string_view instead) {
    absent_.try_emplace(std::string(name), instead);
  }

  bool contains(std::string_view name) const override { return find(name) != nullptr; }
  std::vector<std::string_view> names() const override;
  std::string_view instead_of(std::string_view name) const override {
    const auto* found = absent_.find(name);
    return found == nullptr ? std::string_view() : *found;
  }

 private:
  base::HashMap<std::string, const ElementClass*> classes_;
  base::HashMap<std::string, std::string_view> absent_;
};

// Where elements that print (Print, IPPrint, Script) write their lines: from the threads of all
// lanes, each line or block of lines in one call.
class TextSink {
 public:
  virtual ~TextSink() = default;
  virtual void write(std::string_view text) = 0;
};

// Decides what a wish to stop means: the DriverManager of a graph that has one.
class StopManager {
 public:
  virtual ~StopManager() = default;
  // True when this wish was taken care of and the graph goes on.
  virtual bool absorb_stop() = 0;
};

struct RouterOptions {
  const base::Clock& clock;
  TextSink& output;  // what elements print on purpose
  TextSink& errors;  // what they have to say about themselves
  std::uint64_t random_seed = 1;
  std::size_t batch_max = kBatchMax;
  std::size_t packets_max = PacketPool::kPacketsMaxDefault;
  std::uint32_t path_max = kPathMax;  // at most kPathMax; less where the stack is small
  std::size_t lanes = 1;              // at most kLanesMax; with `replaces`, as many as that one has
  Host* host = nullptr;
  InterfaceSource* interfaces = nullptr;  // whose names stand for addresses
  // Live reconfiguration: the router that runs now, whose place this one is to take. The new one
  // stands ready beside it until take_over(), and if it cannot be built, nothing has changed.
  Router* replaces = nullptr;
  std::string config = {};   // the text that the graph was made from, for the handler of that name
  std::string version = {};  // the program's, likewise
  // False: to look at only. Elements are configured and joined, but open and allocate nothing, and
  // the router may not be run.
  bool initialize = true;
};

class Router {
 public:
  // nullptr when diagnostics has errors. The registry outlives the router.
  static std::unique_ptr<Router> build(const FlatGraph& graph, const Registry& registry,
                                       const RouterOptions& options, Diagnostics& diagnostics);
  ~Router();

  // Takes the state of those elements of the replaced router that have a successor here, and the
  // pool; the other router may do nothing afterwards but be destroyed. REQUIRES: this one has not
  // run, and replaces one.
  void take_over();
  // The element that this one is to replace: of the same name and class; nullptr if there is none,
  // or once the router has taken over.
  Element* replaced(const Element& element) const;

  std::size_t lanes() const { return lanes_.size(); }
  Lane& lane(std::size_t index) { return *lanes_[index]; }
  // One round of a lane; false when there is nothing to run before its next timer, or when the
  // router was stopped.
  bool run_round(std::size_t lane = 0);
  // What a lane's driver asks before it sleeps (Lane::fall_asleep): false, too, when the first lane
  // has a wish to stop to settle.
  bool fall_asleep(std::size_t lane);
  // A source with STOP, a Script or a handler asks for the end: no further task of its lane runs,
  // and the graph stops unless its StopManager takes care of the wish. Any thread.
  void stop();
  bool stopped() const { return stopped_ || (stops_wished_ != 0 && stop_manager_ == nullptr); }
  // False when there is one already.
  bool set_stop_manager(StopManager& manager);

  Names& names() { return given_names_; }
  // The first lane's.
  Schedule& schedule() { return lanes_[0]->schedule(); }
  PacketPool& pool() { return lanes_[0]->pool(); }
  TextSink& output() { return options_.output; }
  TextSink& errors() { return options_.errors; }
  Host* host() const { return options_.host; }
  // Most packets that one push may carry; 1 in graphs whose order is seen.
  std::size_t batch_max() const { return batch_max_; }
  // Packets dropped since they went round a cycle of the graph too often.
  std::uint64_t loop_drops() const;

  std::span<const std::unique_ptr<Element>> elements() const { return elements_; }
  // By name, as an element inside a compound sees it: its own compound first, then those around.
  Element* find(std::string_view name, const Element* from = nullptr) const;
  // The same, for an element that `caller` is going to call while packets pass: both then run in
  // one lane. For configure().
  Element* find_partner(std::string_view name, const Element& caller);
  void make_partners(const Element& a, const Element& b);
  // From configure(): the lane that an element is to run in; nullopt: any.
  void wish_lane(const Element& element, std::optional<std::uint32_t> lane);
  const std::string& config(const Element& element) const;

  // "name.handler" as an element sees it: the names of `from` first, and without a dot its own
  // handler before a global one.
  base::Result<std::string> read(std::string_view handler, std::string_view parameter = {},
                                 const Element* from = nullptr);
  base::Status write(std::string_view handler, std::string_view value,
                     const Element* from = nullptr);
  // The Error says that there is no such element; nullptr, that it has no such handler.
  base::Result<const Handler*> find_handler(std::string_view name, const Element* from) const;
  const HandlerTable& handlers(const Element& element) const;
  const HandlerTable& global_handlers() const { return global_handlers_; }
  // For those that the program adds.
  HandlerTable& global_handlers() { return global_handlers_; }
  // The graph as it was built.
  const FlatGraph& graph() const { return graph_; }

  // Whether packets may come to this input (may be pushed from this output), asked of whoever
  // knows. Where a path ends at somebody who does not tell, the signal is always active.
  Signal empty_signal(const Element& element, std::uint32_t input) const;
  Signal full_signal(const Element& element, std::uint32_t output) const;

  // Keeps all lanes but the caller's from running as long as it lives, so that any element may be
  // touched. Free in a graph of one lane.
  class Alone {
   public:
    explicit Alone(const Router& router) : host_(router.lanes() > 1 ? router.host() : nullptr) {
      if (host_ != nullptr) {
        host_->hold_lanes();
      }
    }
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;
    ~Alone() {
      if (host_ != nullptr) {
        host_->release_lanes();
      }
    }

   private:
    Host* host_;
  };

 private:
  friend class Builder;
  friend class Crossing;

  // Of all lanes; a router that replaces another goes on with that one's.
  struct Pools {
    Pools(std::size_t lanes, std::size_t packets_max);

    PacketStock stock;
    std::vector<std::unique_ptr<PacketPool>> of_lanes;
  };

  Router(const FlatGraph& graph, const Registry& registry, const RouterOptions& options);

  // Stops that a StopManager takes care of one after the other without letting the graph run.
  static constexpr int kStopsAbsorbedMax = 10'000;

  void settle_stops();
  void wake_if_asleep(Lane& lane) {
    if (lane.must_wake() && options_.host != nullptr) {
      options_.host->wake_lane(lane.index());
    }
  }
  // Ports that a trace has been at.
  using Seen = base::HashMap<std::uintptr_t, bool>;
  void trace_empty(const Element& element, std::uint32_t input, Seen& seen, Signal& signal) const;
  void trace_full(const Element& element, std::uint32_t output, Seen& seen, Signal& signal) const;
  std::string ports_text(const Element& element) const;
  void add_common_handlers(Element& element);
  void add_global_handlers();

  RouterOptions options_;
  const Registry& registry_;
  std::unique_ptr<Pools> own_pools_;  // nullptr while the replaced router has them
  Pools* pools_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::size_t batch_max_;
  FlatGraph graph_;
  StopManager* stop_manager_ = nullptr;
  std::atomic<std::size_t> stops_wished_{0};
  std::atomic<bool> stopped_{false};
  std::vector<ElementPair> partners_;
  std::vector<std::optional<std::uint32_t>> lanes_wished_;  // by each element
  Names given_names_;
  std::vector<std::unique_ptr<Element>> guards_;
  std::vector<std::unique_ptr<Crossing>> crossings_;
  HandlerTable global_handlers_;
  std::vector<HandlerTable> handlers_;  // of each element
  std::vector<std::unique_ptr<Element>> elements_;
  base::HashMap<std::string, std::uint32_t> names_;
};

}  // namespace superfluid::graph
