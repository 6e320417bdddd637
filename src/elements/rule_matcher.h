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
// tests not yet decided fail: each node knows that row too. A walk takes as many steps as the field
// has bytes, whatever they are: a row, once reached, leads to itself. Mixed traffic would make a
// walk that ends early guess wrong at every other packet, and that costs more than the steps.
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
#include <string>
#include <vector>

#include "elements/expression.h"

namespace superfluid::elements {

class RuleMatcher {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::size_t kTermsMax = 32;  // of one rule
  static constexpr std::size_t kFieldsMax = 16;
  static constexpr std::size_t kNodesMax = 1 << 14;     // of one field: 16 MiB
  static constexpr std::size_t kRowBytesMax = 4 << 20;  // of one field
  static constexpr std::size_t kStepsMax = 1 << 24;     // to make one field: tests looked at

  RuleMatcher() = default;
  explicit RuleMatcher(std::vector<Expression> rules);

  // first[i] is the index of the first rule that packets[i] matches, or kNone.
  void match(std::span<const HeaderBytes> packets, std::uint32_t* first) const;

  std::size_t fields() const { return fields_.size(); }
  // How many columns need evaluate() to be sure.
  std::size_t unsure_columns() const;
  // The compiled form for people: a line for each field and each column, and the memory taken.
  // `outputs` is where the packets of each rule go, kNone for nowhere.
  std::string program(std::span<const std::uint32_t> outputs) const;

 private:
  friend class FieldBuilder;
  friend class MatcherBuilder;

  static constexpr std::size_t kStepMax = 4;  // words of columns looked at together

  // Where a walk is: the index of 256 exits, and 0xff; of a row's one exit, and 0.
  using Place = std::uint32_t;
  static constexpr unsigned kPlaceShift = 8;
  static constexpr Place kNodeMask = 0xff;

  struct Column {
    std::uint32_t rule;
    bool unsure = false;
  };

  struct Field {
    HeaderBase base = HeaderBase::kData;
    std::uint32_t offset = 0;
    std::uint32_t width = 0;
    std::uint64_t leaves = 0;            // columns, as the average of the rows
    std::uint32_t first_row = 0;         // in exits: behind the nodes'
    std::vector<Place> exits;            // 256 a node, one a row
    std::vector<std::uint16_t> missing;  // one a node: the row when the packet ends here
    std::vector<std::uint64_t> rows;

    // The row of each packet.
    void walk(std::span<const HeaderBytes> packets, std::uint32_t* row_of) const;
    template <std::uint32_t kWidth>
    void walk_whole(std::span<const HeaderBytes> packets, std::uint32_t* row_of) const;
    std::uint32_t walk_short(const std::uint8_t* bytes, std::uint32_t length) const;
  };

  using RowOf = std::uint32_t[kFieldsMax][graph::kBatchMax];

  // The rows of one packet: of two fields at least, all columns where there are fewer.
  using Rows = std::array<const std::uint64_t*, kFieldsMax>;

  template <std::size_t kStep>
  void find_all(std::span<const HeaderBytes> packets, const RowOf& row_of,
                std::uint32_t* first) const;
  template <std::size_t kStep>
  std::uint32_t find_first(const Rows& rows, std::size_t count, const HeaderBytes& packet) const;

  std::vector<Expression> rules_;
  std::vector<Column> columns_;
  std::vector<Field> fields_;       // that which leaves the fewest columns first
  std::vector<std::uint64_t> all_;  // the row of no field: all columns
  std::size_t words_ = 0;           // of a row: one, two, or a multiple of kStepMax
};

// The same for a batch as it is pushed.
void match_batch(const RuleMatcher& matcher, graph::Batch batch, std::uint32_t* first);

}  // namespace superfluid::elements
