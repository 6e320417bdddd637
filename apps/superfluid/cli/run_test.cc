// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <new>
#include <stdexcept>
#include <vector>

#include "superfluid/cli/output.h"

namespace superfluid::cli {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

base::Status run_out_of_memory(const Invocation&, Output&) {
  throw std::bad_alloc();  // rules: allow throw: it plays the library
}
base::Status meet_an_exception(const Invocation&, Output&) {
  throw std::out_of_range("of range");  // rules: allow throw: it plays the library
}

constexpr Command kRows[] = {
    {.path = "", .summary = "s"},
    {.path = "hoard", .summary = "s", .handler = run_out_of_memory},
    {.path = "stray", .summary = "s", .handler = meet_an_exception},
};

struct Answer {
  Exit exit;
  std::string out;
  std::string err;
};

Answer answer(std::vector<std::string_view> words) {
  CaptureStdout();
  CaptureStderr();
  const Exit exit = run_program(kRows, words);
  return {exit, GetCapturedStdout(), GetCapturedStderr()};
}

TEST(Run, MemoryThatRunsOutIsAnError) {
  const Answer said = answer({"hoard"});
  EXPECT_EQ(said.exit, Exit::kFailed);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, ::testing::MatchesRegex("error: .*memory\ncause: .*\ntry: .*\n"));
}

TEST(Run, WhatALibraryThrowsIsAnError) {
  const Answer said = answer({"stray"});
  EXPECT_EQ(said.exit, Exit::kFailed);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, ::testing::MatchesRegex("error: .*\ncause: .*\ntry: .*\n"));
}

TEST(Run, TheLastWordsAreADocumentForPrograms) {
  for (const auto& [command, code] : {std::pair{"hoard", "exhausted"}, {"stray", "failed"}}) {
    const Answer said = answer({command, "--json"});
    EXPECT_EQ(said.exit, Exit::kFailed);
    EXPECT_EQ(said.err, "");
    const boost::json::value document = boost::json::parse(said.out);
    EXPECT_EQ(document.at("version"), 1);
    EXPECT_TRUE(document.at("command").is_null());
    EXPECT_EQ(document.at("error").at("code"), code);
    EXPECT_EQ(document.at("error").at("exit"), 1);
  }
}

}  // namespace
}  // namespace superfluid::cli
