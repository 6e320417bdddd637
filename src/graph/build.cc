// SPDX-License-Identifier: Apache-2.0
// From a flat graph to a router, stage by stage. A stage reports all that is wrong with it; the
// next one runs only on a graph that passed, since its complaints would be about the same mistakes.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/paths.h"
#include "graph/port_spec.h"
#include "graph/router.h"

namespace superfluid::graph {

using base::cat;

namespace {

// One side (inputs or outputs) of all elements, port by port.
using Ports = std::vector<std::vector<Processing>>;

// Push and pull, spread from the ports that are one or the other over the agnostic ones joined to
// them, a step at a time from all of them at once.
class PortSpread {
 public:
  PortSpread(Ports& inputs, Ports& outputs) {
    for (Ports* side : {&inputs, &outputs}) {
      for (std::vector<Processing>& ports : *side) {
        for (Processing& port : ports) {
          add(port);
        }
      }
    }
  }

  void join(Processing& a, Processing& b) {
    neighbours_[number_of(a)].push_back(number_of(b));
    neighbours_[number_of(b)].push_back(number_of(a));
  }

  void run() {
    for (std::size_t i = 0; i < decided_.size(); ++i) {
      const Processing processing = *ports_[decided_[i]];
      for (const std::uint32_t neighbour : neighbours_[decided_[i]]) {
        if (*ports_[neighbour] == Processing::kAgnostic) {
          *ports_[neighbour] = processing;
          decided_.push_back(neighbour);
        }
      }
    }
  }

 private:
  void add(Processing& port) {
    const auto number = static_cast<std::uint32_t>(ports_.size());
    numbers_.set(reinterpret_cast<std::uintptr_t>(&port), number);
    ports_.push_back(&port);
    neighbours_.emplace_back();
    if (port != Processing::kAgnostic) {
      decided_.push_back(number);
    }
  }
  std::uint32_t number_of(const Processing& port) const {
    return *numbers_.find(reinterpret_cast<std::uintptr_t>(&port));
  }

  std::vector<Processing*> ports_;
  std::vector<std::vector<std::uint32_t>> neighbours_;
  std::vector<std::uint32_t> decided_;  // in the order in which they were
  base::HashMap<std::uintptr_t, std::uint32_t> numbers_;
};

}  // namespace

class Builder {
 public:
  Builder(const FlatGraph& graph, const Registry& registry, Router& router,
          Diagnostics& diagnostics)
      : graph_(graph), registry_(registry), router_(router), diagnostics_(diagnostics) {}

  void run();

 private:
  bool good() const { return diagnostics_.errors() == 0; }
  std::string shown(std::uint32_t element) const {
    return cat("'", graph_.elements[element].name, " :: ", graph_.elements[element].class_name,
               "'");
  }
  Landmark at(std::uint32_t element) const { return graph_.elements[element].at; }

  void make_elements();
  void count_ports();
  void decide_processing();
  std::vector<FlatConnection> ways_inside() const;
  void complain_mixed(const FlatConnection& edge, bool inside);
  void join();
  void check_reuse();
  void check_unused();
  void check_paths();
  void refuse_circles();
  void guard(const std::vector<BackEdge>& back_edges);
  void configure();
  void configure(std::uint32_t element);
  PlacementRequest placement_request() const;
  std::vector<std::optional<std::uint32_t>> lanes_before() const;
  void give_lanes();
  void cross(Element& from);
  void initialize();
  void complain_about(std::uint32_t element, std::string_view doing, const std::string& problem,
                      std::string remedy = {});

  const FlatGraph& graph_;
  const Registry& registry_;
  Router& router_;
  Diagnostics& diagnostics_;
  Ports inputs_;
  Ports outputs_;
};

void Builder::run() {
  make_elements();
  using Stage = void (Builder::*)();
  for (const Stage stage :
       {&Builder::count_ports, &Builder::decide_processing, &Builder::join, &Builder::check_paths,
        &Builder::configure, &Builder::give_lanes, &Builder::initialize}) {
    if (!good() || (stage == &Builder::initialize && !router_.options_.initialize)) {
      return;
    }
    (this->*stage)();
  }
}

void Builder::make_elements() {
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    const FlatElement& flat = graph_.elements[i];
    const ElementClass* element_class = registry_.find(flat.class_name);
    if (element_class == nullptr) {
      diagnostics_.error(flat.at, cat("unknown element class '", flat.class_name, "'"));
      return;
    }
    std::unique_ptr<Element> element = element_class->make();
    element->class_ = element_class;
    element->router_ = &router_;
    element->lane_ = router_.lanes_[0].get();
    element->index_ = i;
    element->name_ = flat.name;
    router_.names_.set(flat.name, i);
    router_.handlers_.emplace_back();
    router_.lanes_wished_.emplace_back();
    router_.elements_.push_back(std::move(element));
  }
}

