// SPDX-License-Identifier: Apache-2.0
#include "graph/arguments.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "graph/words.h"

namespace superfluid::graph {
namespace {

// Arguments as an element with one of each kind reads them.
struct Example {
  explicit Example(std::string_view config) {
    Arguments arguments(nullptr, config);
    arguments.required("FIRST", first)
        .positional("SECOND", second)
        .keyword("FLAG", flag)
        .keyword("LABEL", label)
        .complete();
    problems = arguments.complaints();
  }

  std::uint32_t first = 1;
  std::int16_t second = 2;
  bool flag = false;
  std::string label = "none";
  std::vector<std::string> problems;
};

using Problems = std::vector<std::string>;

TEST(Arguments, ByPlaceAndByName) {
  for (const std::string_view config :
       {"10, -20, FLAG true, LABEL x", "FLAG true, 10, LABEL x, -20",
        "SECOND -20, FIRST 10, LABEL x, FLAG yes", "LABEL  \"x\" , FLAG\t1, SECOND -20, 10",
        "10 /* ten */, -20, // minus twenty\nFLAG true, LABEL 'x',"}) {
    const Example read(config);
    EXPECT_EQ(read.problems, Problems{}) << config;
    EXPECT_EQ(read.first, 10U) << config;
    EXPECT_EQ(read.second, -20) << config;
    EXPECT_TRUE(read.flag) << config;
    EXPECT_EQ(read.label, "x") << config;
  }
}

TEST(Arguments, WhatIsNotGivenStays) {
  const Example read("7");
  EXPECT_EQ(read.problems, Problems{});
  EXPECT_EQ(read.first, 7U);
  EXPECT_EQ(read.second, 2);
  EXPECT_FALSE(read.flag);
  EXPECT_EQ(read.label, "none");
}

TEST(Arguments, OfAKeywordGivenTwiceTheLastCounts) {
  EXPECT_EQ(Example("1, LABEL a, LABEL b").label, "b");
  EXPECT_EQ(Example("1, FIRST 5").first, 5U);
}

TEST(Arguments, AllThatIsWrongIsSaid) {
  EXPECT_EQ(Example("").problems, Problems{"required FIRST argument missing"});
  EXPECT_EQ(Example("1, 2, 3, 4").problems, Problems{"too many arguments"});
  EXPECT_EQ(Example("x, 99999, FLAG maybe, LABEL a b, LABLE c, 1").problems,
            (Problems{"LABLE: unknown argument", "too many arguments",
                      "FIRST: 'x' is not an integer", "SECOND: out of range, maximum 32767",
                      "FLAG: 'maybe' is not a boolean", "LABEL: 'a b' is more than one word"}));
}

TEST(Arguments, AWrongOneLeavesItsVariable) {
  const Example read("-1, 40000, FLAG 2, LABEL a b");
  EXPECT_EQ(read.problems.size(), 4U);
  EXPECT_EQ(read.first, 1U);
  EXPECT_EQ(read.second, 2);
  EXPECT_FALSE(read.flag);
  EXPECT_EQ(read.label, "none");
}

TEST(Arguments, WhatLooksLikeAKeywordIsTakenOnlyWhereAnArgumentMustStand) {
  EXPECT_EQ(Example("STPO true").problems, Problems{"FIRST: 'STPO true' is not an integer"});
  EXPECT_EQ(Example("1, STPO true").problems, Problems{"STPO: unknown argument"});
  // A keyword without a value is a value.
  std::string text;
  Arguments arguments(nullptr, "FLAG");
  bool flag = false;
  arguments.positional("TEXT", text).keyword("FLAG", flag).complete();
  EXPECT_EQ(arguments.complaints(), Problems{});
  EXPECT_EQ(text, "FLAG");
}

TEST(Arguments, TheRestGoesToTheListAsItWasWritten) {
  std::vector<std::string> rules;
  bool flag = false;
  Arguments arguments(nullptr, "allow tcp port 80, FLAG true, 12/0800, \"a, b\"");
  arguments.keyword("FLAG", flag).rest(rules).complete();
  EXPECT_EQ(arguments.complaints(), Problems{});
  EXPECT_TRUE(flag);
  EXPECT_EQ(rules, (std::vector<std::string>{"allow tcp port 80", "12/0800", "\"a, b\""}));
}

TEST(Arguments, ARequiredKeywordIsReadByNameAlone) {
  std::uint32_t value = 0;
  Arguments missing(nullptr, "5");
  missing.required_keyword("RATE", value).complete();
  EXPECT_EQ(missing.complaints(),
            (Problems{"too many arguments", "required RATE argument missing"}));
  Arguments given(nullptr, "RATE 5");
  given.required_keyword("RATE", value).complete();
  EXPECT_EQ(given.complaints(), Problems{});
  EXPECT_EQ(value, 5U);
}

// The value that was read, or what was wrong.
template <typename T>
std::string read_as(std::string_view text) {
  T value{};
  if (Complaint complaint = parse_argument(text, value); !complaint.empty()) {
    return complaint;
  }
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "yes" : "no";
  } else if constexpr (std::is_integral_v<T>) {
    return base::cat(value);
  } else if constexpr (requires { value.count(); }) {
    return base::cat(value.count());
  } else {
    return std::string(net::to_text(value).view());
  }
}

TEST(ArgumentTypes, Integers) {
  EXPECT_EQ(read_as<std::uint8_t>("255"), "255");
  EXPECT_EQ(read_as<std::uint8_t>("256"), "out of range, maximum 255");
  EXPECT_EQ(read_as<std::uint8_t>("-1"), "out of range, minimum 0");
  EXPECT_EQ(read_as<std::uint8_t>("-0"), "0");
  EXPECT_EQ(read_as<std::int8_t>("-128"), "-128");
  EXPECT_EQ(read_as<std::int8_t>("-129"), "out of range, minimum -128");
  EXPECT_EQ(read_as<std::int64_t>("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(read_as<std::int64_t>("9223372036854775808"),
            "out of range, maximum 9223372036854775807");
  EXPECT_EQ(read_as<std::uint64_t>("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(read_as<std::uint64_t>("18446744073709551616"),
            "out of range, maximum 18446744073709551615");
  EXPECT_EQ(read_as<std::int8_t>("-99999999999999999999"), "out of range, minimum -128");
  EXPECT_EQ(read_as<std::int32_t>("+7"), "7");
  EXPECT_EQ(read_as<std::int32_t>("0x1F"), "31");
  EXPECT_EQ(read_as<std::int32_t>("-0x1f"), "-31");
  EXPECT_EQ(read_as<std::int32_t>("017"), "15");
  EXPECT_EQ(read_as<std::int32_t>("0"), "0");
  for (const std::string_view bad :
       {"", "-", "+", "0x", "08", "1 2", " 1", "1.5", "--1", "+-1", "0x-1", "1e3", "ten"}) {
    EXPECT_EQ(read_as<std::int32_t>(bad), base::cat("'", bad, "' is not an integer"));
  }
  EXPECT_EQ(read_as<std::int32_t>("\x01"), "'\\x01' is not an integer");
}

TEST(ArgumentTypes, Booleans) {
  for (const std::string_view text : {"true", "yes", "1"}) {
    EXPECT_EQ(read_as<bool>(text), "yes") << text;
  }
  for (const std::string_view text : {"false", "no", "0"}) {
    EXPECT_EQ(read_as<bool>(text), "no") << text;
  }
  EXPECT_EQ(read_as<bool>("2"), "'2' is not a boolean");
  EXPECT_EQ(read_as<bool>(""), "'' is not a boolean");
}

TEST(ArgumentTypes, DurationsAreInSecondsUnlessTheySayOtherwise) {
  EXPECT_EQ(read_as<base::Duration>("2"), "2000000000");
  EXPECT_EQ(read_as<base::Duration>("0.5"), "500000000");
  EXPECT_EQ(read_as<base::Duration>(".5"), "500000000");
  EXPECT_EQ(read_as<base::Duration>("10ms"), "10000000");
  EXPECT_NE(read_as<base::Duration>("soon").find("soon"), std::string::npos);
  EXPECT_NE(read_as<base::Duration>("."), "0");
}

TEST(ArgumentTypes, RatesAreInBytesUnlessTheySayOtherwise) {
  EXPECT_EQ(read_as<base::BitRate>("1000"), "8000");
  EXPECT_EQ(read_as<base::BitRate>("1000bit/s"), "1000");
  EXPECT_NE(read_as<base::BitRate>("fast").find("fast"), std::string::npos);
}

TEST(ArgumentTypes, Addresses) {
  EXPECT_EQ(read_as<net::MacAddress>("02:00:00:00:00:01"), "02:00:00:00:00:01");
  EXPECT_EQ(read_as<net::Ipv4Address>("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(read_as<net::Ipv6Address>("2001:db8::1"), "2001:db8::1");
  EXPECT_NE(read_as<net::MacAddress>("02:00:00:00:00"), "02:00:00:00:00:00");
  EXPECT_NE(read_as<net::Ipv4Address>("192.0.2.256"), "192.0.2.256");
  EXPECT_NE(read_as<net::Ipv6Address>("2001:db8:::1"), "2001:db8::1");
}

RC_GTEST_PROP(ArgumentsProperty, AnyIntegerReadsBack, (std::int64_t number)) {
  RC_ASSERT(read_as<std::int64_t>(base::cat(number)) == base::cat(number));
}

// What is quoted comes back as it was, whatever it is and wherever it stands.
RC_GTEST_PROP(ArgumentsProperty, AnyQuotedTextReadsBack, (const std::string& label)) {
  const Example read(base::cat("LABEL ", quote(label), ", 1"));
  RC_ASSERT(read.problems.empty());
  RC_ASSERT(read.label == label);
}

TEST(HandlerValue, IsTrimmedAndReadAsAnArgument) {
  std::uint16_t value = 0;
  EXPECT_TRUE(parse_handler_value("  42\n", value).has_value());
  EXPECT_EQ(value, 42);
  const base::Status refused = parse_handler_value("70000", value);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message(), "out of range, maximum 65535");
  EXPECT_EQ(value, 42);
}

}  // namespace
}  // namespace superfluid::graph
