// SPDX-License-Identifier: Apache-2.0
#include "elements/rule_matcher.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <tuple>

#include "base/check.h"
#include "base/hash_map.h"

namespace superfluid::elements {

using Kind = Expression::Kind;

namespace {

// A test that must hold, or must not.
struct Literal {
  std::uint32_t test;
  bool positive;
};
using Term = std::vector<Literal>;
using Terms = std::vector<Term>;

// What is left to decide of one test, part of the way through its field.
struct Pending {
  std::uint32_t test;
  bool won;  // already different (above, below) as its relation wants it
};

// A node, or when nothing is pending a row: which tests hold, and which may.
struct State {
  std::vector<std::uint32_t> held;
  std::vector<Pending> pending;

  std::string key() const {
    std::string key;
    key.reserve(4 * (held.size() + pending.size() + 1));
    const auto append = [&](std::uint32_t number) {
      key.append({static_cast<char>(number), static_cast<char>(number >> 8),
                  static_cast<char>(number >> 16), static_cast<char>(number >> 24)});
    };
    append(static_cast<std::uint32_t>(held.size()));
    for (const std::uint32_t test : held) {
      append(test);
    }
    for (const Pending& each : pending) {
      append(each.test << 1 | (each.won ? 1 : 0));
    }
    return key;
  }
};

enum class Step : std::uint8_t { kLost, kOpen, kHeld };

// Takes the test one byte further; `at` counts from the test's own first byte.
Step advance(const HeaderTest& test, std::uint32_t at, std::uint8_t byte, bool& won) {
  const unsigned shift = 8 * (test.width - 1u - at);
  const std::uint32_t seen = byte & (test.mask >> shift & 0xff);
  const std::uint32_t wanted = test.value >> shift & 0xff;
  if (!won && seen != wanted) {
    const bool wins = test.relation == Relation::kUnequal ||
                      (test.relation == Relation::kAbove && seen > wanted) ||
                      (test.relation == Relation::kAtMost && seen < wanted);
    if (!wins) {
      return Step::kLost;
    }
    won = true;
  }
  if (at + 1u < test.width) {
    return Step::kOpen;
  }
  const bool even_holds = test.relation == Relation::kEqual || test.relation == Relation::kAtMost;
  return won || even_holds ? Step::kHeld : Step::kLost;
}

}  // namespace

// Makes one field's table and rows.
class FieldBuilder {
 public:
  FieldBuilder(const std::vector<HeaderTest>& tests, RuleMatcher::Field& field, std::size_t words)
      : tests_(tests), field_(field), words_(words) {}

  // False when a limit was met; the field is then of no use.
  bool build(const std::vector<std::uint32_t>& its_tests);
  // The tests that hold for each row.
  const std::vector<std::vector<std::uint32_t>>& rows() const { return rows_; }

 private:
  static constexpr std::uint16_t kIsRow = 0x8000;  // an exit to a row, not to a node

  bool exits_of(std::uint32_t node);
  void make_exits();
  State after(const State& state, std::uint32_t at, std::uint8_t byte) const;
  std::optional<std::uint16_t> node_of(State state, std::uint32_t at);
  std::optional<std::uint16_t> row_of(const std::vector<std::uint32_t>& held);

  struct Node {
    State state;
    std::uint32_t at;
  };

  const std::vector<HeaderTest>& tests_;
  RuleMatcher::Field& field_;
  std::size_t words_;
  std::size_t steps_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::uint16_t> exits_;  // 256 a node
  std::vector<std::vector<std::uint32_t>> rows_;
  base::HashMap<std::string, std::uint16_t> node_index_;
  base::HashMap<std::string, std::uint16_t> row_index_;
};

bool FieldBuilder::build(const std::vector<std::uint32_t>& its_tests) {
  State first;
  for (const std::uint32_t test : its_tests) {
    first.pending.push_back({test, false});
  }
  if (!node_of(std::move(first), 0)) {
    return false;
  }
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    if (!exits_of(node)) {
      return false;
    }
  }
  make_exits();
  return true;
}

