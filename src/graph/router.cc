// SPDX-License-Identifier: Apache-2.0
#include "graph/router.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "graph/port_spec.h"

namespace superfluid::graph {
namespace {

using base::cat;

constexpr std::size_t kTasksPerRound = 128;

}  // namespace

std::vector<std::string_view> Registry::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, element_class] : classes_) {
    names.push_back(name);
  }
  return names;
}

Router::Router(const FlatGraph& graph, const Registry& registry, const RouterOptions& options)
    : options_(options),
      registry_(registry),
      own_pools_(options.replaces == nullptr
                     ? std::make_unique<Pools>(std::clamp<std::size_t>(options.lanes, 1, kLanesMax),
                                               options.packets_max)
                     : nullptr),
      pools_(options.replaces == nullptr ? own_pools_.get() : options.replaces->pools_),
      batch_max_(std::clamp<std::size_t>(options.batch_max, 1, kBatchMax)),
      graph_(graph) {
  given_names_.set_interfaces(options.interfaces);
  base::Rng seeds(options.random_seed);
  for (const auto& pool : pools_->of_lanes) {
    const std::uint64_t seed = lanes_.empty() ? options.random_seed : seeds.next();
    lanes_.push_back(std::make_unique<Lane>(lanes_.size(), options.clock, *pool, seed));
  }
}

Router::Pools::Pools(std::size_t lanes, std::size_t packets_max) : stock(packets_max) {
  while (of_lanes.size() < lanes) {
    of_lanes.push_back(std::make_unique<PacketPool>(stock));
  }
}

Router::~Router() {
  while (!elements_.empty()) {
    elements_.pop_back();
  }
}

Element* Router::replaced(const Element& element) const {
  Element* const before =
      options_.replaces == nullptr ? nullptr : options_.replaces->find(element.name());
  return before != nullptr && before->class_ == element.class_ ? before : nullptr;
}

void Router::take_over() {
  base::check(options_.replaces != nullptr, "a router that takes over replaces one");
  for (const auto& element : elements_) {
    if (Element* const before = replaced(*element)) {
      element->take_state(*before);
    }
  }
  for (const auto& crossing : crossings_) {
    const auto before = std::ranges::find_if(
        options_.replaces->crossings_, [&](const auto& each) { return each->joins_as(*crossing); });
    if (before != options_.replaces->crossings_.end()) {
      crossing->take_state(**before);
    }
  }
  own_pools_ = std::move(options_.replaces->own_pools_);
  options_.replaces = nullptr;
}

// The first lane is the one that settles stops.
bool Router::run_round(std::size_t index) {
  Lane& lane = *lanes_[index];
  if (index == 0) {
    settle_stops();
  }
  if (!stopped_) {
    lane.run_round(kTasksPerRound);
    if (index == 0) {
      settle_stops();
    }
  }
  return !stopped_ && !lane.schedule().idle();
}

bool Router::fall_asleep(std::size_t index) {
  Lane& lane = *lanes_[index];
  if (!lane.fall_asleep()) {
    return false;
  }
  if (index == 0 && stops_wished_ != 0) {  // wished for before anybody could see that it sleeps
    lane.awake();
    return false;
  }
  return true;
}

void Router::stop() {
  ++stops_wished_;
  for (const auto& lane : lanes_) {
    lane->schedule().interrupt();
  }
  wake_if_asleep(*lanes_[0]);
}

std::uint64_t Router::loop_drops() const {
  std::uint64_t drops = 0;
  for (const auto& lane : lanes_) {
    drops += lane->loops().drops;
  }
  return drops;
}

bool Router::set_stop_manager(StopManager& manager) {
  if (stop_manager_ != nullptr) {
    return false;
  }
  stop_manager_ = &manager;
  return true;
}

void Router::settle_stops() {
  if (stops_wished_ == 0) {
    return;
  }
  const Alone alone(*this);  // a StopManager calls handlers
  for (int i = 0; stops_wished_ != 0 && stop_manager_ != nullptr && i < kStopsAbsorbedMax; ++i) {
    if (!stop_manager_->absorb_stop()) {
      break;
    }
    --stops_wished_;
  }
  stopped_ = stops_wished_ != 0;
}

