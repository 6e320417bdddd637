// SPDX-License-Identifier: Apache-2.0
#include "elements/expression.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash_map.h"

namespace superfluid::elements {

bool HeaderTest::holds(const HeaderBytes& packet) const {
  const auto from = static_cast<std::size_t>(base);
  if (packet.length[from] < offset || packet.length[from] - offset < width) {
    return false;
  }
  std::uint32_t number = 0;
  for (std::uint32_t i = 0; i < width; ++i) {
    number = number << 8 | packet.at[from][offset + i];
  }
  number &= mask;
  switch (relation) {
    case Relation::kEqual: return number == value;
    case Relation::kUnequal: return number != value;
    case Relation::kAbove: return number > value;
    case Relation::kAtMost: return number <= value;
  }
  return false;
}

std::uint64_t hash_of(const HeaderTest& test) {
  const std::uint64_t place = static_cast<std::uint64_t>(test.base) << 40 |
                              static_cast<std::uint64_t>(test.relation) << 44 |
                              std::uint64_t{test.width} << 48 | test.offset;
  return base::mix_bits(base::mix_bits(place) ^ (std::uint64_t{test.mask} << 32 | test.value));
}

Expression Expression::negation(Expression of) {
  Expression made{Kind::kNot};
  made.parts.push_back(std::move(of));
  return made;
}

Expression Expression::compare(HeaderTest test) {
  const bool ordered = test.relation == Relation::kAbove || test.relation == Relation::kAtMost;
  base::check(ordered || (test.value & ~test.mask) == 0, "a value has no bits beyond its mask");
  if (test.mask == 0) {
    switch (test.relation) {
      case Relation::kEqual: return constant(test.value == 0);
      case Relation::kUnequal: return constant(test.value != 0);
      case Relation::kAbove: return constant(false);
      case Relation::kAtMost: return constant(true);
    }
  }
  while ((test.mask & 0xff) == 0) {
    test.mask >>= 8;
    test.value >>= 8;
    --test.width;
  }
  return of(test);
}

bool evaluate(const Expression& expression, const HeaderBytes& packet) {
  const auto holds = [&](const Expression& part) { return evaluate(part, packet); };
  switch (expression.kind) {
    case Expression::Kind::kTest: return expression.test.holds(packet);
    case Expression::Kind::kNot: return !holds(expression.parts[0]);
    case Expression::Kind::kAll: return std::ranges::all_of(expression.parts, holds);
    case Expression::Kind::kAny: return std::ranges::any_of(expression.parts, holds);
    case Expression::Kind::kChoose:
      return holds(expression.parts[holds(expression.parts[0]) ? 1 : 2]);
  }
  return false;
}

}  // namespace superfluid::elements