// From node and row numbers to places.
void FieldBuilder::make_exits() {
  field_.first_row = static_cast<std::uint32_t>(exits_.size());
  field_.exits.reserve(exits_.size() + rows_.size());
  for (const std::uint16_t exit : exits_) {
    const bool is_row = (exit & kIsRow) != 0;
    const std::uint32_t index =
        is_row ? field_.first_row + (exit & ~std::uint32_t{kIsRow}) : std::uint32_t{256} * exit;
    field_.exits.push_back(index << RuleMatcher::kPlaceShift |
                           (is_row ? 0 : RuleMatcher::kNodeMask));
  }
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    field_.exits.push_back((field_.first_row + row) << RuleMatcher::kPlaceShift);
  }
}

bool FieldBuilder::exits_of(std::uint32_t node) {
  const std::uint32_t at = nodes_[node].at;
  steps_ += 256 * (nodes_[node].state.pending.size() + nodes_[node].state.held.size());
  if (steps_ > RuleMatcher::kStepsMax) {
    return false;
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    State next = after(nodes_[node].state, at, static_cast<std::uint8_t>(byte));
    const auto exit = next.pending.empty() ? row_of(next.held) : node_of(std::move(next), at + 1);
    if (!exit) {
      return false;
    }
    exits_[std::size_t{node} * 256 + byte] = *exit;
  }
  return true;
}

State FieldBuilder::after(const State& state, std::uint32_t at, std::uint8_t byte) const {
  State next{state.held, {}};
  for (Pending each : state.pending) {
    const HeaderTest& test = tests_[each.test];
    if (field_.offset + at < test.offset) {
      next.pending.push_back(each);
      continue;
    }
    switch (advance(test, field_.offset + at - test.offset, byte, each.won)) {
      case Step::kLost: break;
      case Step::kOpen: next.pending.push_back(each); break;
      case Step::kHeld: next.held.push_back(each.test); break;
    }
  }
  std::ranges::sort(next.held);
  return next;
}

std::optional<std::uint16_t> FieldBuilder::node_of(State state, std::uint32_t at) {
  std::string key = state.key();
  key += static_cast<char>(at);
  if (const std::uint16_t* known = node_index_.find(key)) {
    return *known;
  }
  const auto ended = row_of(state.held);
  if (!ended || nodes_.size() == RuleMatcher::kNodesMax) {
    return std::nullopt;
  }
  const auto index = static_cast<std::uint16_t>(nodes_.size());
  node_index_.set(std::move(key), index);
  nodes_.push_back({std::move(state), at});
  exits_.resize(exits_.size() + 256);
  field_.missing.push_back(*ended & static_cast<std::uint16_t>(~kIsRow));
  return index;
}

std::optional<std::uint16_t> FieldBuilder::row_of(const std::vector<std::uint32_t>& held) {
  std::string key = State{held, {}}.key();
  if (const std::uint16_t* known = row_index_.find(key)) {
    return *known;
  }
  if (rows_.size() == kIsRow ||
      (rows_.size() + 1) * words_ * sizeof(std::uint64_t) > RuleMatcher::kRowBytesMax) {
    return std::nullopt;
  }
  const auto index = static_cast<std::uint16_t>(rows_.size() | kIsRow);
  row_index_.set(std::move(key), index);
  rows_.push_back(held);
  return index;
}

// Makes a matcher from its rules.
class MatcherBuilder {
 public:
  explicit MatcherBuilder(RuleMatcher& matcher) : matcher_(matcher) {}
  void build();

 private:
  // nullopt when there would be more than kTermsMax.
  std::optional<Terms> terms_of(const Expression& expression, bool negated);
  std::optional<Terms> any_of(const std::vector<Expression>& parts, bool negated);
  std::optional<Terms> all_of(const std::vector<Expression>& parts, bool negated);
  std::uint32_t intern(const HeaderTest& test);