// As many ports as are connected, which must be as many as the class allows.
void Builder::count_ports() {
  std::vector<std::uint32_t> inputs(graph_.elements.size());
  std::vector<std::uint32_t> outputs(graph_.elements.size());
  for (const FlatConnection& connection : graph_.connections) {
    inputs[connection.to] = std::max(inputs[connection.to], connection.to_port + 1);
    outputs[connection.from] = std::max(outputs[connection.from], connection.from_port + 1);
  }
  inputs_.resize(graph_.elements.size());
  outputs_.resize(graph_.elements.size());
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    PortCounts counts = parse_port_counts(router_.elements_[i]->element_class().ports);
    const auto complain = [&](std::string_view side, std::uint32_t has, std::uint32_t least,
                              std::uint32_t most) {
      if (has < least) {
        diagnostics_.error(at(i),
                           cat("too few ", side, "s for ", shown(i), ", ", least, " required"));
      } else if (has > most) {
        diagnostics_.error(at(i), cat(shown(i), " has no ", side, " ", most));
      }
    };
    const std::uint32_t has_inputs = std::max(inputs[i], counts.inputs_min);
    if (counts.outputs_equal_inputs) {
      counts.outputs_min = counts.outputs_max = has_inputs;
    }
    const bool sees_packets = inputs[i] != 0 || outputs[i] != 0;
    if (sees_packets && router_.elements_[i]->element_class().order_visible) {
      router_.batch_max_ = 1;
    }
    complain("input", has_inputs, counts.inputs_min, counts.inputs_max);
    complain("output", std::max(outputs[i], counts.outputs_min), counts.outputs_min,
             counts.outputs_max);
    const std::string_view code = router_.elements_[i]->element_class().processing;
    for (std::uint32_t port = 0; port < has_inputs; ++port) {
      inputs_[i].push_back(input_processing(code, port));
    }
    for (std::uint32_t port = 0; port < std::max(outputs[i], counts.outputs_min); ++port) {
      outputs_[i].push_back(output_processing(code, port));
    }
  }
}

std::string_view word(Processing processing) {
  return processing == Processing::kPull ? "pull" : "push";
}

void Builder::complain_mixed(const FlatConnection& edge, bool inside) {
  if (inside) {
    const Processing in = inputs_[edge.from][edge.from_port];
    const Processing out = outputs_[edge.to][edge.to_port];
    if (in != out) {
      diagnostics_.error(at(edge.from),
                         cat("agnostic ", shown(edge.from), " in mixed context: ", word(in),
                             " input ", edge.from_port, ", ", word(out), " output ", edge.to_port),
                         "put a Queue where push meets pull");
    }
    return;
  }
  const Processing out = outputs_[edge.from][edge.from_port];
  const Processing in = inputs_[edge.to][edge.to_port];
  if (in != out) {
    diagnostics_.error(
        at(edge.from),
        cat(shown(edge.from), " ", word(out), " output ", edge.from_port, " connected to ",
            shown(edge.to), " ", word(in), " input ", edge.to_port),
        out == Processing::kPush ? "put a Queue between them" : "put an Unqueue between them");
  }
}

// The ways inside elements, from agnostic inputs to the agnostic outputs that they reach.
std::vector<FlatConnection> Builder::ways_inside() const {
  std::vector<FlatConnection> inside;
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    const std::string_view flow = router_.elements_[i]->element_class().flow;
    for (std::uint32_t in = 0; in < inputs_[i].size(); ++in) {
      for (std::uint32_t out = 0; out < outputs_[i].size(); ++out) {
        if (inputs_[i][in] == Processing::kAgnostic && outputs_[i][out] == Processing::kAgnostic &&
            flows(flow, in, out)) {
          inside.push_back({i, in, i, out});
        }
      }
    }
  }
  return inside;
}

