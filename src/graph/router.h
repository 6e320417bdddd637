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
//
// Threads: one router, one thread; whoever drives it calls run_round() and the handlers from there.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/hash_map.h"
#include "base/result.h"
#include "base/rng.h"
#include "graph/diagnostics.h"
#include "graph/elaborate.h"
#include "graph/element.h"
#include "graph/handler.h"
#include "graph/notifier.h"
#include "graph/packet.h"
#include "graph/paths.h"
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
  bool contains(std::string_view name) const override { return find(name) != nullptr; }
  std::vector<std::string_view> names() const override;

 private:
  base::HashMap<std::string, const ElementClass*> classes_;
};

// Where elements that print (Print, IPPrint, Script) write their lines.
class TextSink {
 public:
  virtual ~TextSink() = default;
  virtual void write(std::string_view text) = 0;
};

struct RouterOptions {
  const base::Clock& clock;
  TextSink& output;  // what elements print on purpose
  TextSink& errors;  // what they have to say about themselves
  std::uint64_t random_seed = 1;
  std::size_t batch_max = kBatchMax;
  std::size_t packets_max = PacketPool::kPacketsMaxDefault;
};

class Router {
 public:
  // nullptr when diagnostics has errors.
  static std::unique_ptr<Router> build(const FlatGraph& graph, const Registry& registry,
                                       const RouterOptions& options, Diagnostics& diagnostics);
  ~Router();

  // One round of the schedule; false when there is nothing to run before the next timer, or when
  // the router was stopped.
  bool run_round();
  // DriverManager, a source with STOP, or a handler asks for the end.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

  Schedule& schedule() { return schedule_; }
  PacketPool& pool() { return pool_; }
  base::Rng& rng() { return rng_; }
  TextSink& output() { return options_.output; }
  TextSink& errors() { return options_.errors; }
  // Most packets that one push may carry; 1 in graphs whose order is seen.
  std::size_t batch_max() const { return batch_max_; }
  // Packets dropped since they went round a cycle of the graph too often.
  std::uint64_t loop_drops() const { return loops_.drops; }

  std::span<const std::unique_ptr<Element>> elements() const { return elements_; }
  // By name, as an element inside a compound sees it: its own compound first, then those around.
  Element* find(std::string_view name, const Element* from = nullptr) const;
  const std::string& config(const Element& element) const;

  // "name.handler"; without a dot, a global one.
  base::Result<std::string> read(std::string_view handler, std::string_view parameter = {});
  base::Status write(std::string_view handler, std::string_view value);
  const HandlerTable& handlers(const Element& element) const;

  // Whether packets may come to this input (may be pushed from this output), asked of whoever
  // knows. Where a path ends at somebody who does not tell, the signal is always active.
  Signal empty_signal(const Element& element, std::uint32_t input) const;
  Signal full_signal(const Element& element, std::uint32_t output) const;

 private:
  // What the router keeps for each element besides the element.
  struct Place {
    std::string config;
    Landmark at;
    HandlerTable handlers;
  };
  friend class Builder;

  explicit Router(const RouterOptions& options);

  const Place& place(const Element& element) const;
  // Ports that a trace has been at.
  using Seen = base::HashMap<std::uintptr_t, bool>;
  void trace_empty(const Element& element, std::uint32_t input, Seen& seen, Signal& signal) const;
  void trace_full(const Element& element, std::uint32_t output, Seen& seen, Signal& signal) const;
  void add_common_handlers(Element& element);
  base::Result<std::pair<Element*, const Handler*>> find_handler(std::string_view name) const;

  RouterOptions options_;
  PacketPool pool_;
  Schedule schedule_;
  base::Rng rng_;
  std::size_t batch_max_;
  bool stopped_ = false;
  LoopState loops_;
  std::vector<std::unique_ptr<Element>> guards_;
  std::vector<Place> places_;
  std::vector<std::unique_ptr<Element>> elements_;
  base::HashMap<std::string, std::uint32_t> names_;
};

}  // namespace superfluid::graph