  void make_columns();
  void make_fields();
  void make_field(const std::vector<std::uint32_t>& its_tests);
  void doubt_columns_with(const std::vector<std::uint32_t>& its_tests);

  RuleMatcher& matcher_;
  std::vector<HeaderTest> tests_;
  base::HashMap<HeaderTest, std::uint32_t> test_index_;
  std::vector<Term> terms_;  // by column
  // By test: the columns that ask for it.
  struct Use {
    std::uint32_t column;
    bool positive;
  };
  std::vector<std::vector<Use>> uses_;
};

std::uint32_t MatcherBuilder::intern(const HeaderTest& test) {
  const auto [index, fresh] =
      test_index_.try_emplace(test, static_cast<std::uint32_t>(tests_.size()));
  if (fresh) {
    tests_.push_back(test);
  }
  return *index;
}

std::optional<Terms> MatcherBuilder::terms_of(const Expression& expression, bool negated) {
  const std::vector<Expression>& parts = expression.parts;
  switch (expression.kind) {
    case Kind::kTest: return Terms{Term{{intern(expression.test), !negated}}};
    case Kind::kNot: return terms_of(parts[0], !negated);
    case Kind::kAll: return negated ? any_of(parts, true) : all_of(parts, false);
    case Kind::kAny: return negated ? all_of(parts, true) : any_of(parts, false);
    case Kind::kChoose: break;
  }
  // (if and then) or (not if and else); negated, the outcomes are.
  const auto outcome = [&](std::size_t i) {
    return negated ? Expression::negation(parts[i]) : parts[i];
  };
  std::vector<Expression> ways;
  ways.push_back(Expression::combine(Kind::kAll, {parts[0], outcome(1)}));
  ways.push_back(Expression::combine(Kind::kAll, {Expression::negation(parts[0]), outcome(2)}));
  return any_of(ways, false);
}

std::optional<Terms> MatcherBuilder::any_of(const std::vector<Expression>& parts, bool negated) {
  Terms all;
  for (const Expression& part : parts) {
    const auto terms = terms_of(part, negated);
    if (!terms || all.size() + terms->size() > RuleMatcher::kTermsMax) {
      return std::nullopt;
    }
    all.insert(all.end(), terms->begin(), terms->end());
  }
  return all;
}

std::optional<Terms> MatcherBuilder::all_of(const std::vector<Expression>& parts, bool negated) {
  Terms product{Term{}};
  for (const Expression& part : parts) {
    const auto terms = terms_of(part, negated);
    if (!terms || product.size() * terms->size() > RuleMatcher::kTermsMax) {
      return std::nullopt;
    }
    Terms next;
    for (const Term& left : product) {
      for (const Term& right : *terms) {
        next.push_back(left);
        next.back().insert(next.back().end(), right.begin(), right.end());
      }
    }
    product = std::move(next);
  }
  return product;
}

void MatcherBuilder::make_columns() {
  for (std::uint32_t rule = 0; rule < matcher_.rules_.size(); ++rule) {
    const auto terms = terms_of(matcher_.rules_[rule], false);
    for (const Term& term : terms ? *terms : Terms{Term{}}) {
      matcher_.columns_.push_back({rule, !terms});
      terms_.push_back(term);
    }
  }
  uses_.resize(tests_.size());
  for (std::uint32_t column = 0; column < terms_.size(); ++column) {
    for (const Literal& literal : terms_[column]) {
      uses_[literal.test].push_back({column, literal.positive});
    }
  }
  constexpr std::size_t kStep = RuleMatcher::kStepMax;
  const std::size_t words = (terms_.size() + 63) / 64;
  matcher_.words_ = words <= 2 ? words : (words + kStep - 1) / kStep * kStep;
  matcher_.all_.assign(matcher_.words_, 0);
  for (std::size_t column = 0; column < terms_.size(); ++column) {
    matcher_.all_[column / 64] |= std::uint64_t{1} << column % 64;
  }
}