void Builder::decide_processing() {
  const std::vector<FlatConnection> inside = ways_inside();
  PortSpread spread(inputs_, outputs_);
  for (const FlatConnection& connection : graph_.connections) {
    spread.join(outputs_[connection.from][connection.from_port],
                inputs_[connection.to][connection.to_port]);
  }
  for (const FlatConnection& way : inside) {
    spread.join(inputs_[way.from][way.from_port], outputs_[way.to][way.to_port]);
  }
  spread.run();
  for (Ports* side : {&inputs_, &outputs_}) {  // what nothing decides is push
    for (auto& ports : *side) {
      std::ranges::replace(ports, Processing::kAgnostic, Processing::kPush);
    }
  }
  for (const FlatConnection& connection : graph_.connections) {
    complain_mixed(connection, false);
  }
  for (const FlatConnection& way : inside) {
    complain_mixed(way, true);
  }
}

void Builder::join() {
  check_reuse();
  check_unused();
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    router_.elements_[i]->inputs_.resize(inputs_[i].size());
    router_.elements_[i]->outputs_.resize(outputs_[i].size());
  }
  for (const FlatConnection& connection : graph_.connections) {
    Element* from = router_.elements_[connection.from].get();
    Element* to = router_.elements_[connection.to].get();
    if (outputs_[connection.from][connection.from_port] == Processing::kPush) {
      from->outputs_[connection.from_port] = Peer(to, connection.to_port);
    } else {
      to->inputs_[connection.to_port] = Peer(from, connection.from_port);
    }
  }
}

// A port that acts (pushes or pulls) has one other end; one that is acted upon may have many.
void Builder::check_reuse() {
  std::vector<std::vector<bool>> pushed(outputs_.size());
  std::vector<std::vector<bool>> pulled(inputs_.size());
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    pushed[i].resize(outputs_[i].size());
    pulled[i].resize(inputs_[i].size());
  }
  for (const FlatConnection& connection : graph_.connections) {
    const bool push = outputs_[connection.from][connection.from_port] == Processing::kPush;
    const std::uint32_t element = push ? connection.from : connection.to;
    const std::uint32_t port = push ? connection.from_port : connection.to_port;
    auto&& used = push ? pushed[element][port] : pulled[element][port];
    if (used) {
      diagnostics_.error(
          at(element),
          cat("illegal reuse of ", shown(element), push ? " push output " : " pull input ", port),
          push ? "a Tee sends packets to several places" : "");
    }
    used = true;
  }
}

void Builder::check_unused() {
  std::vector<std::vector<bool>> used_inputs(inputs_.size());
  std::vector<std::vector<bool>> used_outputs(outputs_.size());
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    used_inputs[i].resize(inputs_[i].size());
    used_outputs[i].resize(outputs_[i].size());
  }
  for (const FlatConnection& connection : graph_.connections) {
    used_inputs[connection.to][connection.to_port] = true;
    used_outputs[connection.from][connection.from_port] = true;
  }
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    for (std::uint32_t port = 0; port < used_inputs[i].size(); ++port) {
      if (!used_inputs[i][port]) {
        diagnostics_.error(at(i), cat(shown(i), " input ", port, " unused"));
      }
    }
    for (std::uint32_t port = 0; port < used_outputs[i].size(); ++port) {
      if (!used_outputs[i][port]) {
        diagnostics_.error(at(i), cat(shown(i), " output ", port, " unused"));
      }
    }
  }
}

