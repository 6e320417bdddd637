// SPDX-License-Identifier: Apache-2.0
#include "net/flow_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/rng.h"
#include "support/seed.h"

namespace superfluid::net {
namespace {

using superfluid::testing::test_seed;

FlowKey key_of(std::uint32_t number) {
  FlowKey key = FlowKey::of(Ipv4Address::from_host(0x0a000000 + number),
                            Ipv4Address{{192, 0, 2, 1}}, IpProtocol::kUdp);
  key.source_port = base::be16(static_cast<std::uint16_t>(number));
  return key;
}

base::Instant at(std::int64_t seconds) { return base::Instant(base::seconds(seconds)); }

// FlowIndex

TEST(FlowIndex, FindsWhatAListFinds) {
  base::Rng rng(test_seed());
  FlowIndex index;
  std::multimap<std::uint64_t, std::uint32_t> model;
  for (int step = 0; step < 60'000; ++step) {
    // Few different hashes, of which many share a shard and a home.
    const std::uint64_t hash =
        (std::uint64_t{rng.below(3)} << 56) + std::uint64_t{rng.below(4)} * 256 + rng.below(200);
    const std::uint32_t number = rng.below(40);
    const auto [first, last] = model.equal_range(hash);
    const auto known = std::find_if(first, last, [&](auto& each) { return each.second == number; });
    if (rng.below(100) < (step / 10'000 % 2 == 0 ? 60U : 30U)) {
      if (known == last) {
        if (index.insert(hash, number)) {
          model.emplace(hash, number);
        }
      }
    } else {
      ASSERT_EQ(index.erase(hash, number), known != last);
      if (known != last) {
        model.erase(known);
      }
    }
    ASSERT_EQ(index.size(), model.size());
    const std::uint32_t asked = rng.below(40);
    const auto [from, to] = model.equal_range(hash);
    const bool there = std::any_of(from, to, [&](auto& each) { return each.second == asked; });
    ASSERT_EQ(index.find(hash, [&](std::uint32_t each) { return each == asked; }),
              there ? asked : FlowIndex::kNone);
    ASSERT_EQ(index.candidate(hash) == FlowIndex::kNone, from == to);
  }
}

TEST(FlowIndex, RefusesWhatFallsTogetherInsteadOfSearchingForEver) {
  FlowIndex index;
  std::uint32_t taken = 0;
  while (index.insert(42, taken)) {
    ++taken;
  }
  EXPECT_EQ(taken, FlowIndex::kProbesMax);
  EXPECT_LE(index.bytes(), FlowIndex::kProbesMax * 5 * 2 * 8);
  EXPECT_TRUE(index.insert(std::uint64_t{1} << 56 | 42, 7)) << "another shard";
  EXPECT_TRUE(index.erase(42, 3));
  EXPECT_TRUE(index.insert(42, 3));
}

TEST(FlowIndex, TakesAtMostTwentyBytesForEachEntry) {
  base::Rng rng(test_seed());
  FlowIndex index;
  for (std::uint32_t i = 0; i < 400'000; ++i) {
    ASSERT_TRUE(index.insert(rng.next(), i));
    if (i >= 100'000) {
      ASSERT_LE(index.bytes(), std::size_t{i + 1} * 21) << "shards do not all grow at once";
    }
  }
}

// FlowPool

TEST(FlowPool, NumbersStayAndAreUsedAgain) {
  FlowPool<std::unique_ptr<int>> pool(3000);
  std::vector<int*> places;
  for (int i = 0; i < 3000; ++i) {
    const std::uint32_t number = pool.take(std::make_unique<int>(i));
    ASSERT_EQ(number, static_cast<std::uint32_t>(i));
    places.push_back(pool[number].get());
  }
  EXPECT_EQ(pool.take(nullptr), pool.kNone);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    EXPECT_EQ(pool[i].get(), places[i]);
  }
  pool.give_back(1500);
  pool.give_back(7);
  EXPECT_EQ(pool.size(), 2998U);
  EXPECT_EQ(pool.take(nullptr), 7U);
  EXPECT_EQ(pool.take(nullptr), 1500U);
  pool.clear();
  EXPECT_EQ(pool.size(), 0U);
}

TEST(FlowPool, SweepsGoRoundAndVisitEachOnce) {
  FlowPool<int> pool(10'000);
  for (int i = 0; i < 5000; ++i) {
    pool.take(i);
  }
  std::map<std::uint32_t, int> visits;
  for (int round = 0; round < 10; ++round) {
    std::uint32_t seen = 0;
    pool.sweep(500, [&](std::uint32_t number) {
      ++visits[number];
      ++seen;
    });
    EXPECT_GE(seen, 500U);
    EXPECT_LT(seen, 564U);
  }
  EXPECT_EQ(visits.size(), 5000U);
  visits.clear();
  pool.sweep(1'000'000, [&](std::uint32_t number) { ++visits[number]; });
  EXPECT_EQ(visits.size(), 5000U);
  EXPECT_TRUE(std::ranges::all_of(visits, [](auto& each) { return each.second == 1; }));
}

TEST(FlowPool, FindsTheWeakestThatMayGo) {
  FlowPool<int> pool(100);
  for (const int value : {5, 3, 9, 1, 4}) {
    pool.take(value);
  }
  const auto rank = [&](std::uint32_t number) {
    return pool[number] == 1 ? std::nullopt : std::optional(pool[number]);
  };
  EXPECT_EQ(pool.weakest(64, rank), 1U);
  EXPECT_EQ(pool.weakest(64, [](std::uint32_t) { return std::optional<int>(); }), pool.kNone);
}

// FlowTable

TEST(FlowTable, ForgetsWhatIsOver) {
  FlowTable<int> table({});
  auto* flow = table.insert(key_of(1), at(0), at(10));
  flow->value = 17;
  EXPECT_EQ(table.find(key_of(1), at(9))->value, 17);
  EXPECT_EQ(table.find(key_of(2), at(9)), nullptr);
  EXPECT_EQ(table.insert(key_of(1), at(9), at(99))->value, 17) << "the one there is";
  EXPECT_EQ(table.find(key_of(1), at(10)), nullptr);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.counts().expired, 1U);
}

TEST(FlowTable, RefusesOrEvictsWhenItIsFull) {
  FlowTable<int> strict({.flows_max = 2, .seed = test_seed(), .when_full = WhenFull::kRefuse});
  ASSERT_TRUE(strict.insert(key_of(1), at(0), at(5)));
  ASSERT_TRUE(strict.insert(key_of(2), at(0), at(9)));
  EXPECT_FALSE(strict.insert(key_of(3), at(1), at(9)));
  EXPECT_EQ(strict.counts().refused, 1U);
  EXPECT_TRUE(strict.insert(key_of(3), at(6), at(9))) << "in the place of one that is over";
  EXPECT_EQ(strict.counts().expired, 1U);

  FlowTable<int> mild({.flows_max = 2, .seed = test_seed()});
  ASSERT_TRUE(mild.insert(key_of(1), at(0), at(9)));
  ASSERT_TRUE(mild.insert(key_of(2), at(0), at(5)));
  ASSERT_TRUE(mild.insert(key_of(3), at(1), at(7)));
  EXPECT_EQ(mild.find(key_of(2), at(1)), nullptr);
  EXPECT_TRUE(mild.find(key_of(1), at(1)));
  EXPECT_EQ(mild.counts().evicted, 1U);

  FlowTable<int> none({.flows_max = 0, .seed = test_seed()});
  EXPECT_FALSE(none.insert(key_of(1), at(0), at(9)));
}

TEST(FlowTable, ValuesAreDestroyedWithTheirFlows) {
  struct Toll {
    std::shared_ptr<int> held;
  };
  const auto token = std::make_shared<int>(0);
  FlowTable<Toll> table({.flows_max = 3, .seed = test_seed()});
  for (std::uint32_t i = 0; i < 5; ++i) {
    table.insert(key_of(i), at(0), at(i + 1))->value.held = token;
  }
  EXPECT_EQ(token.use_count(), 4) << "two were evicted";
  table.reap(at(3), 10);
  EXPECT_EQ(token.use_count(), 3);
  EXPECT_TRUE(table.erase(key_of(3)));
  EXPECT_FALSE(table.erase(key_of(3)));
  EXPECT_EQ(token.use_count(), 2);
  table.clear();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(table.find(key_of(4), at(0)), nullptr);
}

// Against a map that does everything the slow way. No two flows expire at the same time, so that
// which one is evicted is certain.
TEST(FlowTable, DoesWhatAMapDoes) {
  base::Rng rng(test_seed());
  constexpr std::uint32_t kFlowsMax = 60;
  FlowTable<std::uint32_t> table({.flows_max = kFlowsMax, .seed = rng.next()});
  std::map<FlowKey, base::Instant> model;
  std::int64_t unique = 0;
  base::Instant now;
  const auto expire = [&](auto entry) {
    return entry == model.end() || entry->second > now ? entry : (model.erase(entry), model.end());
  };
  for (int step = 0; step < 50'000; ++step) {
    now = now + base::nanoseconds(rng.below(1000) * 1'000'000LL);
    const FlowKey key = key_of(rng.below(150));
    const base::Instant expires =
        now + base::nanoseconds((1 + rng.below(60'000)) * 1'000'000LL + ++unique);
    auto known = expire(model.find(key));
    if (const std::uint32_t what = rng.below(10); what < 5) {
      auto* flow = table.insert(key, now, expires);
      ASSERT_NE(flow, nullptr);
      if (known == model.end()) {
        if (model.size() == kFlowsMax) {
          model.erase(std::ranges::min_element(model, {}, [](auto& each) { return each.second; }));
        }
        model[key] = expires;
      }
    } else if (what < 8) {
      auto* flow = table.find(key, now);
      ASSERT_EQ(flow != nullptr, known != model.end());
      if (flow != nullptr) {
        ASSERT_EQ(flow->key, key);
        ASSERT_EQ(flow->expires, known->second);
        flow->expires = known->second = expires;
      }
    } else if (what < 9) {
      table.find(key, now);  // expired ones go, as they did from the model
      ASSERT_EQ(table.erase(key), known != model.end());
      model.erase(key);
    } else {
      table.reap(now, kFlowsMax);
      std::erase_if(model, [&](auto& each) { return each.second <= now; });
    }
    ASSERT_EQ(table.size(), model.size()) << "at step " << step;
  }
}

TEST(FlowTable, ABatchFindsWhatSingleLookupsFind) {
  base::Rng rng(test_seed());
  FlowTable<std::uint32_t> table({.flows_max = 100'000, .seed = rng.next()});
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    table.insert(key_of(i * 2), at(0), at(1 + i % 2))->value = i;
  }
  for (int round = 0; round < 200; ++round) {
    std::vector<FlowKey> keys;
    for (std::size_t i = 0; i < 1 + rng.below(table.kBatchMax); ++i) {
      keys.push_back(key_of(rng.below(100'000)));
    }
    FlowTable<std::uint32_t>::Flow* flows[table.kBatchMax];
    table.find_all(keys, at(1), flows);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ASSERT_EQ(flows[i], table.find(keys[i], at(1)));
    }
  }
  EXPECT_LE(table.bytes(), table.size() * std::size_t{160});
}

}  // namespace
}  // namespace superfluid::net