// Tests whose bytes overlap share a field.
void MatcherBuilder::make_fields() {
  std::vector<std::uint32_t> order;
  for (std::uint32_t test = 0; test < tests_.size(); ++test) {
    if (!uses_[test].empty()) {
      order.push_back(test);
    }
  }
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    const HeaderTest& left = tests_[a];
    const HeaderTest& right = tests_[b];
    return left.base != right.base ? left.base < right.base : left.offset < right.offset;
  });
  std::vector<std::uint32_t> group;
  std::uint64_t end = 0;
  for (const std::uint32_t test : order) {
    const HeaderTest& next = tests_[test];
    if (!group.empty() && (tests_[group[0]].base != next.base || next.offset >= end)) {
      make_field(group);
      group.clear();
      end = 0;
    }
    group.push_back(test);
    end = std::max(end, std::uint64_t{next.offset} + next.width);
  }
  if (!group.empty()) {
    make_field(group);
  }
  // By places where they leave as many, so that the order is always the same.
  std::ranges::sort(matcher_.fields_, [](const auto& a, const auto& b) {
    return std::tie(a.leaves, a.base, a.offset) < std::tie(b.leaves, b.base, b.offset);
  });
}

void MatcherBuilder::make_field(const std::vector<std::uint32_t>& its_tests) {
  RuleMatcher::Field field;
  const HeaderTest& first = tests_[its_tests[0]];
  field.base = first.base;
  field.offset = first.offset;
  for (const std::uint32_t test : its_tests) {
    field.width = std::max(field.width, tests_[test].offset + tests_[test].width - field.offset);
  }
  FieldBuilder builder(tests_, field, matcher_.words_);
  if (matcher_.fields_.size() == RuleMatcher::kFieldsMax || !builder.build(its_tests)) {
    doubt_columns_with(its_tests);
    return;
  }
  for (const std::vector<std::uint32_t>& held : builder.rows()) {
    std::vector<bool> holds(tests_.size());
    for (const std::uint32_t test : held) {
      holds[test] = true;
    }
    const std::size_t row = field.rows.size();
    field.rows.insert(field.rows.end(), matcher_.all_.begin(), matcher_.all_.end());
    for (const std::uint32_t test : its_tests) {
      for (const Use& use : uses_[test]) {
        if (use.positive != holds[test]) {
          field.rows[row + use.column / 64] &= ~(std::uint64_t{1} << use.column % 64);
        }
      }
    }
  }
  std::uint64_t left = 0;
  for (const std::uint64_t word : field.rows) {
    left += static_cast<std::uint64_t>(std::popcount(word));
  }
  field.leaves = left / builder.rows().size();
  matcher_.fields_.push_back(std::move(field));
}

void MatcherBuilder::doubt_columns_with(const std::vector<std::uint32_t>& its_tests) {
  for (const std::uint32_t test : its_tests) {
    for (const Use& use : uses_[test]) {
      matcher_.columns_[use.column].unsure = true;
    }
  }
}

void MatcherBuilder::build() {
  make_columns();
  make_fields();
}

RuleMatcher::RuleMatcher(std::vector<Expression> rules) : rules_(std::move(rules)) {
  MatcherBuilder(*this).build();
}

std::size_t RuleMatcher::unsure_columns() const {
  return static_cast<std::size_t>(std::ranges::count(columns_, true, &Column::unsure));
}

template <std::uint32_t kWidth>
void RuleMatcher::Field::walk_whole(std::span<const HeaderBytes> packets,
                                    std::uint32_t* row_of) const {
  const auto from = static_cast<std::size_t>(base);
  const Place* const to = exits.data();
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (packets[i].length[from] < offset + kWidth) [[unlikely]] {
      row_of[i] = walk_short(packets[i].at[from], packets[i].length[from]);
      continue;
    }
    const std::uint8_t* const bytes = packets[i].at[from] + offset;
    Place place = kNodeMask;
    for (std::uint32_t step = 0; step < kWidth; ++step) {
      place = to[(place >> kPlaceShift) + (bytes[step] & place)];
    }
    row_of[i] = (place >> kPlaceShift) - first_row;
  }
}

