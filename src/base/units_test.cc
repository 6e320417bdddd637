// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/text.h"

namespace superfluid::base {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::string_view kTooLarge = "it is too large | the largest is 9223372036854775807ns";
constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max();

// "message | remedy" of a refused duration.
std::string refusal(std::string_view text) {
  const auto parsed = parse_duration(text);
  if (parsed) {
    return cat("accepted: ", to_string(*parsed));
  }
  return cat(parsed.error().message(), " | ", parsed.error().remedy());
}

TEST(Units, ReadEverySuffix) {
  using Bytes = std::pair<const char*, std::uint64_t>;
  for (const auto& [text, count] :
       {Bytes{"7B", 7}, Bytes{"2kB", 2'000}, Bytes{"2KiB", 2'048}, Bytes{"1MB", 1'000'000},
        Bytes{"512MiB", 512ULL << 20}, Bytes{"1GB", 1'000'000'000}, Bytes{"1GiB", 1ULL << 30},
        Bytes{"1TB", 1'000'000'000'000}, Bytes{"1TiB", 1ULL << 40}}) {
    EXPECT_EQ(parse_byte_count(text).value(), ByteCount(count)) << text;
  }
  using Time = std::pair<const char*, std::int64_t>;
  for (const auto& [text, count] :
       {Time{"7ns", 7}, Time{"7us", 7'000}, Time{"7ms", 7'000'000}, Time{"7s", 7'000'000'000},
        Time{"2min", 120'000'000'000}, Time{"1h", 3'600'000'000'000},
        Time{"1d", 86'400'000'000'000}}) {
    EXPECT_EQ(parse_duration(text).value(), Duration(count)) << text;
  }
  using Bits = std::pair<const char*, std::uint64_t>;
  for (const auto& [text, count] :
       {Bits{"7bit/s", 7}, Bits{"7kbit/s", 7'000}, Bits{"7Mbit/s", 7'000'000},
        Bits{"10Gbit/s", 10'000'000'000}, Bits{"1B/s", 8}, Bits{"1kB/s", 8'000},
        Bits{"1MB/s", 8'000'000}, Bits{"1GB/s", 8'000'000'000}}) {
    EXPECT_EQ(parse_bit_rate(text).value(), BitRate(count)) << text;
  }
  EXPECT_EQ(parse_packet_rate("7pps").value(), PacketRate(7));
  EXPECT_EQ(parse_packet_rate("7kpps").value(), PacketRate(7'000));
  EXPECT_EQ(parse_packet_rate("1.5Mpps").value(), PacketRate(1'500'000));
}

TEST(Units, RefuseBareNumbersAndShowBothReadings) {
  EXPECT_EQ(refusal("5"), "'5' is not a duration: the unit is missing | write 5ms or 5s");
  EXPECT_EQ(refusal("0"), "'0' is not a duration: the unit is missing | write 0ms or 0s");
  EXPECT_EQ(refusal("5 "), "'5 ' is not a duration: the unit is missing | write 5ms or 5s");
  const auto rate = parse_bit_rate("10");
  ASSERT_FALSE(rate.has_value());
  EXPECT_EQ(rate.error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(rate.error().remedy(), "write 10bit/s or 10Mbit/s");
}

TEST(Units, RefuseWhatIsNoDecimalNumber) {
  for (const std::string text :
       {"", "s", ".5s", "1.s", ".s", "1..5s", "1.2.3s", "-5s", "+5s", " 5s", "0x5s", "\t5s"}) {
    const std::string why = refusal(text);
    EXPECT_TRUE(why.ends_with(text == "0x5s"
                                  ? "unknown unit 'x5s' | use one of ns us ms s min h d"
                                  : "it must start with a decimal number | write it like 10s"))
        << why;
  }
}

TEST(Units, RefuseAnUnknownUnitAndNameTheKnown) {
  for (const std::string_view unit : {"S", "sec", "m", "e3s", "s ", " s", "5s", "kB", "s\n"}) {
    const std::string why = refusal(cat("1 ", unit));
    EXPECT_TRUE(why.ends_with(" | use one of ns us ms s min h d")) << why;
  }
  EXPECT_EQ(refusal("1S"),
            "'1S' is not a duration: unknown unit 'S' | use one of ns us ms s min h d");
  EXPECT_EQ(refusal(std::string_view("1s\0", 3)),
            "'1s\\x00' is not a duration: unknown unit 's\\x00' | use one of ns us ms s min h d");
  EXPECT_FALSE(parse_byte_count("1KB").has_value());
  EXPECT_FALSE(parse_byte_count("1mib").has_value());
}

TEST(Units, TakeOneSpaceBetweenNumberAndUnit) {
  EXPECT_EQ(parse_duration("5 s").value(), seconds(5));
  EXPECT_FALSE(parse_duration("5  s").has_value());
  EXPECT_FALSE(parse_duration("5\ts").has_value());
  EXPECT_FALSE(parse_duration("5s ").has_value());
}

TEST(Units, FractionsAreExactOrRefused) {
  EXPECT_EQ(parse_duration("1.5s").value(), milliseconds(1'500));
  EXPECT_EQ(parse_duration("0.000000001s").value(), nanoseconds(1));
  EXPECT_EQ(parse_duration("0.000000000000s").value(), Duration());
  EXPECT_EQ(parse_byte_count("0.5KiB").value(), ByteCount(512));
  EXPECT_EQ(parse_byte_count("1.000000000000TiB").value(), ByteCount(1ULL << 40));
  EXPECT_EQ(parse_byte_count("0.999999999999TB").value(), ByteCount(999'999'999'999));
  EXPECT_EQ(parse_bit_rate("0.125B/s").value(), BitRate(1));
  EXPECT_EQ(refusal("0.5ns"),
            "'0.5ns' is not a duration: it is no whole number of ns | round it to a whole number "
            "of ns");
  EXPECT_EQ(refusal("1.0000000000000s"),
            "'1.0000000000000s' is not a duration: it has too many digits after the point | write "
            "at most 12");
  EXPECT_FALSE(parse_byte_count("0.999999999999TiB").has_value());
}

TEST(Units, ReachTheEndOfTheirRangeAndNotBeyond) {
  EXPECT_EQ(parse_byte_count("18446744073709551615B").value(), ByteCount(kMost));
  EXPECT_EQ(parse_byte_count("16777215.5TiB").value(), ByteCount((1ULL << 63) * 2 - (1ULL << 39)));
  EXPECT_EQ(parse_duration("9223372036854775807ns").value(), Duration(kLongest));
  EXPECT_EQ(parse_duration("9223372036.854775807s").value(), Duration(kLongest));
  for (const std::string_view text :
       {"18446744073709551616B", "16777216TiB", "18446744073709551615kB"}) {
    EXPECT_EQ(parse_byte_count(text).error().remedy(), "the largest is 18446744073709551615B");
  }
  for (const std::string_view text :
       {"9223372036854775808ns", "9223372036.854775808s", "106752d", "18446744073709551615ns"}) {
    EXPECT_EQ(refusal(text), cat("'", text, "' is not a duration: ", kTooLarge));
  }
}

TEST(Units, AnErrorShowsHostileTextEscapedAndCut) {
  const std::string digits(1'000'000, '9');
  EXPECT_EQ(refusal(cat(digits, "s")),
            cat("'", digits.substr(0, 40), "...' is not a duration: ", kTooLarge));
  EXPECT_LT(refusal(digits).size(), 250U);
  EXPECT_LT(refusal(cat("1", std::string(1'000'000, '\x1b'))).size(), 600U);
  EXPECT_EQ(refusal("\x1b[2J"),
            "'\\x1b[2J' is not a duration: it must start with a decimal number | write it like "
            "10s");
}

TEST(Units, PrintTheLargestUnitThatIsExact) {
  EXPECT_EQ(to_string(mib(512)), "512MiB");
  EXPECT_EQ(to_string(ByteCount(1'536)), "1.5KiB");
  EXPECT_EQ(to_string(ByteCount(1'000)), "1000B");
  EXPECT_EQ(to_string(ByteCount()), "0B");
  EXPECT_EQ(to_string(ByteCount(kMost)), "18446744073709551615B");
  EXPECT_EQ(to_string(milliseconds(1'500)), "1.5s");
  EXPECT_EQ(to_string(milliseconds(500)), "500ms");
  EXPECT_EQ(to_string(nanoseconds(1'001)), "1.001us");
  EXPECT_EQ(to_string(nanoseconds(1'000'001)), "1000.001us");
  EXPECT_EQ(to_string(seconds(90)), "1.5min");
  EXPECT_EQ(to_string(seconds(86'400)), "1d");
  EXPECT_EQ(to_string(BitRate(10'000'000'000)), "10Gbit/s");
  EXPECT_EQ(to_string(BitRate(8'000)), "8kbit/s");
  EXPECT_EQ(to_string(PacketRate(1'050'000)), "1.05Mpps");
}

TEST(Units, PrintNegativeDurations) {
  EXPECT_EQ(to_string(milliseconds(-1'500)), "-1.5s");
  EXPECT_EQ(to_string(Duration(std::numeric_limits<std::int64_t>::min())),
            "-9223372036854775.808us");
}

// Counts of all sizes, and many that print with a fraction.
rc::Gen<std::uint64_t> any_count() {
  return rc::gen::apply([](std::uint64_t bits, unsigned shift,
                           std::uint64_t scale) { return (bits >> (shift % 64)) / scale * scale; },
                        rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange(0U, 64U),
                        rc::gen::element<std::uint64_t>(1, 8, 10, 1'000, 1'024, 500'000, 1'000'000,
                                                        1ULL << 30, 60'000'000'000));
}

RC_GTEST_PROP(Units, ReadBackWhatTheyPrinted, ()) {
  const std::uint64_t count = *any_count();
  const ByteCount size(count);
  const Duration time(static_cast<std::int64_t>(count >> 1));
  const BitRate bits(count);
  const PacketRate packets(count);
  RC_ASSERT(parse_byte_count(to_string(size)).value() == size);
  RC_ASSERT(parse_duration(to_string(time)).value() == time);
  RC_ASSERT(parse_bit_rate(to_string(bits)).value() == bits);
  RC_ASSERT(parse_packet_rate(to_string(packets)).value() == packets);
}

// whole.fraction of a unit, against integers of 128 bits.
RC_GTEST_PROP(Units, FractionsAreThoseOfTheirDefinition, ()) {
  const auto whole = *rc::gen::inRange<std::uint64_t>(0, 1'000);
  const std::string fraction = *rc::gen::suchThat(
      rc::gen::container<std::string>(rc::gen::inRange('0', ':')),
      [](const std::string& digits) { return !digits.empty() && digits.size() <= 12; });
  unsigned __int128 scaled = whole;
  unsigned __int128 power = 1;
  for (const char digit : fraction) {
    scaled = scaled * 10 + static_cast<unsigned>(digit - '0');
    power *= 10;
  }
  scaled *= 1ULL << 30;
  const auto parsed = parse_byte_count(cat(whole, ".", fraction, "GiB"));
  RC_ASSERT(parsed.has_value() == (scaled % power == 0));
  RC_ASSERT(!parsed || parsed->count() == static_cast<std::uint64_t>(scaled / power));
}

TEST(Instant, DiffersByDurations) {
  const Instant start(seconds(5));
  EXPECT_EQ((start + milliseconds(20)) - start, milliseconds(20));
  EXPECT_LT(start, start + nanoseconds(1));
  EXPECT_EQ(start + seconds(-5), Instant());
}

TEST(Instant, ADeadlineBeyondTheEndOfTimeIsTheEndOfTime) {
  const Instant end(Duration{kLongest});
  EXPECT_EQ(Instant(seconds(1)) + Duration(kLongest), end);
  EXPECT_EQ(Instant(nanoseconds(-2)) + Duration(std::numeric_limits<std::int64_t>::min()),
            Instant(Duration(std::numeric_limits<std::int64_t>::min())));
  EXPECT_EQ(Instant() + Duration(kLongest), end);
}

static_assert(kib(1) == bytes(1'024) && mib(1) == kib(1'024) && gib(1) == mib(1'024));
static_assert(seconds(1) == milliseconds(1'000) && milliseconds(1) == microseconds(1'000));
static_assert(seconds(3) - seconds(1) == seconds(1) * 2 && seconds(3) / 3 == seconds(1));

}  // namespace
}  // namespace superfluid::base
