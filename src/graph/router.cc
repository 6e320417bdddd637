// SPDX-License-Identifier: Apache-2.0
#include "graph/router.h"

#include <algorithm>

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

Router::Router(const RouterOptions& options)
    : options_(options),
      pool_(options.packets_max),
      schedule_(options.clock),
      rng_(options.random_seed),
      batch_max_(std::clamp<std::size_t>(options.batch_max, 1, kBatchMax)) {}

Router::~Router() {
  while (!elements_.empty()) {
    elements_.pop_back();
  }
}

bool Router::run_round() { return !stopped_ && schedule_.run_round(kTasksPerRound) && !stopped_; }

const Router::Place& Router::place(const Element& element) const { return places_[element.index_]; }

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

const std::string& Router::config(const Element& element) const { return place(element).config; }

const HandlerTable& Router::handlers(const Element& element) const {
  return place(element).handlers;
}

namespace {

std::string ports_text(const Element& element) {
  std::string text = cat(element.inputs(), element.inputs() == 1 ? " input\n" : " inputs\n");
  return cat(text, element.outputs(), element.outputs() == 1 ? " output\n" : " outputs\n");
}

}  // namespace

void Router::add_common_handlers(Element& element) {
  HandlerTable& table = places_[element.index_].handlers;
  Element* const self = &element;
  table.value("class", [self] { return self->element_class().name; });
  table.value("name", [self] { return std::string_view(self->name()); });
  table.value("config", [self, this] { return std::string_view(config(*self)); });
  table.value("ports", [self] { return ports_text(*self); });
  table.value("handlers", [self, this] {
    std::string list;
    for (const Handler& handler : handlers(*self).all()) {
      list += cat(handler.name, "\t", handler.read ? "r" : "", handler.write ? "w" : "", "\n");
    }
    return list;
  });
}

base::Result<std::pair<Element*, const Handler*>> Router::find_handler(
    std::string_view name) const {
  const std::size_t dot = name.rfind('.');
  const std::string_view element_name = name.substr(0, std::min(dot, name.size()));
  Element* element = find(element_name);
  if (dot == name.npos || element == nullptr) {
    return base::fail(base::ErrorCode::kNotFound, cat("no element named '", element_name, "'"));
  }
  const Handler* handler = handlers(*element).find(name.substr(dot + 1));
  if (handler == nullptr) {
    return base::fail(
        base::ErrorCode::kNotFound,
        cat("no '", name.substr(dot + 1), "' handler for element '", element_name, "'"));
  }
  return std::pair(element, handler);
}

base::Result<std::string> Router::read(std::string_view name, std::string_view parameter) {
  SF_TRY(found, find_handler(name));
  if (!found.second->read) {
    return base::fail(base::ErrorCode::kNotPermitted, cat("'", name, "' not a read handler"));
  }
  return found.second->read(parameter);
}

base::Status Router::write(std::string_view name, std::string_view value) {
  SF_TRY(found, find_handler(name));
  if (!found.second->write) {
    return base::fail(base::ErrorCode::kNotPermitted, cat("'", name, "' not a write handler"));
  }
  return found.second->write(value);
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