// See paths.h.
void Builder::check_paths() {
  const auto ways_of = [&](std::vector<Peer> Element::*side) {
    Ways ways(router_.elements_.size());
    for (std::size_t i = 0; i < ways.size(); ++i) {
      for (const Peer& peer : (*router_.elements_[i]).*side) {
        ways[i].push_back(peer.connected() ? peer.element()->index_ : kNowhere);
      }
    }
    return ways;
  };
  const Paths pushes = walk(ways_of(&Element::outputs_));
  const Paths pulls = walk(ways_of(&Element::inputs_));
  refuse_circles();
  for (const BackEdge& edge : pulls.back_edges) {
    diagnostics_.error(at(edge.from), cat(shown(edge.from), " pulls from itself in a circle"),
                       "put an Unqueue and a Queue into the circle");
  }
  const std::uint32_t path_max = std::min(router_.options_.path_max, kPathMax);
  const std::uint32_t longest_push = pushes.back_edges.empty() ? path_max : path_max / kLoopsMax;
  for (std::uint32_t i = 0; i < pushes.height.size(); ++i) {
    if (pushes.height[i] == longest_push + 1 || pulls.height[i] == path_max + 1) {
      diagnostics_.error(
          at(i),
          cat("more than ", pulls.height[i] == path_max + 1 ? path_max : longest_push,
              " elements in a row, beginning at ", shown(i)),
          "put a Queue in between");
    }
  }
  guard(pushes.back_edges);
}

void Builder::refuse_circles() {
  std::vector<std::uint32_t> only_way(router_.elements_.size(), kNowhere);
  for (std::uint32_t i = 0; i < only_way.size(); ++i) {
    const Element& element = *router_.elements_[i];
    if (element.outputs() == 1 && element.output(0).connected() &&
        flows(element.element_class().flow, 0, 0)) {
      only_way[i] = element.output(0).element()->index_;
    }
  }
  for (const std::vector<std::uint32_t>& circle : closed_circles(only_way)) {
    diagnostics_.error(at(circle[0]),
                       cat("packets could never leave the circle through ", shown(circle[0])),
                       "put a Queue and an Unqueue into the circle");
  }
}

void Builder::guard(const std::vector<BackEdge>& back_edges) {
  for (const BackEdge& edge : back_edges) {
    Element& from = *router_.elements_[edge.from];
    auto guard = std::make_unique<LoopGuard>();
    guard->class_ = &LoopGuard::kClass;
    guard->router_ = &router_;
    guard->lane_ = from.lane_;
    guard->name_ = from.name_;
    guard->outputs_.push_back(from.outputs_[edge.port]);
    guard->inputs_.resize(1);
    from.outputs_[edge.port] = Peer(guard.get(), 0);
    router_.guards_.push_back(std::move(guard));
  }
}

void Builder::complain_about(std::uint32_t element, std::string_view doing,
                             const std::string& problem, std::string remedy) {
  diagnostics_.error(at(element), cat("While ", doing, " ", shown(element), ":\n  ", problem),
                     std::move(remedy));
}

void Builder::configure() {
  for (const bool first : {true, false}) {
    for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
      if (router_.elements_[i]->element_class().configured_first == first) {
        configure(i);
      }
    }
  }
}

void Builder::configure(std::uint32_t i) {
  Element& element = *router_.elements_[i];
  Arguments arguments(&element, graph_.elements[i].config);
  element.configure(arguments);
  for (const std::string& complaint : arguments.complaints()) {
    complain_about(i, "configuring", complaint);
  }
  for (const Arguments::Remark& remark : arguments.remarks()) {
    std::string text = cat("While configuring ", shown(i), ":\n  ", remark.text);
    if (remark.severity == Severity::kWarning) {
      diagnostics_.warning(at(i), std::move(text));
    } else {
      diagnostics_.note(at(i), std::move(text));
    }
  }
}

// Pulls keep elements together, so do calls by name; see placement.h.
PlacementRequest Builder::placement_request() const {
  PlacementRequest request{.elements = router_.elements_.size(),
                           .together = router_.partners_,
                           .pushes = {},
                           .begins_turns = {},
                           .wishes = router_.lanes_wished_};
  for (const auto& element : router_.elements_) {
    const bool pulls = std::ranges::count(inputs_[element->index_], Processing::kPull) != 0;
    const bool is_pushed = std::ranges::count(inputs_[element->index_], Processing::kPush) != 0;
    const bool is_pulled = std::ranges::count(outputs_[element->index_], Processing::kPull) != 0;
    request.begins_turns.push_back(!is_pulled && (pulls || !is_pushed));
  }
  for (const FlatConnection& edge : graph_.connections) {
    const bool pushes = outputs_[edge.from][edge.from_port] == Processing::kPush;
    (pushes ? request.pushes : request.together).push_back({edge.from, edge.to});
  }
  return request;
}

