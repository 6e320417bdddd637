// SPDX-License-Identifier: Apache-2.0
// What is written and read here is what the C library writes and reads.
#include "elements/real_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace superfluid::elements {
namespace {

std::string printed(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.12g", value);
  return text;
}

TEST(RealText, WritesAsPrintfDoes) {
  using Limits = std::numeric_limits<double>;
  for (const double value : {0.0,
                             -0.0,
                             0.5,
                             1.0,
                             -1.0,
                             10.0,
                             0.1,
                             100000.0,
                             123456789012.0,
                             1234567890123.0,
                             100000000000.5,
                             1000000000005.0,
                             999999999999.5,
                             0.0001,
                             0.00001,
                             0.000099999999999999,
                             3.814697265625e-06,
                             1e20,
                             -1e-20,
                             1e100,
                             2.0 / 3,
                             Limits::max(),
                             Limits::min(),
                             Limits::denorm_min(),
                             Limits::infinity(),
                             -Limits::infinity(),
                             Limits::quiet_NaN()}) {
    EXPECT_EQ(real_text(value), printed(value));
  }
}

RC_GTEST_PROP(RealText, WritesAnyNumberAsPrintfDoes, (std::uint64_t bits)) {
  RC_ASSERT(real_text(std::bit_cast<double>(bits)) == printed(std::bit_cast<double>(bits)));
}

RC_GTEST_PROP(RealText, WritesFractionsAsPrintfDoes, (std::int32_t over, std::uint16_t under)) {
  const double value = over / (under + 1.0);
  RC_ASSERT(real_text(value) == printed(value));
}

TEST(RealText, ReadsWhatIsANumberAlone) {
  EXPECT_EQ(parse_real("1.5e-3"), 0.0015);
  EXPECT_EQ(parse_real("-.5"), -0.5);
  EXPECT_EQ(parse_real("+7."), 7);
  EXPECT_EQ(parse_real("0e400"), 0);
  EXPECT_EQ(parse_real("123456789012345678901234567890"), 123456789012345678901234567890.0);
  EXPECT_EQ(parse_real("0.000000000000000000000000000001"), 1e-30);
  for (const char* none : {"", ".", "-", "e3", "1e", "1e+", "1.5x", "1..2", "--1", "inf", "nan",
                           "0x10", "1e309", "1e-500", "1e99999999999", " 1"}) {
    EXPECT_FALSE(parse_real(none)) << none;
  }
}

RC_GTEST_PROP(RealText, ReadsWhatWasWritten, (std::int32_t over, std::uint16_t under)) {
  const double value = over / (under + 1.0);
  const auto read = parse_real(real_text(value));
  RC_ASSERT(read.has_value());
  RC_ASSERT(real_text(*read) == real_text(value));
}

RC_GTEST_PROP(RealText, DividesAsTheLibraryDoes, (std::uint64_t a, std::uint64_t b)) {
  const double dividend = std::bit_cast<double>(a);
  const double divisor = std::bit_cast<double>(b);
  const double expected = std::fmod(dividend, divisor);
  const double got = real_remainder(dividend, divisor);
  RC_ASSERT((std::isnan(expected) ? std::isnan(got) : got == expected));
}

TEST(RealText, DividesWhatPeopleDivide) {
  EXPECT_EQ(real_remainder(8.5, 4), 0.5);
  EXPECT_EQ(real_remainder(-8.5, 4), -0.5);
  EXPECT_EQ(real_remainder(3, std::numeric_limits<double>::infinity()), 3);
  EXPECT_TRUE(std::isnan(real_remainder(1, 0)));
}

}  // namespace
}  // namespace superfluid::elements
