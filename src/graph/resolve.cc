// SPDX-License-Identifier: Apache-2.0
// The resolver walks the tree in the order of the text, because the language is order-sensitive: a
// name is a class from its definition on, an element from its declaration on.
#include <algorithm>
#include <optional>
#include <span>

#include "base/text.h"
#include "graph/compound.h"
#include "graph/elaborate.h"
#include "graph/parser.h"
#include "graph/port_match.h"
#include "graph/words.h"

namespace superfluid::graph {
namespace {

using base::cat;

constexpr std::size_t kInput = 0;
constexpr std::size_t kOutput = 1;
constexpr std::string_view kPortNames[2] = {"input", "output"};
constexpr std::size_t kLibrariesMax = 100;
constexpr std::size_t kSuggestionsMax = 20;  // each looks at every name; a person reads a few

// One element of a stage, once it is known which.
struct End {
  std::uint32_t element = 0;
  PortList ports[2];  // of inputs, of outputs
};

std::vector<ElementPorts> ports_of(const std::vector<End>& ends, std::size_t side) {
  std::vector<ElementPorts> list;
  list.reserve(ends.size());
  for (const End& end : ends) {
    list.push_back({end.element, &end.ports[side]});
  }
  return list;
}

class Resolver {
 public:
  Resolver(const ElaborateOptions& options, Diagnostics& diagnostics)
      : options_(options), diagnostics_(diagnostics) {
    resolved_.classes.push_back({"<tunnel>", nullptr});
    resolved_.classes.push_back({"Error", nullptr});
    body_ = new_body("", {}, 0);
  }

  Resolved file(std::string_view name, std::string_view text);

 private:
  Body* new_body(std::string name, Landmark at, int depth);

  // Classes, by name, as far as the text has come.
  ClassIndex add_class(std::string name, Body* body);
  void bind_class(const std::string& name, ClassIndex index);
  ClassIndex find_class(const std::string& name);
  ClassIndex class_or_error(const std::string& name, Landmark at);
  ClassIndex primitive(const std::string& name);
  ClassIndex class_of(const ClassUse& use, Landmark at);
  ClassIndex compound(const std::string& name, const CompoundClass& written, Landmark at);
  Body* compound_body(const std::string& name, const CompoundBody& written);

  // Elements of the body at hand.
  std::string anonymous_name(std::string_view class_name) const;
  std::uint32_t add_element(std::string name, bool anonymous, ClassIndex type, std::string config,
                            Landmark at);
  bool has_room(std::size_t elements, Landmark at);
  std::uint32_t add_tunnels(std::string name, Landmark at);
  void name_anonymous(Body& body);

  void statements(const Statements& list);
  void define_class(const ClassDefinition& written);
  void chain(const Chain& written);
  std::vector<End> stage(const Stage& written);
  void group(const ElementUse& use, End& end);
  std::uint32_t declare(const ElementUse& use, ClassIndex type, ClassIndex declared,
                        const std::string& config);
  std::uint32_t check_pseudo(std::uint32_t element, std::size_t side, std::string_view name,
                             Landmark at, std::size_t first_connection);
  void connect_all(const std::vector<End>& from, const std::vector<End>& to, const Stage& written);
  void connect(std::uint32_t from, std::uint32_t from_port, std::uint32_t to,
               std::uint32_t to_port);
  void require(const Requirement& written);
  void load_library(const std::string& name, Landmark at);
  void define(const Definition& written);
  std::string suggestion(std::string_view typed) const;

