// SPDX-License-Identifier: Apache-2.0
// RuleMatcher: finds the first of many rules that a packet matches, at a cost that hardly depends
// on how many there are.
//
// Each rule's formula becomes a few *terms*: conjunctions of header tests, of which one must hold.
// Terms are columns, in the order of their rules. The bytes that tests look at are gathered into
// *fields* (protocol, source, destination, ports, ...). For each field, a table walked byte by byte
// leads from the bytes to a *row*: one bit per column, set where the term's tests of this field
// hold. The rows of all fields ANDed together leave the terms that match; the lowest bit is the
// first rule.
//
//            protocol  source   port
//   row      110111    011101   010110   AND -> 010100: column 1
//
// The table of a field is a decision diagram: a node is what is still undecided, 256 ways out,
// equal nodes are one. Masks, ranges and prefixes cost the same there. Where bytes are missing, the
// tests not yet decided fail: each node knows that row too.
//
// What does not fit (a formula of more terms than kTermsMax, a field whose table would grow beyond
// its limits, more fields than kFieldsMax) is checked by evaluate() when, and only when, all else
// of its column matches.
//
// Invariants
//   1. match() gives the first rule for which evaluate() is true, or kNone, for all packets.
//   2. Memory is bounded by the limits below, whatever the rules.
//
// Threads: immutable after it was made.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "elements/expression.h"

namespace superfluid::elements {

class RuleMatcher {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::size_t kTermsMax = 32;  // of one rule
  static constexpr std::size_t kFieldsMax = 16;
  static constexpr std::size_t kNodesMax = 1 << 14;     // of one field: 8 MiB
  static constexpr std::size_t kRowBytesMax = 4 << 20;  // of one field
  static constexpr std::size_t kStepsMax = 1 << 24;     // to make one field: tests looked at

  RuleMatcher() = default;
  explicit RuleMatcher(std::vector<Expression> rules);

  // first[i] is the index of the first rule that packets[i] matches, or kNone.
  void match(std::span<const HeaderBytes> packets, std::uint32_t* first) const;

  std::size_t fields() const { return fields_.size(); }
  // How many columns need evaluate() to be sure.
  std::size_t unsure_columns() const;

 private:
  friend class FieldBuilder;
  friend class MatcherBuilder;

  // Columns are looked at so many words at a time; rows are padded to it.
  static constexpr std::size_t kStep = 4;
  static constexpr std::uint16_t kIsRow = 0x8000;  // an exit to a row, not to a node

  struct Column {
    std::uint32_t rule;
    bool unsure = false;
  };

  struct Field {
    HeaderBase base = HeaderBase::kData;
    std::uint32_t offset = 0;
    std::uint32_t width = 0;
    std::vector<std::uint16_t> exits;    // 256 a node
    std::vector<std::uint16_t> missing;  // one a node: the row when the packet ends here
    std::vector<std::uint64_t> rows;

    std::uint16_t walk(const HeaderBytes& packet) const;
  };

  using Rows = std::array<const std::uint64_t*, kFieldsMax>;

  std::uint32_t first_of(const HeaderBytes& packet, const Rows& rows) const;

  std::vector<Expression> rules_;
  std::vector<Column> columns_;
  std::vector<Field> fields_;
  std::vector<std::uint64_t> all_;  // the row of no field: all columns
  std::size_t words_ = 0;           // of a row
};

// The same for a batch as it is pushed.
void match_batch(const RuleMatcher& matcher, graph::Batch batch, std::uint32_t* first);

}  // namespace superfluid::elements
