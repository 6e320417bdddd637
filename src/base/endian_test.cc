// SPDX-License-Identifier: Apache-2.0
#include "base/endian.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace superfluid::base {
namespace {

static_assert(be16(0x1234).host() == 0x1234);
static_assert(be32(1) < be32(0x100) && be32(0x100) < be32(0x10000));
static_assert(be64(5) == be64(5) && be64(5) != be64(6));
static_assert(be16().host() == 0);
static_assert(!std::is_convertible_v<std::uint16_t, be16>);
static_assert(!std::is_convertible_v<be16, std::uint16_t>);

template <typename Wire>
std::vector<int> wire_bytes(const Wire& wire) {
  std::uint8_t bytes[sizeof(Wire)];
  std::memcpy(bytes, &wire, sizeof bytes);
  return {std::begin(bytes), std::end(bytes)};
}

TEST(BigEndian, LiesInMemoryAsOnTheWire) {
  EXPECT_EQ(wire_bytes(be16(0x0102)), (std::vector{1, 2}));
  EXPECT_EQ(wire_bytes(be32(0x01020304)), (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(wire_bytes(be64(0x0102030405060708)), (std::vector{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(BigEndian, RawIsTheBytesUnswapped) {
  const be32 wire(0x01020304);
  std::uint32_t raw = 0;
  std::memcpy(&raw, &wire, sizeof raw);
  EXPECT_EQ(wire.raw(), raw);
}

TEST(BigEndian, CanBeSetAgain) {
  be32 wire(1);
  wire.set(0xfffffffe);
  EXPECT_EQ(wire.host(), 0xfffffffe);
}

RC_GTEST_PROP(BigEndian, ComparesAsItsNumber, (std::uint64_t a, std::uint64_t b)) {
  RC_ASSERT(be64(a).host() == a);
  RC_ASSERT((be64(a) < be64(b)) == (a < b));
  RC_ASSERT((be64(a) == be64(b)) == (a == b));
}

}  // namespace
}  // namespace superfluid::base
