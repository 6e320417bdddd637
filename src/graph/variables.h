// SPDX-License-Identifier: Apache-2.0
// Variables of a scope, and their expansion in configuration text.
//
// Scopes nest as compound elements do: a compound sees its own parameters and definitions, then
// those of the compound (or file) in which its class was written.
//
// Invariants
//   1. Expansion ends: it nests at most kDepthMax deep and reads and writes at most what its budget
//      has left; beyond that the text stays as it is and the expansion says so. A few lines of
//      definitions that double each other would otherwise fill any memory.
//   2. A parent outlives its children.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace superfluid::graph {

class Variables {
 public:
  static constexpr int kDepthMax = 10;
  static constexpr std::size_t kExpansionBytesMax = 4 << 20;  // where no budget is given

  explicit Variables(const Variables* parent = nullptr)
      : parent_(parent), depth_(parent == nullptr ? 0 : parent->depth_ + 1) {}

  // How many scopes are around this one; the nearest of them (or itself) that has fewer than
  // `depth`.
  int depth() const { return depth_; }
  const Variables* enclosing(int depth) const;

  // False when the name is defined here already; then `override_old` decides which value stays.
  bool define(std::string_view name, std::string value, bool override_old = false);

  bool defined_here(std::string_view name) const;
  // In this scope or the nearest around it; nullptr when nowhere.
  const std::string* find(std::string_view name) const;

  struct Expansion {
    std::string text;
    bool overflowed = false;
  };

  // The text with its variables replaced. `budget` is the bytes that it, and others after it, may
  // read and write.
  Expansion expand(std::string_view text, std::size_t& budget) const;
  Expansion expand(std::string_view text) const {
    std::size_t budget = kExpansionBytesMax;
    return expand(text, budget);
  }

 private:
  // `budget` is what may still be read and written, over all levels.
  std::string expand_at(std::string_view text, int depth, std::size_t& budget) const;
  // The value of what stands between `${` and `}`, or of a bare name. False when it is not defined.
  bool evaluate(std::string_view inside, bool in_braces, int depth, std::size_t& budget,
                std::string& value) const;

  const Variables* parent_;
  int depth_;
  std::vector<std::pair<std::string, std::string>> entries_;
};

}  // namespace superfluid::graph