Element* Router::find(std::string_view name, const Element* from) const {
  std::string_view scope = from == nullptr ? std::string_view() : std::string_view(from->name());
  for (;;) {
    const std::size_t slash = scope.rfind('/');
    scope = slash == scope.npos ? std::string_view() : scope.substr(0, slash);
    const std::string full = scope.empty() ? std::string(name) : cat(scope, "/", name);
    if (const std::uint32_t* index = names_.find(full)) {
      return elements_[*index].get();
    }
    if (scope.empty()) {
      return nullptr;
    }
  }
}

Element* Router::find_partner(std::string_view name, const Element& caller) {
  Element* const found = find(name, &caller);
  if (found != nullptr) {
    make_partners(caller, *found);
  }
  return found;
}

void Router::make_partners(const Element& a, const Element& b) {
  partners_.push_back({a.index_, b.index_});
}

void Router::wish_lane(const Element& element, std::optional<std::uint32_t> lane) {
  lanes_wished_[element.index_] = lane;
}

const std::string& Router::config(const Element& element) const {
  return graph_.elements[element.index_].config;
}

const HandlerTable& Router::handlers(const Element& element) const {
  return handlers_[element.index_];
}

namespace {

std::string lines_of(const auto& words) {
  std::string lines;
  for (const auto& word : words) {
    lines += cat(word, "\n");
  }
  return lines;
}

std::string list_of(const HandlerTable& table) {
  std::string list;
  for (const Handler& handler : table.all()) {
    if (!handler.is_private) {
      list += cat(handler.name, "\t", handler.read ? "r" : "", handler.write ? "w" : "", "\n");
    }
  }
  return list;
}

}  // namespace

// As Click writes them: each port's kind, '~' behind one that its neighbours decided, a column for
// counts that nobody keeps, and the ports at the other ends.
std::string Router::ports_text(const Element& element) const {
  const std::string_view code = element.element_class().processing;
  std::string text;
  for (const bool in : {true, false}) {
    const std::uint32_t count = in ? element.inputs() : element.outputs();
    text += cat(count, in ? " input" : " output", count == 1 ? "\n" : "s\n");
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool pulls = in == (in ? element.input(i) : element.output(i)).connected();
      const Processing declared = in ? input_processing(code, i) : output_processing(code, i);
      text += cat(pulls ? "pull" : "push", declared == Processing::kAgnostic ? "~\t-\t" : "\t-\t");
      std::string_view comma;
      for (const FlatConnection& each : graph_.connections) {
        if ((in ? each.to : each.from) == element.index_ &&
            (in ? each.to_port : each.from_port) == i) {
          text += in ? cat(comma, elements_[each.from]->name(), " [", each.from_port, "]")
                     : cat(comma, "[", each.to_port, "] ", elements_[each.to]->name());
          comma = ", ";
        }
      }
      text += '\n';
    }
  }
  return text;
}

void Router::add_common_handlers(Element& element) {
  HandlerTable& table = handlers_[element.index_];
  Element* const self = &element;
  table.value("class", [self] { return self->element_class().name; });
  table.value("name", [self] { return std::string_view(self->name()); });
  table.value("config", [self, this] { return std::string_view(config(*self)); });
  table.value("ports", [self, this] { return ports_text(*self); });
  table.value("handlers", [self, this] { return list_of(handlers(*self)); });
}

void Router::add_global_handlers() {
  global_handlers_.value("list", [this] {
    std::string list = cat(elements_.size(), "\n");
    for (const auto& element : elements_) {
      list += cat(element->name(), "\n");
    }
    return list;
  });
  global_handlers_.value("flatconfig", [this] { return unparse(graph_); });
  global_handlers_.value("config", [this] {
    return options_.config.empty() || graph_.compact ? unparse(graph_) : options_.config;
  });
  global_handlers_.value("version", [this] { return std::string_view(options_.version); });
  global_handlers_.value("driver", [] { return "userlevel"; });
  global_handlers_.value("requirements", [this] { return lines_of(graph_.packages); });
  global_handlers_.value("packages", [] { return ""; });  // none is loaded: all is built in
  global_handlers_.value("classes", [this] {
    std::vector<std::string_view> names = registry_.names();
    std::ranges::sort(names);
    return lines_of(names);
  });
  global_handlers_.value("threads", [this] { return lanes(); });
  global_handlers_.value("placement", [this] {
    std::string list;
    for (const auto& element : elements_) {
      list += cat(element->name(), "\t", element->lane().index(), "\n");
    }
    return list;
  });
  global_handlers_.value("crossings", [this] {
    std::string list;
    for (const auto& crossing : crossings_) {
      list += cat(crossing->text(), "\n");
    }
    return list;
  });
  global_handlers_.value("handlers", [this] { return list_of(global_handlers_); });
  global_handlers_.write("stop", [this](std::string_view) -> base::Status {
    stop();
    return {};
  });
}

