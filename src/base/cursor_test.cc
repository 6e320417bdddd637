// SPDX-License-Identifier: Apache-2.0
#include "base/cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <numeric>
#include <vector>

namespace superfluid::base {
namespace {

constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max();

struct Header {
  std::uint8_t kind;
  be16 length;
};
static_assert(WireLayout<Header> && sizeof(Header) == 3);
static_assert(!WireLayout<std::uint16_t>, "alignment above 1 is not laid over bytes");

constexpr std::size_t kSizes[] = {1, 2, 4, 8};
constexpr std::uint8_t kBytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

TEST(Cursor, ReadsNumbersInWireOrder) {
  Cursor cursor(kBytes);
  EXPECT_EQ(cursor.u8(), 1);
  EXPECT_EQ(cursor.u16(), 0x0203);
  EXPECT_EQ(cursor.u32(), 0x04050607U);
  EXPECT_EQ(cursor.u64(), 0x08090a0b0c0d0e0fU);
  EXPECT_TRUE(cursor.at_end());
  EXPECT_EQ(cursor.position(), sizeof kBytes);
}

TEST(Cursor, LaysAHeaderOverTheBytesInPlace) {
  Cursor cursor(kBytes);
  const Header* peeked = cursor.peek<Header>();
  EXPECT_EQ(cursor.position(), 0U);
  const Header* header = cursor.view<Header>();
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header, peeked);
  EXPECT_EQ(static_cast<const void*>(header), static_cast<const void*>(kBytes));
  EXPECT_EQ(header->length.host(), 0x0203);
  EXPECT_EQ(cursor.position(), 3U);
}

TEST(Cursor, ARefusedReadMovesNothing) {
  Cursor cursor(ByteView(kBytes).first(2));
  ASSERT_TRUE(cursor.skip(1));
  EXPECT_EQ(cursor.view<Header>(), nullptr);
  EXPECT_EQ(cursor.peek<be16>(), nullptr);
  EXPECT_EQ(cursor.u16(), std::nullopt);
  EXPECT_EQ(cursor.u32(), std::nullopt);
  EXPECT_EQ(cursor.u64(), std::nullopt);
  EXPECT_FALSE(cursor.take(2).has_value());
  EXPECT_FALSE(cursor.skip(kHuge));
  EXPECT_EQ(cursor.position(), 1U);
  EXPECT_EQ(cursor.rest().size(), 1U);
  EXPECT_EQ(cursor.u8(), 2);
  EXPECT_EQ(cursor.u8(), std::nullopt);
  EXPECT_TRUE(cursor.skip(0));
}

TEST(Cursor, OfNothingGivesNothing) {
  Cursor cursor{ByteView()};
  EXPECT_TRUE(cursor.at_end());
  EXPECT_EQ(cursor.u8(), std::nullopt);
  EXPECT_EQ(cursor.take(0)->size(), 0U);
}

TEST(Writer, ARefusedWriteWritesNothingAndStaysRefused) {
  std::uint8_t room[4] = {9, 9, 9, 9};
  Writer writer(room);
  EXPECT_TRUE(writer.u16(0x0102));
  EXPECT_FALSE(writer.u32(0));
  EXPECT_FALSE(writer.ok());
  EXPECT_FALSE(writer.u8(7)) << "one byte would fit, but the whole would lack its middle";
  EXPECT_FALSE(writer.bytes({}));
  EXPECT_EQ(writer.position(), 2U);
  EXPECT_EQ(std::vector<int>(std::begin(room), std::end(room)), (std::vector{1, 2, 9, 9}));
}

TEST(Writer, LengthsNearTheEndOfTheirTypeDoNotWrap) {
  std::uint8_t room[4] = {};
  Writer writer(room);
  ASSERT_TRUE(writer.u8(1));
  EXPECT_EQ(writer.patch<be16>(kHuge), nullptr);
  EXPECT_EQ(writer.patch<be16>(kHuge - 1), nullptr);
  // Read from memory, so that the compiler does not warn of the very length that is refused.
  const volatile std::size_t length = kHuge;
  EXPECT_FALSE(writer.fill(length, 0));
  EXPECT_EQ(writer.position(), 1U);
}

TEST(Writer, PatchesOnlyWhatWasWritten) {
  std::uint8_t room[8] = {};
  Writer writer(room);
  ASSERT_TRUE(writer.put(Header{7, be16(0)}));
  EXPECT_EQ(writer.patch<be16>(2), nullptr);
  EXPECT_EQ(writer.patch<be16>(3), nullptr);
  ASSERT_NE(writer.patch<be16>(1), nullptr);
  writer.patch<be16>(1)->set(0x0405);
  EXPECT_EQ(std::vector<int>(room, room + 3), (std::vector{7, 4, 5}));
  EXPECT_EQ(writer.written().size(), 3U);
}

TEST(Writer, FillsToTheLastByte) {
  std::uint8_t room[3] = {};
  Writer writer(room);
  EXPECT_TRUE(writer.fill(0, 1));
  EXPECT_TRUE(writer.fill(3, 0xee));
  EXPECT_EQ(writer.remaining(), 0U);
  EXPECT_TRUE(writer.bytes({}));
  EXPECT_FALSE(writer.fill(1, 0));
  EXPECT_EQ(room[2], 0xee);
}

// What a Writer wrote a Cursor reads, field by field; a room too small by any number of bytes
// keeps a prefix of whole fields and nothing else.
RC_GTEST_PROP(CursorAndWriter, RoundTrip,
              (const std::vector<std::pair<std::uint8_t, std::uint64_t>>& fields)) {
  const std::size_t whole = std::accumulate(
      fields.begin(), fields.end(), std::size_t{0},
      [](std::size_t sum, const auto& field) { return sum + kSizes[field.first % 4]; });
  std::vector<std::uint8_t> room(whole - *rc::gen::inRange<std::size_t>(0, whole + 1));

  Writer writer(room);
  std::size_t written = 0;
  for (const auto& [kind, value] : fields) {
    switch (kind % 4) {
      case 0: writer.u8(static_cast<std::uint8_t>(value)); break;
      case 1: writer.u16(static_cast<std::uint16_t>(value)); break;
      case 2: writer.u32(static_cast<std::uint32_t>(value)); break;
      case 3: writer.u64(value); break;
    }
    written += writer.ok() ? 1 : 0;
  }
  RC_ASSERT(writer.ok() == (room.size() == whole));

  Cursor cursor(writer.written());
  for (std::size_t i = 0; i < written; ++i) {
    const auto& [kind, value] = fields[i];
    switch (kind % 4) {
      case 0: RC_ASSERT(cursor.u8() == static_cast<std::uint8_t>(value)); break;
      case 1: RC_ASSERT(cursor.u16() == static_cast<std::uint16_t>(value)); break;
      case 2: RC_ASSERT(cursor.u32() == static_cast<std::uint32_t>(value)); break;
      case 3: RC_ASSERT(cursor.u64() == value); break;
    }
  }
  RC_ASSERT(cursor.at_end());
}

}  // namespace
}  // namespace superfluid::base
