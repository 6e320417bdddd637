// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <gtest/gtest.h>

namespace superfluid::base {
namespace {

TEST(Bytes, AreTextAndBackInPlace) {
  const std::string_view text("a\0\xff", 3);
  const ByteView bytes = bytes_of(text);
  ASSERT_EQ(bytes.size(), 3U);
  EXPECT_EQ(bytes[1], 0);
  EXPECT_EQ(bytes[2], 0xff);
  EXPECT_EQ(text_of(bytes), text);
  EXPECT_EQ(text_of(bytes).data(), text.data());
}

TEST(Bytes, OfNothingAreNothing) {
  EXPECT_TRUE(bytes_of("").empty());
  EXPECT_TRUE(text_of(ByteView()).empty());
}

}  // namespace
}  // namespace superfluid::base