base::Result<const Handler*> Router::find_handler(std::string_view name,
                                                  const Element* from) const {
  const std::size_t dot = name.rfind('.');
  const std::string_view handler_name = name.substr(dot == name.npos ? 0 : dot + 1);
  const Handler* handler = nullptr;
  if (dot != name.npos && dot != 0) {
    const std::string_view element_name = name.substr(0, dot);
    const Element* element = find(element_name, from);
    if (element == nullptr) {
      return base::fail(base::ErrorCode::kNotFound, cat("no element named '", element_name, "'"));
    }
    handler = handlers(*element).find(handler_name);
  } else {
    handler = from != nullptr && dot == name.npos ? handlers(*from).find(handler_name) : nullptr;
    handler = handler != nullptr ? handler : global_handlers_.find(handler_name);
  }
  return handler;
}

base::Result<std::string> Router::read(std::string_view name, std::string_view parameter,
                                       const Element* from) {
  SF_TRY(handler, find_handler(name, from));
  const Alone alone(*this);
  if (handler == nullptr || !handler->read) {
    return base::fail(base::ErrorCode::kNotFound, cat("no '", name, "' read handler"));
  }
  return handler->read(parameter);
}

base::Status Router::write(std::string_view name, std::string_view value, const Element* from) {
  SF_TRY(handler, find_handler(name, from));
  const Alone alone(*this);
  if (handler == nullptr || !handler->write) {
    return base::fail(base::ErrorCode::kNotFound, cat("no '", name, "' write handler"));
  }
  return handler->write(value);
}

Signal Router::empty_signal(const Element& element, std::uint32_t input) const {
  Signal signal;
  Seen seen;
  trace_empty(element, input, seen, signal);
  return signal;
}

// Up from a pull input: to the element that knows, through those that only pass on.
void Router::trace_empty(const Element& element, std::uint32_t input, Seen& seen,
                         Signal& signal) const {
  const Peer& peer = element.input(input);
  if (!peer.connected()) {
    signal.set_unknown();  // pushed to: an element between that decides by itself
    return;
  }
  const Element& source = *peer.element();
  if (Notifier* notifier = peer.element()->empty_notifier(peer.port())) {
    signal.add(*notifier);
    return;
  }
  if (!seen.try_emplace(reinterpret_cast<std::uintptr_t>(&peer), true).second) {
    return;
  }
  bool any = false;
  for (std::uint32_t i = 0; i < source.inputs(); ++i) {
    if (flows(source.element_class().flow, i, peer.port())) {
      any = true;
      trace_empty(source, i, seen, signal);
    }
  }
  if (!any) {
    signal.set_unknown();
  }
}

Signal Router::full_signal(const Element& element, std::uint32_t output) const {
  Signal signal;
  Seen seen;
  trace_full(element, output, seen, signal);
  return signal;
}

// Down from a push output.
void Router::trace_full(const Element& element, std::uint32_t output, Seen& seen,
                        Signal& signal) const {
  const Peer& peer = element.output(output);
  if (!peer.connected()) {
    signal.set_unknown();  // pulled from
    return;
  }
  const Element& sink = *peer.element();
  if (Notifier* notifier = peer.element()->full_notifier(peer.port())) {
    signal.add(*notifier);
    return;
  }
  if (!seen.try_emplace(reinterpret_cast<std::uintptr_t>(&peer), true).second) {
    return;
  }
  bool any = false;
  for (std::uint32_t i = 0; i < sink.outputs(); ++i) {
    if (flows(sink.element_class().flow, peer.port(), i)) {
      any = true;
      trace_full(sink, i, seen, signal);
    }
  }
  if (!any) {
    signal.set_unknown();
  }
}

}  // namespace superfluid::graph
