// SPDX-License-Identifier: Apache-2.0
#include "graph/arguments.h"

#include <gtest/gtest.h>

namespace superfluid::graph {
namespace {

// The bits a second, or the complaint.
std::string bandwidth(std::string_view text) {
  base::BitRate rate;
  const Complaint complaint = parse_argument(text, rate);
  return complaint.empty() ? base::cat(rate.count()) : complaint;
}

TEST(Bandwidth, HasUnitsOfBitsAndBytes) {
  for (const std::string_view text : {"8000bps", "8000 b/s", "8kbps", "8Kbps", "8 kbaud", "1kBps",
                                      "1 kB/s", "1000B/s", "1000", "8kbit/s", "0.008Mbps"}) {
    EXPECT_EQ(bandwidth(text), "8000") << text;
  }
  EXPECT_EQ(bandwidth("10Gbps"), "10000000000");
  EXPECT_EQ(bandwidth("0"), "0");
}

TEST(Bandwidth, HasFractions) {
  EXPECT_EQ(bandwidth("1.5 MBps"), "12000000");
  EXPECT_EQ(bandwidth(".5kbps"), "500");
  EXPECT_EQ(bandwidth("1.kbps"), "1000");
  EXPECT_EQ(bandwidth("0.0004999999999999kbps"), "0");
  EXPECT_EQ(bandwidth("2.0009999999999Kbps"), "2000");
}

TEST(Bandwidth, EndsWithItsType) {
  EXPECT_EQ(bandwidth("18446744073709551615bps"), "18446744073709551615");
  EXPECT_EQ(bandwidth("18446744073709551616bps"), "out of range");
  EXPECT_EQ(bandwidth("18446744073709551615Bps"), "out of range");
  EXPECT_EQ(bandwidth("18446744073.709551616Gbps"), "out of range");
}

TEST(Bandwidth, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", ".", "bps", "kbps", "-1bps", "1e6", "1,5", "1.2.3", "8 Tbps", "1bps 2", "0x10"}) {
    EXPECT_EQ(bandwidth(text), base::cat("'", text, "' is not a bandwidth")) << text;
  }
}

TEST(ArgumentTypes, ReadWhatIsThereIntoAnOptional) {
  std::optional<std::uint32_t> given;
  std::optional<std::uint32_t> missing;
  std::optional<std::uint32_t> wrong;
  Arguments arguments(nullptr, "A 7, C x");
  arguments.keyword("A", given).keyword("B", missing).keyword("C", wrong).complete();
  EXPECT_EQ(given, 7U);
  EXPECT_EQ(missing, std::nullopt);
  EXPECT_EQ(wrong, std::nullopt);
  ASSERT_EQ(arguments.complaints().size(), 1U);
  EXPECT_EQ(arguments.complaints()[0], "C: 'x' is not an integer");
}

TEST(ArgumentTypes, KeepRemarksApartFromComplaints) {
  Arguments arguments(nullptr, "");
  arguments.warn("odd");
  arguments.inform("by the way");
  EXPECT_TRUE(arguments.complaints().empty());
  ASSERT_EQ(arguments.remarks().size(), 2U);
  EXPECT_EQ(arguments.remarks()[0].severity, Severity::kWarning);
  EXPECT_EQ(arguments.remarks()[1].text, "by the way");
}

}  // namespace
}  // namespace superfluid::graph
