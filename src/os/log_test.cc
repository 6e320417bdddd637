// SPDX-License-Identifier: Apache-2.0
#include "os/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/files.h"
#include "support/temporary_directory.h"

namespace superfluid::os::log {
namespace {

using superfluid::testing::TemporaryDirectory;

TEST(Log, FormatsPlainValuesPlainly) {
  EXPECT_EQ(format("started", {{"port", 7},
                               {"name", "eth0"},
                               {"rate", std::string("10Gbit/s")},
                               {"up", true},
                               {"offset", -1}}),
            "started port=7 name=eth0 rate=10Gbit/s up=true offset=-1");
}

TEST(Log, QuotesAndEscapesEverythingElse) {
  EXPECT_EQ(format("e", {{"a", ""}}), "e a=\"\"");
  EXPECT_EQ(format("e", {{"a", "two words"}}), "e a=\"two words\"");
  EXPECT_EQ(format("e", {{"a", "x=y"}}), "e a=\"x=y\"");
  EXPECT_EQ(format("e", {{"a", "say \"hi\" \\"}}), "e a=\"say \\\"hi\\\" \\\\\"");
  EXPECT_EQ(format("e", {{"a", "\x1b[31m"}}), "e a=\"\\x1b[31m\"");
  EXPECT_EQ(format("e", {{"a", "n\nerror forged k=v"}}), "e a=\"n\\x0aerror forged k=v\"");
}

TEST(Log, ShowsTheWholeChainOfAnError) {
  const base::Error error = base::Error(base::ErrorCode::kFailed, "start")
                                .caused_by(base::Error(base::ErrorCode::kNotFound, "no image"));
  EXPECT_EQ(format("failed", {{"error", error}}), "failed error=\"start: no image\"");
}

TEST(Log, WritesOneLinePerEventAtItsLevelAndAbove) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("log");
  ASSERT_TRUE(configure({.level = Level::kWarning, .path = path}).has_value());
  debug("quiet");
  info("quiet");
  warning("odd", {{"value", "a\nb {}"}});
  error("bad");
  ASSERT_TRUE(configure({}).has_value());
  const auto text = read_text(path, base::kib(4));
  ASSERT_TRUE(text.has_value());
  EXPECT_THAT(*text, ::testing::MatchesRegex(
                         "[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z warning odd "
                         "value=\"a\\\\x0ab \\{\\}\"\n"
                         "[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z error bad\n"));
}

TEST(Log, SaysThatItCannotBeOpened) {
  const auto refused = configure({.path = "/dev/null/log"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("/dev/null/log"));
}

TEST(Log, AFullDiskStopsNobody) {
  ASSERT_TRUE(configure({.path = "/dev/full"}).has_value());
  error("lost");
  ASSERT_TRUE(configure({}).has_value());
}

}  // namespace
}  // namespace superfluid::os::log
