// SPDX-License-Identifier: Apache-2.0
// The flattener copies the bodies of compound elements into one list, then follows every connection
// through the tunnels that are left where compounds and groups were.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "graph/compound.h"
#include "graph/elaborate.h"
#include "graph/variables.h"
#include "graph/words.h"

namespace superfluid::graph {
namespace {

using base::cat;

constexpr std::uint32_t kNone = 0xffffffff;

// An element of the flat list while tunnels are still in it.
struct Node {
  std::string name;
  ClassIndex type;
  std::string config;
  Landmark at;
  std::uint32_t continues = kNone;  // what enters this tunnel leaves that one
};

// What the expansions of a graph may read and write in all. Long texts need more: they are read and
// written at each level of compounds that they are handed down.
std::size_t expansion_budget(const Resolved& resolved) {
  constexpr std::size_t kAnyGraph = 64 << 20;
  constexpr std::size_t kForEachByte = 8;
  std::size_t bytes = 0;
  for (const auto& body : resolved.bodies) {
    for (const BodyElement& element : body->elements) {
      bytes += element.config.size();
    }
    for (const auto& [name, value] : body->definitions) {
      bytes += value.size();
    }
  }
  return kAnyGraph + kForEachByte * bytes;
}

class Flattener {
 public:
  Flattener(const Resolved& resolved, const ElaborateOptions& options, Diagnostics& diagnostics)
      : resolved_(resolved),
        options_(options),
        diagnostics_(diagnostics),
        budget_(expansion_budget(resolved)) {}

  FlatGraph run();

 private:
  // An instance of a compound whose body is to be copied, once its neighbours stand in the list.
  struct Instance {
    std::uint32_t node;
    const BodyElement* element;
    const Variables* scope;
  };

  void copy(const Body& body, const std::string& prefix, const Variables& scope,
            std::optional<std::uint32_t> input, std::optional<std::uint32_t> output);
  void expand(const Instance& instance);
  const Body* choose(const Instance& instance, std::vector<std::string>& values, ClassIndex& type);
  void complain_no_match(const Instance& instance, std::size_t arguments);
  std::uint32_t add_node(std::string name, ClassIndex type, std::string config, Landmark at);
  void check_tunnels();
  void add_connection(std::vector<FlatConnection>& list, FlatConnection connection);
  void follow(std::size_t start, FlatGraph& graph, const std::vector<std::uint32_t>& numbers);
  void number(FlatGraph& graph, std::vector<std::uint32_t>& numbers);
  std::size_t first_from(std::uint32_t node, std::uint32_t port) const;