  const ElaborateOptions& options_;
  Diagnostics& diagnostics_;
  Resolved resolved_;
  Body* body_;
  base::HashMap<std::string, ClassIndex> class_names_;
  std::vector<std::pair<std::string, ClassIndex>> class_undo_;  // what a name meant before
  std::vector<std::string> libraries_;
  bool full_ = false;
};

Resolved Resolver::file(std::string_view name, std::string_view text) {
  statements(parse(name, text, diagnostics_));
  name_anonymous(*body_);
  return std::move(resolved_);
}

Body* Resolver::new_body(std::string name, Landmark at, int depth) {
  resolved_.bodies.push_back(std::make_unique<Body>());
  Body* body = resolved_.bodies.back().get();
  body->name = std::move(name);
  body->at = at;
  body->depth = depth;
  return body;
}

// --- classes

ClassIndex Resolver::add_class(std::string name, Body* body) {
  resolved_.classes.push_back({std::move(name), body});
  return static_cast<ClassIndex>(resolved_.classes.size() - 1);
}

void Resolver::bind_class(const std::string& name, ClassIndex index) {
  if (name.empty()) {
    return;
  }
  const auto [place, fresh] = class_names_.try_emplace(name, index);
  class_undo_.emplace_back(name, fresh ? kNoClass : *place);
  *place = index;
}

// What the name means here; kNoClass when it is no class. Primitive classes enter at their first
// use.
ClassIndex Resolver::find_class(const std::string& name) {
  if (const ClassIndex* known = class_names_.find(name)) {
    return *known;
  }
  return options_.classes.contains(name) ? primitive(name) : kNoClass;
}

ClassIndex Resolver::primitive(const std::string& name) {
  const ClassIndex index = add_class(name, nullptr);
  class_names_.set(name, index);  // holds everywhere: not undone
  return index;
}

ClassIndex Resolver::class_or_error(const std::string& name, Landmark at) {
  const ClassIndex found = find_class(name);
  if (found != kNoClass) {
    return found;
  }
  if (options_.any_class) {
    return primitive(name);
  }
  diagnostics_.error(at, cat("unknown element class '", name, "'"), suggestion(name));
  bind_class(name, kErrorClass);  // reported once
  return kErrorClass;
}

std::string Resolver::suggestion(std::string_view typed) const {
  const std::string_view instead = options_.classes.instead_of(typed);
  if (diagnostics_.errors() >= kSuggestionsMax || !instead.empty()) {
    return std::string(instead);
  }
  std::vector<std::string_view> known = options_.classes.names();
  for (const auto& [name, index] : class_names_) {
    if (index != kErrorClass) {
      known.push_back(name);
    }
  }
  for (const auto& [name, index] : body_->by_name) {
    known.push_back(name);
  }
  std::ranges::sort(known);
  const auto nearest = base::nearest_word(typed, known);
  return nearest && *nearest != typed ? cat("did you mean '", *nearest, "'?") : std::string();
}

ClassIndex Resolver::class_of(const ClassUse& use, Landmark at) {
  return use.compound != nullptr ? compound("", *use.compound, at) : class_or_error(use.name, at);
}

// A compound class: its overloads, each a body, chained in the order in which they are tried.
ClassIndex Resolver::compound(const std::string& name, const CompoundClass& written, Landmark at) {
  ClassIndex extension = kNoClass;
  if (written.extends) {
    extension = find_class(name);
    if (extension == kNoClass) {
      diagnostics_.error(at, cat("cannot extend unknown element class '", name, "'"));
    }
  }
  ClassIndex first = kErrorClass;
  Body* previous = nullptr;
  for (const CompoundBody& body_written : written.bodies) {
    Body* body = compound_body(name, body_written);
    const ClassIndex index = add_class(name, body);
    if (previous == nullptr) {
      first = index;
    } else {
      previous->overload = index;
    }
    previous = body;
  }
  if (previous != nullptr) {
    previous->overload = extension;
  }
  return first;
}

Body* Resolver::compound_body(const std::string& name, const CompoundBody& written) {
  Body* const outer = body_;
  const std::size_t undo_mark = class_undo_.size();
  body_ = new_body(name, written.at, outer->depth + 1);
  body_->formals = written.formals;
  add_element("input", false, kTunnelClass, {}, written.at);
  add_element("output", false, kTunnelClass, {}, written.at);
  statements(written.statements);

  const std::string shown = name.empty() ? "<anonymous>" : name;
  body_->inputs = check_pseudo(0, kInput, shown, written.at, 0);
  body_->outputs = check_pseudo(1, kOutput, shown, written.at, 0);
  name_anonymous(*body_);

  while (class_undo_.size() > undo_mark) {
    const auto& [changed, before] = class_undo_.back();
    if (before == kNoClass) {
      class_names_.erase(changed);
    } else {
      class_names_.set(changed, before);
    }
    class_undo_.pop_back();
  }
  return std::exchange(body_, outer);
}

// --- elements

std::string Resolver::anonymous_name(std::string_view class_name) const {
  // Numbered as they come; a compound's own input and output do not count.
  const std::size_t before = body_->elements.size() - (body_->is_file() ? 0 : 2);
  return cat(class_name, "@", before + 1);
}

// Whether the body at hand may have so many elements more. When it may not, the one at hand is the
// body's first: there is an error, and what is connected to it does not matter.
bool Resolver::has_room(std::size_t elements, Landmark at) {
  if (body_->elements.size() + elements <= kElementsMax) {
    return true;
  }
  if (!std::exchange(full_, true)) {
    diagnostics_.error(at, cat("more than ", kElementsMax, " elements"));
  }
  return false;
}

std::uint32_t Resolver::add_element(std::string name, bool anonymous, ClassIndex type,
                                    std::string config, Landmark at) {
  if (!has_room(1, at)) {
    return 0;
  }
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (rest.substr(0, slash).find_first_not_of("0123456789") == rest.npos) {
      diagnostics_.error(at, cat("element name '", name, "' has all-digit component"));
      break;
    }
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  const auto index = static_cast<std::uint32_t>(body_->elements.size());
  if (!anonymous) {
    body_->by_name.try_emplace(name, index);
  }
  body_->elements.push_back({std::move(name), anonymous, type, std::move(config), at, {0, 0}});
  return index;
}

// The three elements of a group; returns the first. REQUIRES: there is room for them.
std::uint32_t Resolver::add_tunnels(std::string name, Landmark at) {
  const std::uint32_t first = add_element(name, true, kTunnelClass, {}, at);
  add_element(cat(name, "/input"), true, kTunnelClass, {}, at);
  add_element(cat(name, "/output"), true, kTunnelClass, {}, at);
  body_->tunnels.push_back(first);
  return first;
}

// Anonymous names give way to names that were written: Class@3 becomes the next that is free.
void Resolver::name_anonymous(Body& body) {
  // For each class, the number that was found last: since the elements' own numbers rise, all
  // between one that is taken and this are taken too.
  base::HashMap<std::string, std::uint64_t> found;
  for (std::uint32_t i = 0; i < body.elements.size(); ++i) {
    BodyElement& element = body.elements[i];
    if (!element.anonymous) {
      continue;
    }
    if (body.by_name.contains(element.name)) {
      const std::size_t at = element.name.rfind('@') + 1;
      const std::size_t end = std::min(element.name.find('/', at), element.name.size());
      const std::string front = element.name.substr(0, at);
      const std::string back = element.name.substr(end);
      const std::uint64_t number = base::parse_u64(element.name.substr(at, end - at)).value_or(0);
      std::uint64_t& last = *found.try_emplace(cat(front, back), number).first;
      last = std::max(last, number);
      do {
        element.name = cat(front, ++last, back);
      } while (body.by_name.contains(element.name));
    }
    body.by_name.try_emplace(element.name, i);
  }
}

// --- statements

void Resolver::statements(const Statements& list) {
  for (const Statement& statement : list) {
    if (const auto* written = std::get_if<Chain>(&statement.what)) {
      chain(*written);
    } else if (const auto* requirement = std::get_if<Requirement>(&statement.what)) {
      require(*requirement);
    } else if (const auto* definition = std::get_if<Definition>(&statement.what)) {
      define(*definition);
    } else if (const auto* class_written = std::get_if<ClassDefinition>(&statement.what)) {
      define_class(*class_written);
    }
  }
}

void Resolver::define_class(const ClassDefinition& written) {
  ClassIndex index = kErrorClass;
  if (written.meaning.compound != nullptr) {
    index = compound(written.name, *written.meaning.compound, written.at);
  } else if (!written.meaning.name.empty()) {
    index = class_or_error(written.meaning.name, written.at);
  }
  bind_class(written.name, index);
}

void Resolver::chain(const Chain& written) {
  const auto complain_if_ports = [&](const std::vector<End>& ends, std::size_t side, Landmark at,
                                     std::string_view message) {
    if (std::ranges::any_of(ends, [&](const End& end) { return end.ports[side].written(); })) {
      diagnostics_.error(at, std::string(message));
    }
  };
  std::vector<End> previous;
  for (const Stage& stage_written : written.stages) {
    std::vector<End> ends = stage(stage_written);
    if (&stage_written == &written.stages.front()) {
      complain_if_ports(ends, kInput, stage_written.end, "input ports ignored at start of chain");
    } else {
      connect_all(previous, ends, stage_written);
    }
    previous = std::move(ends);
  }
  if (!previous.empty()) {
    complain_if_ports(previous, kOutput, written.stages.back().end,
                      "output ports ignored at end of chain");
  }
}

// Resolves the elements of one stage. Classes are looked up, and groups resolved, as the text
// comes; the elements are made when all of the stage has been seen.
std::vector<End> Resolver::stage(const Stage& written) {
  struct Seen {
    ClassIndex type = kNoClass;
    ClassIndex declared = kNoClass;
    End end{};
  };
  std::vector<Seen> seen(written.uses.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const ElementUse& use = written.uses[i];
    seen[i].end.ports[kInput] = use.inputs;
    seen[i].end.ports[kOutput] = use.outputs;
    if (use.kind == ElementUse::Kind::kGroup) {
      group(use, seen[i].end);
    } else if (use.kind == ElementUse::Kind::kCompound) {
      seen[i].type = compound("", *use.compound, use.at);
    } else if (use.kind == ElementUse::Kind::kName) {
      seen[i].type = find_class(use.name);
    }
    if (use.declared) {
      seen[i].declared = class_of(*use.declared, use.at);
    }
    if (use.config && body_->by_name.contains(use.name)) {
      diagnostics_.error(use.at, "configuration string ignored on element reference");
    }
  }
  std::vector<End> ends;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const ElementUse& use = written.uses[i];
    const std::size_t source = written.one_class ? seen.size() - 1 : i;
    if (use.kind != ElementUse::Kind::kGroup) {
      seen[i].end.element = declare(use, seen[i].type, seen[source].declared,
                                    written.uses[source].config.value_or(""));
    }
    ends.push_back(std::move(seen[i].end));
  }
  return ends;
}

// An element group: not a scope, only a detour whose `input` and `output` are its own.
void Resolver::group(const ElementUse& use, End& end) {
  if (!has_room(3, use.at)) {
    return;
  }
  const std::uint32_t first = add_tunnels(anonymous_name(""), use.at);
  end.element = first;
  const auto bind = [&](std::string_view name, std::uint32_t element) {
    const auto [place, fresh] = body_->by_name.try_emplace(std::string(name), element);
    return fresh ? std::nullopt : std::optional(std::exchange(*place, element));
  };
  const auto restore = [&](std::string_view name, std::optional<std::uint32_t> before) {
    if (before) {
      body_->by_name.set(std::string(name), *before);
    } else {
      body_->by_name.erase(name);
    }
  };
  const auto outer_input = bind("input", first + 1);
  const auto outer_output = bind("output", first + 2);
  const std::size_t mark = body_->connections.size();
  statements(use.group);
  restore("input", outer_input);
  restore("output", outer_output);

  const std::uint32_t counts[2] = {
      check_pseudo(first + 1, kInput, "<anonymous group>", use.at, mark),
      check_pseudo(first + 2, kOutput, "<anonymous group>", use.at, mark)};
  for (std::size_t side = 0; side < 2; ++side) {
    if (!end.ports[side].written()) {  // all its ports, in order
      for (std::uint32_t port = 0; port < counts[side]; ++port) {
        end.ports[side].ports.push_back(port);
      }
    }
  }
  if (use.declared || use.config) {
    diagnostics_.error(use.at, "an element group has no name, class or configuration");
  }
}

std::uint32_t Resolver::declare(const ElementUse& use, ClassIndex type, ClassIndex declared,
                                const std::string& config) {
  const std::uint32_t* known = body_->by_name.find(use.name);
  if (type == kNoClass && known != nullptr) {
    if (declared != kNoClass) {
      diagnostics_.error(use.at, cat("redeclaration of element '", use.name, "'"));
      diagnostics_.error(body_->elements[*known].at,
                         cat("element '", use.name, "' previously declared here"));
    }
    return *known;
  }
  if (declared != kNoClass && (type != kNoClass || resolved_.classes[declared].name == use.name)) {
    diagnostics_.error(use.at, cat("class '", use.name, "' used as element name"));
  } else if (type == kNoClass && declared == kNoClass && options_.any_class) {
    type = primitive(use.name);
  } else if (type == kNoClass && declared == kNoClass) {
    diagnostics_.error(use.at, cat("undeclared element '", use.name, "'"), suggestion(use.name));
    bind_class(use.name, kErrorClass);  // reported once
    type = kErrorClass;
  }
  if (type != kNoClass) {
    return add_element(anonymous_name(use.name), true, type, config, use.at);
  }
  return add_element(use.name, false, declared, config, use.at);
}

// `input` is only a source, `output` only a destination, and their ports have no gaps. Returns how
// many. Their connections are all from `first_connection` on.
std::uint32_t Resolver::check_pseudo(std::uint32_t element, std::size_t side, std::string_view name,
                                     Landmark at, std::size_t first_connection) {
  const BodyElement& pseudo = body_->elements[element];
  if (pseudo.ports[side] != 0) {
    diagnostics_.error(at, cat("'", name, "' pseudoelement '", kPortNames[side],
                               "' may only be used as ", kPortNames[1 - side]));
  }
  std::vector<bool> used(pseudo.ports[1 - side]);
  for (const BodyConnection& connection : std::span(body_->connections).subspan(first_connection)) {
    if (side == kInput && connection.from == element) {
      used[connection.from_port] = true;
    } else if (side == kOutput && connection.to == element) {
      used[connection.to_port] = true;
    }
  }
  for (std::size_t port = 0; port < used.size(); ++port) {
    if (!used[port]) {
      diagnostics_.error(at, cat("'", name, "' ", kPortNames[side], " ", port, " missing"));
    }
  }
  return pseudo.ports[1 - side];
}

// --- connections

void Resolver::connect_all(const std::vector<End>& from, const std::vector<End>& to,
                           const Stage& written) {
  const PortMatch match =
      match_ports(ports_of(from, kOutput), ports_of(to, kInput), written.double_arrow);
  for (const std::string& complaint : match.complaints) {
    diagnostics_.error(written.end, complaint);
  }
  for (const auto& [source, sink] : match.pairs) {
    connect(source.element, source.port, sink.element, sink.port);
  }
}

void Resolver::connect(std::uint32_t from, std::uint32_t from_port, std::uint32_t to,
                       std::uint32_t to_port) {
  if (body_->connections.size() >= kConnectionsMax) {
    if (!std::exchange(full_, true)) {
      diagnostics_.error(body_->elements[from].at,
                         cat("more than ", kConnectionsMax, " connections"));
    }
    return;
  }
  body_->connections.push_back({from, from_port, to, to_port});
  std::uint32_t& outputs = body_->elements[from].ports[kOutput];
  std::uint32_t& inputs = body_->elements[to].ports[kInput];
  outputs = std::max(outputs, from_port + 1);
  inputs = std::max(inputs, to_port + 1);
}

// --- require, define

void Resolver::require(const Requirement& written) {
  for (const std::string& argument : split_arguments(written.arguments)) {
    std::vector<std::string> words = split_words(argument);
    const bool compact = words.size() == 1 && words[0] == "compact_config";
    resolved_.compact |= compact && !written.provides;
    if (words.empty() || compact) {
      continue;
    }
    if (words.size() == 1 && words[0] != "package" && words[0] != "library") {
      words.insert(words.begin(), "package");
    }
    if (words.size() == 2 && words[0] == "package") {
      (written.provides ? resolved_.provided : resolved_.required).push_back(unquote(words[1]));
    } else if (words.size() == 2 && words[0] == "library" && !written.provides) {
      load_library(unquote(words[1]), written.at);
    } else {
      diagnostics_.error(written.at, "syntax error at requirement");
    }
  }
}

void Resolver::load_library(const std::string& name, Landmark at) {
  if (!body_->is_file()) {
    diagnostics_.error(at, "'require library' must be used at file scope");
    return;
  }
  if (options_.libraries == nullptr) {
    diagnostics_.error(at, cat("library '", name, "': this driver loads no libraries"));
    return;
  }
  auto source = options_.libraries->load(name, diagnostics_.files().name(at.file));
  if (!source) {
    diagnostics_.error(at, source.error().to_string(), std::string(source.error().best_remedy()));
    return;
  }
  if (std::ranges::find(libraries_, source->name) != libraries_.end()) {
    return;
  }
  if (libraries_.size() >= kLibrariesMax) {
    diagnostics_.error(at, cat("more than ", kLibrariesMax, " libraries"));
    return;
  }
  libraries_.push_back(source->name);
  statements(parse(source->name, source->text, diagnostics_));
}

void Resolver::define(const Definition& written) {
  for (std::string& argument : split_arguments(written.arguments)) {
    if (argument.empty()) {
      continue;
    }
    const std::string variable = shift_word(argument);
    const std::string name = variable.substr(1);
    const bool good = variable.size() >= 2 && variable[0] == '$' && is_identifier(name) &&
                      name.find_first_of("@/") == name.npos;
    if (!good) {
      diagnostics_.error(written.at, "bad 'define' declaration: not a variable");
      continue;
    }
    const auto taken = [&](const auto& entry) { return entry.first == name; };
    const auto is_formal = [&](const Formal& formal) { return formal.variable == name; };
    if (std::ranges::any_of(body_->definitions, taken) ||
        std::ranges::any_of(body_->formals, is_formal)) {
      diagnostics_.error(written.at, cat("parameter '", variable, "' multiply defined"));
      continue;
    }
    body_->definitions.emplace_back(name, argument);
  }
}

}  // namespace

Resolved resolve(std::string_view file_name, std::string_view text, const ElaborateOptions& options,
                 Diagnostics& diagnostics) {
  return Resolver(options, diagnostics).file(file_name, text);
}

}  // namespace superfluid::graph
