// SPDX-License-Identifier: Apache-2.0
// The syntax tree of a configuration: what was written, nothing resolved.
//
// Whether `Foo` names an element or a class is not known here; the resolver decides in the order of
// the text, as the language requires. A tree owns its text and outlives nothing.
//
// Limits: compounds and groups nest at most kNestingMax deep. `[0-65535]` is short to write, so all
// lists together have at most kPortsListedMax ports.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "graph/landmark.h"

namespace superfluid::graph {

inline constexpr int kNestingMax = 50;
inline constexpr std::uint32_t kPortMax = 65535;
inline constexpr std::size_t kPortsListedMax = 1'000'000;  // in all of a text's lists

// `[0]`, `[0,2]`, `[1-3]`, `[]`, `[2,]`. Not written: empty.
struct PortList {
  std::vector<std::uint32_t> ports;
  bool open_ended = false;  // takes as many more as the other side of the connection needs

  bool written() const { return !ports.empty(); }
};

struct Statement;
using Statements = std::vector<Statement>;

struct Formal {
  std::string keyword;  // empty: positional; "__REST__": all that is left
  std::string variable;
};

// One `{ ... }`, or one of several separated by `||`.
struct CompoundBody {
  Landmark at;
  std::vector<Formal> formals;
  Statements statements;
};

// All overloads between one pair of braces; `extends` when they end in `...`.
struct CompoundClass {
  std::vector<CompoundBody> bodies;
  bool extends = false;
};

// What stands behind `::`.
struct ClassUse {
  std::string name;                         // of a class, or
  std::unique_ptr<CompoundClass> compound;  // written in place
};

// One place in a connection or declaration.
struct ElementUse {
  enum class Kind : std::uint8_t {
    kName,      // an element or a class
    kCompound,  // { ... }
    kGroup,     // ( ... )
    kImplicit,  // `input` or `output`, not written
  };

  Kind kind = Kind::kName;
  Landmark at;
  std::string name;
  std::unique_ptr<CompoundClass> compound;  // kCompound
  Statements group;                         // kGroup
  std::optional<ClassUse> declared;
  std::optional<std::string> config;
  PortList inputs;
  PortList outputs;

  // A name and nothing else: may take its class from the last of its list.
  bool bare() const { return kind == Kind::kName && !declared && !config; }
};

// `a, b -> c => d`: stages joined by connectors.
struct Stage {
  std::vector<ElementUse> uses;
  Landmark end;               // where the stage ends; its connection's errors point here
  bool double_arrow = false;  // how it is joined to the stage before
  bool one_class = false;     // `a, b, c :: Class(x)`: the last's class and configuration are all's
};

struct Chain {
  std::vector<Stage> stages;
};

struct ClassDefinition {
  Landmark at;
  std::string name;
  ClassUse meaning;
};

// `require(...)` or `provide(...)`.
struct Requirement {
  Landmark at;
  std::string arguments;
  bool provides = false;
};

struct Definition {
  Landmark at;
  std::string arguments;
};

struct Statement {
  std::variant<Chain, ClassDefinition, Requirement, Definition> what;
};

}  // namespace superfluid::graph