  const Resolved& resolved_;
  const ElaborateOptions& options_;
  Diagnostics& diagnostics_;
  std::vector<Node> nodes_;
  std::vector<FlatConnection> connections_;  // between nodes, sorted before they are followed
  std::vector<std::size_t> passed_;  // by connection: the last walk that passed it, plus one
  base::HashMap<std::string, std::uint32_t> names_;
  std::vector<std::unique_ptr<Variables>> scopes_;
  std::size_t budget_;  // for expansions
  bool full_ = false;
};

std::uint32_t Flattener::add_node(std::string name, ClassIndex type, std::string config,
                                  Landmark at) {
  if (nodes_.size() >= kElementsMax) {
    if (!std::exchange(full_, true)) {
      diagnostics_.error(at, cat("more than ", kElementsMax, " elements"));
    }
    return 0;
  }
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  if (const auto [place, fresh] = names_.try_emplace(name, index); !fresh) {
    diagnostics_.error(at, cat("redeclaration of element '", name, "'"));
    diagnostics_.error(nodes_[*place].at, cat("element '", name, "' previously declared here"));
  }
  nodes_.push_back({std::move(name), type, std::move(config), at});
  return index;
}

void Flattener::add_connection(std::vector<FlatConnection>& list, FlatConnection connection) {
  if (list.size() < kConnectionsMax) {
    list.push_back(connection);
  } else if (!std::exchange(full_, true)) {
    diagnostics_.error(resolved_.bodies.front()->at,
                       cat("more than ", kConnectionsMax, " connections"));
  }
}

// Copies a body's elements, joins them, then expands the compounds among them. `input` and `output`
// are the nodes that stand for the body's own; the file has none.
void Flattener::copy(const Body& body, const std::string& prefix, const Variables& scope,
                     std::optional<std::uint32_t> input, std::optional<std::uint32_t> output) {
  std::vector<std::uint32_t> node_of;
  std::vector<Instance> instances;
  node_of.reserve(body.elements.size());
  for (const BodyElement& element : body.elements) {
    if (full_) {
      return;
    }
    if (node_of.size() < 2 && input) {
      node_of.push_back(node_of.empty() ? *input : *output);
      continue;
    }
    const bool is_compound = resolved_.classes[element.type].body != nullptr;
    Variables::Expansion config = scope.expand(element.config, budget_);
    if (config.overflowed && !std::exchange(full_, true)) {
      diagnostics_.error(element.at,
                         cat("with the configuration of '", element.name, "' this graph expands ",
                             "beyond ", expansion_budget(resolved_), " bytes"));
    }
    const std::uint32_t node =
        add_node(cat(prefix, element.name), is_compound ? kTunnelClass : element.type,
                 std::move(config.text), element.at);
    node_of.push_back(node);
    if (is_compound) {
      instances.push_back({node, &element, &scope});
    }
  }
  for (const std::uint32_t first : body.tunnels) {
    nodes_[node_of[first]].continues = node_of[first + 1];
    nodes_[node_of[first + 2]].continues = node_of[first];
  }
  for (const BodyConnection& connection : body.connections) {
    add_connection(connections_, {node_of[connection.from], connection.from_port,
                                  node_of[connection.to], connection.to_port});
  }
  for (const Instance& instance : instances) {
    if (full_) {
      return;
    }
    expand(instance);
  }
}

void Flattener::expand(const Instance& instance) {
  std::vector<std::string> values;
  ClassIndex type = kErrorClass;
  const Body* body = choose(instance, values, type);
  if (body == nullptr) {
    nodes_[instance.node].type = type;
    return;
  }
  scopes_.push_back(std::make_unique<Variables>(instance.scope->enclosing(body->depth)));
  Variables& scope = *scopes_.back();
  for (std::size_t i = 0; i < body->formals.size(); ++i) {
    scope.define(body->formals[i].variable, values[i]);
  }
  for (const auto& [name, value] : body->definitions) {
    scope.define(name, scope.expand(value, budget_).text);
  }
  const std::string name = nodes_[instance.node].name;
  const Landmark at = nodes_[instance.node].at;
  const std::uint32_t input = add_node(cat(name, "/input"), kTunnelClass, {}, at);
  const std::uint32_t output = add_node(cat(name, "/output"), kTunnelClass, {}, at);
  if (full_) {
    return;
  }
  nodes_[instance.node].continues = input;
  nodes_[output].continues = instance.node;
  copy(*body, cat(name, "/"), scope, input, output);
}

// The overload whose ports and parameters fit; the nearest, with an error, when none does. nullptr
// with `type` set when the overloads end in a primitive class.
const Body* Flattener::choose(const Instance& instance, std::vector<std::string>& values,
                              ClassIndex& type) {
  const BodyElement& element = *instance.element;
  const std::vector<std::string> arguments = split_arguments(nodes_[instance.node].config);
  const Body* nearest = nullptr;
  std::size_t tried = 0;
  for (type = element.type; type != kNoClass;) {
    const Body* body = resolved_.classes[type].body;
    if (body == nullptr) {
      return nullptr;
    }
    ++tried;
    if (assign_arguments(body->formals, arguments, &values)) {
      if (body->inputs == element.ports[0] && body->outputs == element.ports[1]) {
        return body;
      }
      nearest = body;
    }
    type = body->overload;
  }
  type = kErrorClass;
  if (tried != 1 || nearest == nullptr) {
    complain_no_match(instance, arguments.size());
  }
  if (nearest != nullptr) {
    assign_arguments(nearest->formals, arguments, &values);
  }
  return nearest;
}

std::string ports_text(std::size_t inputs, std::size_t outputs) {
  return cat(inputs, inputs == 1 ? " input, " : " inputs, ", outputs,
             outputs == 1 ? " output" : " outputs");
}

std::string shown_name(const std::string& name) { return name.empty() ? "<anonymous>" : name; }

std::string signature(const Body& body) {
  std::string text = shown_name(body.name);
  for (std::size_t i = 0; i < body.formals.size(); ++i) {
    const std::string& keyword = body.formals[i].keyword;
    text += i == 0 ? "(" : ", ";
    text += keyword.empty() ? "<arg>" : (keyword == "__REST__" ? "..." : keyword);
  }
  text += body.formals.empty() ? "" : ")";
  return cat(text, "[", ports_text(body.inputs, body.outputs), "]");
}

void Flattener::complain_no_match(const Instance& instance, std::size_t arguments) {
  const BodyElement& element = *instance.element;
  const std::string wanted = arguments == 0
                                 ? std::string()
                                 : cat(arguments, arguments == 1 ? " argument, " : " arguments, ");
  diagnostics_.error(element.at,
                     cat("no match for '", shown_name(resolved_.classes[element.type].name), "[",
                         wanted, ports_text(element.ports[0], element.ports[1]), "]'"));
  ClassIndex type = element.type;
  diagnostics_.note(element.at, "candidates are:");
  while (type != kNoClass && resolved_.classes[type].body != nullptr) {
    const Body& body = *resolved_.classes[type].body;
    diagnostics_.note(body.at, cat("  ", signature(body)));
    type = body.overload;
  }
}

// Every port of a tunnel that one side uses must be used by the other.
void Flattener::check_tunnels() {
  const auto key = [](std::uint32_t node, std::uint32_t port) {
    return static_cast<std::uint64_t>(node) << 32 | port;
  };
  std::vector<std::uint64_t> entered;
  std::vector<std::uint64_t> left;
  std::vector<std::uint32_t> comes_from(nodes_.size(), kNone);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].continues != kNone) {
      comes_from[nodes_[i].continues] = i;
    }
  }
  for (const FlatConnection& connection : connections_) {
    entered.push_back(key(connection.to, connection.to_port));
    left.push_back(key(connection.from, connection.from_port));
  }
  for (auto* list : {&entered, &left}) {
    std::ranges::sort(*list);
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  const auto complain = [&](std::uint32_t tunnel, std::uint32_t outer, const char* what,
                            std::uint32_t port, const char* tail) {
    diagnostics_.error(nodes_[tunnel].at, cat("'", nodes_[outer].name, "' ", what, port, tail));
  };
  for (const std::uint64_t entry : entered) {
    const auto node = static_cast<std::uint32_t>(entry >> 32);
    const auto port = static_cast<std::uint32_t>(entry);
    const std::uint32_t exit = nodes_[node].continues;
    if (exit == kNone || std::ranges::binary_search(left, key(exit, port))) {
      continue;
    }
    if (exit > node) {
      complain(node, node, "has no input ", port, "");
    } else {
      complain(node, exit, "output ", port, " unused");
    }
  }
  for (const std::uint64_t entry : left) {
    const auto node = static_cast<std::uint32_t>(entry >> 32);
    const auto port = static_cast<std::uint32_t>(entry);
    const std::uint32_t mouth = comes_from[node];
    if (mouth == kNone || std::ranges::binary_search(entered, key(mouth, port))) {
      continue;
    }
    if (mouth > node) {
      complain(node, node, "has no output ", port, "");
    } else {
      complain(node, mouth, "input ", port, " unused");
    }
  }
}

