// SPDX-License-Identifier: Apache-2.0
#include "elements/rule_matcher.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/rng.h"
#include "base/text.h"
#include "elements/ip_expression.h"

namespace superfluid::elements {
namespace {

using Kind = Expression::Kind;

Expression parsed(const std::string& pattern) {
  Remarks remarks;
  auto expression = parse_ip_expression(split_expression(pattern), remarks);
  EXPECT_TRUE(expression) << pattern;
  return expression ? std::move(*expression) : Expression();
}

// The meaning that the matcher must keep.
std::uint32_t first_by_tree(const std::vector<Expression>& rules, const HeaderBytes& packet) {
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (evaluate(rules[i], packet)) {
      return i;
    }
  }
  return RuleMatcher::kNone;
}

struct Bytes {
  std::array<std::vector<std::uint8_t>, kHeaderBases> of;

  HeaderBytes view() const {
    HeaderBytes view{};
    for (std::size_t i = 0; i < kHeaderBases; ++i) {
      view.at[i] = of[i].data();
      view.length[i] = static_cast<std::uint32_t>(of[i].size());
    }
    return view;
  }
};

std::uint32_t below(base::Rng& rng, std::uint32_t bound) { return rng.below(bound); }

// Tests and packets draw from few values, so that they meet.
std::uint8_t small_byte(base::Rng& rng) {
  constexpr std::uint8_t kBytes[] = {0, 1, 6, 17, 80, 127, 128, 192, 254, 255};
  return kBytes[below(rng, std::size(kBytes))];
}

Expression random_test(base::Rng& rng) {
  HeaderTest test;
  test.base = static_cast<HeaderBase>(below(rng, kHeaderBases));
  test.relation = static_cast<Relation>(below(rng, 4));
  test.width = static_cast<std::uint8_t>(1 + below(rng, 4));
  test.offset = below(rng, 12);
  for (unsigned i = 0; i < test.width; ++i) {
    const std::uint8_t bits = below(rng, 3) == 0 ? small_byte(rng) : 0xff;
    test.mask = test.mask << 8 | bits;
    test.value = test.value << 8 | small_byte(rng);
  }
  if (test.relation == Relation::kEqual || test.relation == Relation::kUnequal) {
    test.value &= test.mask;
  }
  return Expression::compare(test);
}

Expression random_expression(base::Rng& rng, unsigned depth) {
  const auto kind = depth == 0 ? Kind::kTest : static_cast<Kind>(below(rng, 5));
  if (kind == Kind::kTest) {
    return random_test(rng);
  }
  const std::uint32_t count = kind == Kind::kNot ? 1 : kind == Kind::kChoose ? 3 : below(rng, 4);
  std::vector<Expression> parts;
  for (std::uint32_t i = 0; i < count; ++i) {
    parts.push_back(random_expression(rng, depth - 1));
  }
  return Expression::combine(kind, std::move(parts));
}

Bytes random_bytes(base::Rng& rng) {
  Bytes bytes;
  for (std::vector<std::uint8_t>& of : bytes.of) {
    of.resize(below(rng, 3) == 0 ? below(rng, 16) : 16);
    for (std::uint8_t& byte : of) {
      byte = small_byte(rng);
    }
  }
  return bytes;
}

void expect_same(const RuleMatcher& matcher, const std::vector<Expression>& rules, base::Rng& rng,
                 std::size_t packets) {
  for (std::size_t done = 0; done < packets; done += graph::kBatchMax) {
    std::vector<Bytes> bytes;
    std::vector<HeaderBytes> views;
    for (std::size_t i = 0; i < graph::kBatchMax; ++i) {
      bytes.push_back(random_bytes(rng));
    }
    for (const Bytes& each : bytes) {
      views.push_back(each.view());
    }
    std::array<std::uint32_t, graph::kBatchMax> first{};
    matcher.match(views, first.data());
    for (std::size_t i = 0; i < graph::kBatchMax; ++i) {
      RC_ASSERT(first[i] == first_by_tree(rules, views[i]));
    }
  }
}

TEST(RuleMatcher, AgreesWithTheTreesForRandomRules) {
  rc::check("random formulas over all headers", [](std::uint64_t seed) {
    base::Rng rng(seed);
    std::vector<Expression> rules;
    const std::uint32_t count = 1 + below(rng, 12);
    for (std::uint32_t i = 0; i < count; ++i) {
      rules.push_back(random_expression(rng, below(rng, 4)));
    }
    expect_same(RuleMatcher(rules), rules, rng, 128);
  });
}

// Rules as people write them, with packets near them.
std::string random_pattern(base::Rng& rng) {
  const auto number = [&] { return std::to_string(small_byte(rng)); };
  const auto address = [&] {
    return base::cat(number(), ".", number(), ".", number(), ".", number());
  };
  constexpr std::string_view kSides[] = {"", "src ", "dst ", "src and dst "};
  constexpr std::string_view kRelations[] = {"", "= ", "!= ", "> ", "< ", ">= ", "<= "};
  const std::string_view side = kSides[below(rng, 4)];
  const std::string_view relation = kRelations[below(rng, 7)];
  switch (below(rng, 8)) {
    case 0: return base::cat(side, "host ", address());
    case 1: return base::cat(side, "net ", address(), "/", 1 + below(rng, 32));
    case 2: return base::cat("tcp ", side, "port ", relation, below(rng, 600));
    case 3: return base::cat(side, "port ", relation, below(rng, 60'000));
    case 4: return base::cat("ip ttl ", relation, number());
    case 5: return below(rng, 2) == 0 ? "syn and not ack" : "ip frag";
    case 6: return base::cat("not (udp ", side, "port ", below(rng, 300), ")");
    default: return base::cat("ip proto ", number());
  }
}

TEST(RuleMatcher, AgreesWithTheTreesForRealPatterns) {
  rc::check("patterns joined by and", [](std::uint64_t seed) {
    base::Rng rng(seed);
    std::vector<Expression> rules;
    for (int i = 0; i < 40; ++i) {
      rules.push_back(parsed(base::cat(random_pattern(rng), " and ", random_pattern(rng))));
    }
    const RuleMatcher matcher(rules);
    RC_ASSERT(matcher.unsure_columns() == 0U);
    std::vector<Bytes> bytes(graph::kBatchMax);
    std::vector<HeaderBytes> views;
    for (Bytes& each : bytes) {
      auto& ip = each.of[static_cast<std::size_t>(HeaderBase::kNetwork)];
      auto& transport = each.of[static_cast<std::size_t>(HeaderBase::kTransport)];
      ip.resize(20);
      transport.resize(below(rng, 4) == 0 ? below(rng, 15) : 20);
      for (auto* of : {&ip, &transport}) {
        for (std::uint8_t& byte : *of) {
          byte = small_byte(rng);
        }
      }
      ip[6] = ip[7] = below(rng, 4) == 0 ? 1 : 0;
      views.push_back(each.view());
    }
    std::array<std::uint32_t, graph::kBatchMax> first{};
    matcher.match(views, first.data());
    for (std::size_t i = 0; i < views.size(); ++i) {
      RC_ASSERT(first[i] == first_by_tree(rules, views[i]));
    }
  });
}

TEST(RuleMatcher, ChecksByTreeWhatHasTooManyTerms) {
  // 4^4 terms: one column, sure of nothing.
  std::string pattern;
  for (int i = 0; i < 4; ++i) {
    pattern +=
        base::cat("(tcp[", i, "] 1 or udp[", i, "] 2 or transp[", 4 + i, "] 3 or ip[", i, "] 4) ");
  }
  std::vector<Expression> rules{parsed(pattern), parsed("tcp"), parsed("-")};
  const RuleMatcher matcher(rules);
  EXPECT_EQ(matcher.unsure_columns(), 1U);
  rc::check("the same answers", [&](std::uint64_t seed) {
    base::Rng rng(seed);
    expect_same(matcher, rules, rng, 64);
  });
}

TEST(RuleMatcher, ChecksByTreeWhatLooksAtTooManyPlaces) {
  std::vector<Expression> rules;
  for (std::uint32_t i = 0; i < RuleMatcher::kFieldsMax + 4; ++i) {
    rules.push_back(Expression::compare(
        {.base = HeaderBase::kData, .width = 1, .offset = 2 * i, .mask = 0xff, .value = i}));
  }
  const RuleMatcher matcher(rules);
  EXPECT_EQ(matcher.fields(), RuleMatcher::kFieldsMax);
  EXPECT_EQ(matcher.unsure_columns(), 4U);
  Bytes bytes;
  bytes.of[0].assign(64, 0xaa);
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    bytes.of[0][2 * i] = static_cast<std::uint8_t>(i);
    std::uint32_t first = 0;
    const HeaderBytes view = bytes.view();
    matcher.match({&view, 1}, &first);
    EXPECT_EQ(first, i);
    bytes.of[0][2 * i] = 0xaa;
  }
}

TEST(RuleMatcher, ATableThatWouldBeTooLargeIsGivenUp) {
  // One rule per bit of four bytes: each value of them is a case of its own.
  std::vector<Expression> rules;
  for (unsigned i = 0; i < 32; ++i) {
    const std::uint32_t bit = std::uint32_t{1} << i;
    rules.push_back(Expression::compare(
        {.base = HeaderBase::kData, .width = 4, .offset = 0, .mask = bit, .value = bit}));
  }
  const RuleMatcher matcher(rules);
  EXPECT_EQ(matcher.fields(), 0U);
  EXPECT_EQ(matcher.unsure_columns(), 32U);
  rc::check("the same answers", [&](std::uint64_t seed) {
    base::Rng rng(seed);
    expect_same(matcher, rules, rng, 64);
  });
}

TEST(RuleMatcher, OfNoRulesMatchesNothing) {
  const RuleMatcher matcher{std::vector<Expression>()};
  const HeaderBytes view{};
  std::uint32_t first = 0;
  matcher.match({&view, 1}, &first);
  EXPECT_EQ(first, RuleMatcher::kNone);
}

TEST(RuleMatcher, TheFirstOfAThousandRulesWins) {
  std::vector<Expression> rules;
  for (int i = 0; i < 1000; ++i) {
    rules.push_back(parsed(base::cat("src 10.0.", i / 256, ".", i % 256, " and udp")));
  }
  rules.push_back(parsed("udp"));
  const RuleMatcher matcher(rules);
  EXPECT_EQ(matcher.unsure_columns(), 0U);
  Bytes bytes;
  auto& ip = bytes.of[static_cast<std::size_t>(HeaderBase::kNetwork)];
  ip.assign(20, 0);
  ip[9] = 17;
  ip[12] = 10;
  for (std::uint32_t i = 0; i < 1024; ++i) {
    ip[14] = static_cast<std::uint8_t>(i >> 8);
    ip[15] = static_cast<std::uint8_t>(i);
    std::uint32_t first = 0;
    const HeaderBytes view = bytes.view();
    matcher.match({&view, 1}, &first);
    EXPECT_EQ(first, std::min<std::uint32_t>(i, 1000));
  }
}

}  // namespace
}  // namespace superfluid::elements
