// SPDX-License-Identifier: Apache-2.0
#include "base/ids.h"

#include <gtest/gtest.h>

#include <array>
#include <type_traits>
#include <unordered_set>

namespace superfluid::base {
namespace {

struct PortTag;
struct MachineTag;
using PortId = StrongId<PortTag>;
using MachineId = StrongId<MachineTag, std::uint64_t>;

static_assert(!std::is_convertible_v<std::uint32_t, PortId>);
static_assert(!std::is_convertible_v<PortId, std::uint32_t>);
static_assert(!std::is_constructible_v<PortId, StrongId<MachineTag>>);
static_assert(PortId(3).value() == 3 && PortId() == PortId(0) && PortId(1) < PortId(2));

TEST(StrongId, IsAKeyOfAHashTable) {
  const std::unordered_set<PortId> ports{PortId(1), PortId(2), PortId(1)};
  EXPECT_EQ(ports.size(), 2U);
  EXPECT_TRUE(ports.contains(PortId(2)));
}

// Ids one, a page, or 2^32 apart fill a table of a power of two without one bucket taking it all.
TEST(StrongId, HashesEvenlyForIdsAPowerOfTwoApart) {
  constexpr std::size_t kBuckets = 64;
  constexpr std::size_t kIds = 64 * kBuckets;
  for (const unsigned shift : {0U, 12U, 32U}) {
    std::array<std::size_t, kBuckets> fill{};
    for (std::uint64_t i = 0; i < kIds; ++i) {
      ++fill[std::hash<MachineId>()(MachineId(i << shift)) % kBuckets];
    }
    for (const std::size_t ids : fill) {
      EXPECT_LT(ids, 4 * kIds / kBuckets) << "ids " << (1ULL << shift) << " apart";
    }
  }
}

}  // namespace
}  // namespace superfluid::base