// Byte by byte, up to the row or to where the bytes end.
std::uint32_t RuleMatcher::Field::walk_short(const std::uint8_t* bytes,
                                             std::uint32_t length) const {
  Place place = kNodeMask;
  for (std::uint32_t at = offset; (place & kNodeMask) != 0; ++at) {
    if (at >= length) {
      return missing[(place >> kPlaceShift) / 256];
    }
    place = exits[(place >> kPlaceShift) + bytes[at]];
  }
  return (place >> kPlaceShift) - first_row;
}

void RuleMatcher::Field::walk(std::span<const HeaderBytes> packets, std::uint32_t* row_of) const {
  switch (width) {
    case 1: walk_whole<1>(packets, row_of); return;
    case 2: walk_whole<2>(packets, row_of); return;
    case 3: walk_whole<3>(packets, row_of); return;
    case 4: walk_whole<4>(packets, row_of); return;
    default: break;
  }
  const auto from = static_cast<std::size_t>(base);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    row_of[i] = walk_short(packets[i].at[from], packets[i].length[from]);
  }
}

template <std::size_t kStep>
std::uint32_t RuleMatcher::find_first(const Rows& rows, std::size_t count,
                                      const HeaderBytes& packet) const {
  for (std::size_t step = 0; step < words_; step += kStep) {
    std::uint64_t left[kStep];
    std::uint64_t any = 0;
    for (std::size_t word = 0; word < kStep; ++word) {
      left[word] = rows[0][step + word] & rows[1][step + word];
      any |= left[word];
    }
    if (kStep == kStepMax && any == 0) {
      continue;  // of many columns, two fields leave none in most places
    }
    for (std::size_t i = 2; i < count; ++i) {
      for (std::size_t word = 0; word < kStep; ++word) {
        left[word] &= rows[i][step + word];
      }
    }
    for (std::size_t word = 0; word < kStep; ++word) {
      for (; left[word] != 0; left[word] &= left[word] - 1) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(left[word]));
        const Column& column = columns_[(step + word) * 64 + bit];
        if (!column.unsure || evaluate(rules_[column.rule], packet)) [[likely]] {
          return column.rule;
        }
      }
    }
  }
  return kNone;
}

template <std::size_t kStep>
void RuleMatcher::find_all(std::span<const HeaderBytes> packets, const RowOf& row_of,
                           std::uint32_t* first) const {
  Rows rows{all_.data(), all_.data()};
  const std::size_t fields = fields_.size();
  for (std::size_t packet = 0; packet < packets.size(); ++packet) {
    for (std::size_t i = 0; i < fields; ++i) {
      rows[i] = fields_[i].rows.data() + row_of[i][packet] * words_;
    }
    first[packet] = find_first<kStep>(rows, fields, packets[packet]);
  }
}

void RuleMatcher::match(std::span<const HeaderBytes> packets, std::uint32_t* first) const {
  // Field by field, so that the walks of neighbours overlap and a field's table stays near.
  base::check(packets.size() <= graph::kBatchMax, "a matcher is given one batch at a time");
  RowOf row_of;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    fields_[i].walk(packets, row_of[i]);
  }
  switch (words_) {
    case 1: find_all<1>(packets, row_of, first); break;
    case 2: find_all<2>(packets, row_of, first); break;
    default: find_all<kStepMax>(packets, row_of, first); break;
  }
}

void match_batch(const RuleMatcher& matcher, graph::Batch batch, std::uint32_t* first) {
  HeaderBytes packets[graph::kBatchMax];
  for (std::size_t i = 0; i < batch.size(); ++i) {
    packets[i] = HeaderBytes::of(*batch[i]);
  }
  matcher.match({packets, batch.size()}, first);
}

}  // namespace superfluid::elements