// Index of the first connection that leaves this port; connections_ is sorted.
std::size_t Flattener::first_from(std::uint32_t node, std::uint32_t port) const {
  const FlatConnection wanted{node, port, 0, 0};
  return static_cast<std::size_t>(std::ranges::lower_bound(connections_, wanted) -
                                  connections_.begin());
}

// From a real element through any tunnels to real elements. Paths may meet again, so each
// connection is passed once; a loop of tunnels alone leads nowhere.
void Flattener::follow(std::size_t start, FlatGraph& graph,
                       const std::vector<std::uint32_t>& numbers) {
  const FlatConnection& source = connections_[start];
  std::vector<std::size_t> open{start};
  while (!open.empty() && !full_) {
    const FlatConnection& connection = connections_[open.back()];
    open.pop_back();
    const std::uint32_t exit = nodes_[connection.to].continues;
    if (exit == kNone) {
      if (numbers[connection.to] != kNone) {
        add_connection(graph.connections, {numbers[source.from], source.from_port,
                                           numbers[connection.to], connection.to_port});
      }
      continue;
    }
    for (std::size_t i = first_from(exit, connection.to_port);
         i < connections_.size() && connections_[i].from == exit &&
         connections_[i].from_port == connection.to_port;
         ++i) {
      if (std::exchange(passed_[i], start + 1) != start + 1) {
        open.push_back(i);
      }
    }
  }
}

// The real elements, in order, and their numbers.
void Flattener::number(FlatGraph& graph, std::vector<std::uint32_t>& numbers) {
  numbers.assign(nodes_.size(), kNone);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    if (node.type == kTunnelClass || node.type == kErrorClass) {
      continue;
    }
    numbers[i] = static_cast<std::uint32_t>(graph.elements.size());
    graph.elements.push_back({node.name, resolved_.classes[node.type].name, node.config, node.at});
  }
}

FlatGraph Flattener::run() {
  const Body& file = *resolved_.bodies.front();
  Variables scope;
  for (const auto& [name, value] : options_.parameters) {
    scope.define(name, value, true);
  }
  for (const auto& [name, value] : file.definitions) {
    scope.define(name, value);
  }
  copy(file, "", scope, std::nullopt, std::nullopt);

  FlatGraph graph;
  graph.compact = resolved_.compact;
  std::vector<std::uint32_t> numbers;
  number(graph, numbers);
  if (diagnostics_.errors() == 0) {  // else what is missing is missing for a reason already given
    check_tunnels();
  }
  std::ranges::sort(connections_);
  passed_.assign(connections_.size(), 0);
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    if (numbers[connections_[i].from] != kNone) {
      follow(i, graph, numbers);
    }
  }
  std::ranges::sort(graph.connections);
  const auto repeats = std::ranges::unique(graph.connections);
  graph.connections.erase(repeats.begin(), repeats.end());
  for (const std::string& package : resolved_.required) {
    if (std::ranges::find(resolved_.provided, package) == resolved_.provided.end()) {
      graph.packages.push_back(package);
    }
  }
  return graph;
}

}  // namespace

FlatGraph elaborate(std::string_view file_name, std::string_view text,
                    const ElaborateOptions& options, Diagnostics& diagnostics) {
  const Resolved resolved = resolve(file_name, text, options, diagnostics);
  return Flattener(resolved, options, diagnostics).run();
}

}  // namespace superfluid::graph