// An element that takes over from another stays in its lane: the packets that it may hold are of
// that lane's pool.
std::vector<std::optional<std::uint32_t>> Builder::lanes_before() const {
  std::vector<std::optional<std::uint32_t>> lanes;
  for (const auto& element : router_.elements_) {
    const Element* const before = router_.replaced(*element);
    lanes.push_back(before != nullptr
                        ? std::optional(static_cast<std::uint32_t>(before->lane().index()))
                        : std::nullopt);
  }
  return lanes;
}

void Builder::give_lanes() {
  if (router_.lanes() == 1) {
    return;
  }
  PlacementRequest request = placement_request();
  const std::vector<std::optional<std::uint32_t>> before = lanes_before();
  std::vector<std::optional<std::uint32_t>> wishes = router_.lanes_wished_;
  for (std::uint32_t i = 0; i < before.size(); ++i) {
    if (before[i]) {
      wishes[i] = before[i];
      request.begins_turns[i] = true;  // to be heard first
    }
  }
  request.wishes = wishes;
  const Placement placement = place(request);
  for (const auto& [element, by] : placement.overruled) {
    if (before[element]) {
      diagnostics_.error(at(element),
                         cat(shown(element), " runs on thread ", *before[element],
                             " and cannot move to that of ", shown(by), " while the graph runs"),
                         "give it another name; then it begins anew");
      continue;
    }
    diagnostics_.warning(at(element),
                         cat(shown(element), " runs on thread ", placement.lanes[element], " like ",
                             shown(by), ": they pull from, or call, the same elements"));
  }
  for (const auto& element : router_.elements_) {
    element->lane_ = router_.lanes_[placement.lanes[element->index_]].get();
    for (const Peer& peer : element->outputs_) {
      if (peer.connected() && peer.element()->class_ == &LoopGuard::kClass) {
        peer.element()->lane_ = element->lane_;
      }
    }
  }
  for (const auto* group : {&router_.elements_, &router_.guards_}) {
    for (const auto& element : *group) {
      cross(*element);
    }
  }
}

// Puts crossings where packets are pushed to another lane.
void Builder::cross(Element& from) {
  for (std::uint32_t port = 0; port < from.outputs_.size(); ++port) {
    const Peer to = from.outputs_[port];
    if (!to.connected() || to.element()->lane_ == from.lane_) {
      continue;
    }
    auto crossing = std::make_unique<Crossing>(*from.lane_);
    crossing->class_ = &Crossing::kClass;
    crossing->router_ = &router_;
    crossing->lane_ = to.element()->lane_;
    crossing->name_ = cat(from.name_, " [", port, "] -> [", to.port(), "] ", to.element()->name_);
    crossing->inputs_.resize(1);
    crossing->outputs_.push_back(to);
    from.lane_->add_leaving(*crossing);
    crossing->lane_->add_arriving(*crossing);
    from.outputs_[port] = Peer(crossing.get(), 0);
    router_.crossings_.push_back(std::move(crossing));
  }
}

void Builder::initialize() {
  router_.add_global_handlers();
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    Element& element = *router_.elements_[i];
    router_.add_common_handlers(element);
    element.add_handlers(router_.handlers_[i]);
  }
  for (const auto& crossing : router_.crossings_) {
    crossing->attach();
  }
  for (std::uint32_t i = 0; i < graph_.elements.size(); ++i) {
    if (const base::Status status = router_.elements_[i]->initialize(); !status) {
      diagnostics_.set_of_initializing();
      complain_about(i, "initializing", status.error().to_string(),
                     std::string(status.error().best_remedy()));
    }
  }
}

std::unique_ptr<Router> Router::build(const FlatGraph& graph, const Registry& registry,
                                      const RouterOptions& options, Diagnostics& diagnostics) {
  // rules: allow new-delete: make_unique has no way to the private constructor
  std::unique_ptr<Router> router(new Router(graph, registry, options));
  Builder(graph, registry, *router, diagnostics).run();
  return diagnostics.errors() == 0 ? std::move(router) : nullptr;
}

}  // namespace superfluid::graph
