// SPDX-License-Identifier: Apache-2.0
// What the resolver makes and the flattener copies: bodies whose names are resolved to indices.
//
// A *tunnel* is an element that only passes connections through, port by port. An instance of a
// compound or a group `x` is three of them: x, x/input, x/output. What enters x leaves x/input,
// what enters x/output leaves x.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash_map.h"
#include "graph/landmark.h"
#include "graph/syntax.h"

namespace superfluid::graph {

// Index into Classes. Two are always there.
using ClassIndex = std::uint32_t;
inline constexpr ClassIndex kTunnelClass = 0;
inline constexpr ClassIndex kErrorClass = 1;  // already reported; takes part in nothing
inline constexpr ClassIndex kNoClass = 0xffffffff;

struct Body;

struct Class {
  std::string name;
  Body* body = nullptr;  // nullptr: a primitive class, which the catalog knows
};

struct BodyElement {
  std::string name;
  bool anonymous = false;  // the name may still be changed to be unique
  ClassIndex type = kTunnelClass;
  std::string config;
  Landmark at;
  std::uint32_t ports[2] = {0, 0};  // inputs, outputs: highest used plus one
};

struct BodyConnection {
  std::uint32_t from;
  std::uint32_t from_port;
  std::uint32_t to;
  std::uint32_t to_port;
};

// One `{ ... }` or the whole file. Elements 0 and 1 of a compound are its `input` and `output`.
struct Body {
  std::string name;
  Landmark at;
  int depth = 0;  // of its scope: 0 for the file
  std::vector<Formal> formals;
  std::vector<std::pair<std::string, std::string>> definitions;
  std::vector<BodyElement> elements;
  std::vector<BodyConnection> connections;
  std::vector<std::uint32_t> tunnels;  // first of three elements of each group
  base::HashMap<std::string, std::uint32_t> by_name;
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  ClassIndex overload = kNoClass;  // tried when this body does not match

  bool is_file() const { return depth == 0; }
};

// Everything that was resolved; owns the bodies.
struct Resolved {
  std::vector<Class> classes;
  std::vector<std::unique_ptr<Body>> bodies;  // bodies[0] is the file
  std::vector<std::string> required;
  std::vector<std::string> provided;
  bool compact = false;
};

struct ElaborateOptions;
class Diagnostics;

Resolved resolve(std::string_view file_name, std::string_view text, const ElaborateOptions& options,
                 Diagnostics& diagnostics);

// True when the connection's ports may be assigned; then `values` are those of body.formals.
bool assign_arguments(const std::vector<Formal>& formals, const std::vector<std::string>& arguments,
                      std::vector<std::string>* values);

}  // namespace superfluid::graph
