// SPDX-License-Identifier: Apache-2.0
// elaborate(): a configuration's text to a flat graph: elements with their classes and
// configurations, connections between their ports. Compound elements, groups, libraries, variables
// and overloads are gone; names tell where an element came from (`fw/ip/check`).
//
//   text -> parse() -> syntax tree -> resolve (names, classes, ports) -> flatten (copies, tunnels)
//
// Invariants
//   1. The graph is whole only when diagnostics.errors() == 0; with errors it holds what was
//      understood.
//   2. Elements stand in the order of the text, those of compounds after those of the file;
//      anonymous ones are named Class@N, the same in every run.
//   3. Connections are sorted by source and free of repeats.
//   4. At most kElementsMax elements and kConnectionsMax connections, however compounds multiply.
//
// Threads: pure, but for the loader that it is given.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/diagnostics.h"

namespace superfluid::graph {

inline constexpr std::size_t kElementsMax = 100'000;
inline constexpr std::size_t kConnectionsMax = 1'000'000;

struct FlatElement {
  std::string name;
  std::string class_name;
  std::string config;
  Landmark at;
};

struct FlatConnection {
  std::uint32_t from;
  std::uint32_t from_port;
  std::uint32_t to;
  std::uint32_t to_port;

  friend auto operator<=>(const FlatConnection&, const FlatConnection&) = default;
};

struct FlatGraph {
  std::vector<FlatElement> elements;
  std::vector<FlatConnection> connections;
  std::vector<std::string> packages;  // that `require` names and no `provide` gives
  bool compact = false;               // asks not to keep its text
};

// The element classes that there are.
class ClassCatalog {
 public:
  virtual ~ClassCatalog() = default;
  virtual bool contains(std::string_view class_name) const = 0;
  virtual std::vector<std::string_view> names() const = 0;
  // Of a class that there is elsewhere: what to do here instead. Empty: nothing is known of it.
  virtual std::string_view instead_of(std::string_view /*class_name*/) const { return {}; }
};

struct Source {
  std::string name;
  std::string text;
};

// Finds what `require(library NAME)` names.
class LibraryLoader {
 public:
  virtual ~LibraryLoader() = default;
  virtual base::Result<Source> load(std::string_view name, std::string_view from_file) = 0;
};

struct ElaborateOptions {
  const ClassCatalog& classes;
  LibraryLoader* libraries = nullptr;  // nullptr: there are none
  // Command-line parameters; they win over `define`.
  std::vector<std::pair<std::string, std::string>> parameters;
  // Takes a name that nothing explains for that of an element class, for who only reads the graph.
  bool any_class = false;
};

FlatGraph elaborate(std::string_view file_name, std::string_view text,
                    const ElaborateOptions& options, Diagnostics& diagnostics);

// The flat graph as Click text that elaborates to the same graph.
std::string unparse(const FlatGraph& graph);

}  // namespace superfluid::graph
