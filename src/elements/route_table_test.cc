// SPDX-License-Identifier: Apache-2.0
#include "elements/route_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "base/rng.h"

namespace superfluid::elements {
namespace {

std::optional<NextHop> found(const RouteTable& table, std::uint32_t address) {
  const NextHop* hop = nullptr;
  table.find({&address, 1}, &hop);
  return hop == nullptr ? std::nullopt : std::optional(*hop);
}

std::uint32_t cut(std::uint32_t address, unsigned length) {
  return length == 0 ? 0 : address & ~std::uint32_t{0} << (32 - length);
}

Route route(std::uint32_t address, unsigned length, std::uint32_t port) {
  return {cut(address, length), length, {net::Ipv4Address::from_host(port * 7), port}};
}

TEST(RouteTable, TheLongestPrefixWins) {
  RouteTable table;
  EXPECT_EQ(found(table, 0x0a010203), std::nullopt);
  for (const unsigned length : {8U, 0U, 32U, 16U, 24U, 13U, 27U}) {
    EXPECT_TRUE(table.set(route(0x0a010203, length, length + 1)));
  }
  EXPECT_EQ(found(table, 0x0a010203)->port, 33U);
  EXPECT_EQ(found(table, 0x0a010204)->port, 28U);
  EXPECT_EQ(found(table, 0x0a010220)->port, 25U);
  EXPECT_EQ(found(table, 0x0a010303)->port, 17U);
  EXPECT_EQ(found(table, 0x0a020203)->port, 14U);
  EXPECT_EQ(found(table, 0x0af00000)->port, 9U);
  EXPECT_EQ(found(table, 0x0b000000)->port, 1U);
  EXPECT_EQ(table.find_route(0x0a010000, 16)->port, 17U);
  EXPECT_EQ(table.find_route(0x0a010000, 15), nullptr);
}

TEST(RouteTable, IsAsSmallAsNewWhenItIsEmptyAgain) {
  RouteTable table;
  for (std::uint32_t i = 0; i < 300; ++i) {
    table.set(route(0x0a000000 + i * 0x10101, 24 + i % 9, i));
  }
  EXPECT_GT(table.nodes(), 100U);
  for (const Route& each : table.sorted()) {
    table.remove(each.address, each.length);
  }
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.nodes(), 1U);
}

TEST(RouteTable, RefusesWhatItHasNoRoomFor) {
  RouteTable table;
  std::uint32_t added = 0;
  while (table.set(route(added << 8, 25, 1))) {
    ++added;
  }
  EXPECT_LE(table.nodes(), RouteTable::kNodesMax);
  EXPECT_GT(table.nodes(), RouteTable::kNodesMax - 3);
  EXPECT_EQ(table.size(), added);
  EXPECT_FALSE(found(table, added << 8));
  EXPECT_TRUE(table.set(route(0, 25, 2)));  // one that is there may still be changed
  EXPECT_EQ(found(table, 0)->port, 2U);
}

TEST(RouteTable6, AgreesWithASearchOfAllPrefixes) {
  rc::check("after any changes", [](std::uint64_t seed) {
    base::Rng rng(seed);
    RouteTable6 table;
    std::map<std::pair<Ipv6Bits, unsigned>, RouteTable6::NextHop> model;
    // Few bits differ, all over the address, so that prefixes cover each other.
    const auto address = [&] {
      Ipv6Bits bits = 0x20;
      for (int i = 0; i < 15; ++i) {
        bits = bits << 8 | rng.below(2);
      }
      return bits;
    };
    for (int change = 0; change < 60; ++change) {
      const unsigned length = rng.below(129);
      const RouteTable6::Route each{
          address() & RouteTable6::mask_of(length), length, {{}, rng.below(5)}};
      const auto known = model.find({each.address, each.length});
      if (known != model.end() && rng.below(2) == 0) {
        table.remove(each.address, each.length);
        model.erase(known);
      } else {
        RC_ASSERT(table.set(each));
        model[{each.address, each.length}] = each.hop;
      }
    }
    RC_ASSERT(table.size() == model.size());
    std::array<Ipv6Bits, graph::kBatchMax> asked;
    for (Ipv6Bits& each : asked) {
      each = address();
    }
    std::array<const RouteTable6::NextHop*, graph::kBatchMax> hops;
    table.find(asked, hops.data());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      std::optional<RouteTable6::NextHop> expected;
      for (unsigned length = 0; length <= 128; ++length) {
        const auto at = model.find({asked[i] & RouteTable6::mask_of(length), length});
        expected = at != model.end() ? at->second : expected;
      }
      RC_ASSERT((hops[i] == nullptr ? std::nullopt : std::optional(*hops[i])) == expected);
    }
    while (!model.empty()) {
      table.remove(model.begin()->first.first, model.begin()->first.second);
      model.erase(model.begin());
    }
    RC_ASSERT(table.nodes() == 1U);
  });
}

TEST(RouteTable, AgreesWithASearchOfAllPrefixes) {
  rc::check("after any changes", [](std::uint64_t seed) {
    base::Rng rng(seed);
    RouteTable table;
    std::map<std::pair<std::uint32_t, unsigned>, NextHop> model;
    // Few bits differ, so that prefixes cover each other.
    const auto address = [&] {
      return std::uint32_t{0x0a000000} | (rng.below(4) << 22) | (rng.below(4) << 15) |
             (rng.below(4) << 7) | rng.below(4);
    };
    for (int change = 0; change < 200; ++change) {
      const Route each = route(address(), rng.below(33), rng.below(5));
      const auto known = model.find({each.address, each.length});
      if (known != model.end() && rng.below(2) == 0) {
        table.remove(each.address, each.length);
        model.erase(known);
      } else {
        RC_ASSERT(table.set(each));
        model[{each.address, each.length}] = each.hop;
      }
    }
    RC_ASSERT(table.size() == model.size());
    std::array<std::uint32_t, graph::kBatchMax> asked;
    for (std::uint32_t& each : asked) {
      each = address();
    }
    std::array<const NextHop*, graph::kBatchMax> hops;
    table.find(asked, hops.data());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      std::optional<NextHop> expected;
      for (unsigned length = 0; length <= 32; ++length) {
        if (const auto at = model.find({cut(asked[i], length), length}); at != model.end()) {
          expected = at->second;
        }
      }
      RC_ASSERT((hops[i] == nullptr ? std::nullopt : std::optional(*hops[i])) == expected);
    }
    while (!model.empty()) {
      table.remove(model.begin()->first.first, model.begin()->first.second);
      model.erase(model.begin());
    }
    RC_ASSERT(table.nodes() == 1U);
  });
}

}  // namespace
}  // namespace superfluid::elements
