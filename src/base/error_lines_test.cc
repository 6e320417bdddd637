// SPDX-License-Identifier: Apache-2.0
#include "base/error_lines.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace superfluid::base {
namespace {

TEST(ErrorLines, AnErrorPassesAsTextAndIsWhole) {
  const Error error = Error(ErrorCode::kInvalid, "replace the graph")
                          .caused_by(Error(ErrorCode::kNotFound, "t:1:9: no element 'Discrad'")
                                         .try_this("did you mean 'Discard'?"));
  const std::string lines = lines_of(error);
  EXPECT_EQ(lines,
            "replace the graph\nt:1:9: no element 'Discrad'\n  try: did you mean 'Discard'?");
  const Error again = error_of_lines(ErrorCode::kInvalid, lines);
  EXPECT_EQ(again.code(), ErrorCode::kInvalid);
  EXPECT_EQ(again.message(), "replace the graph");
  EXPECT_EQ(again.remedy(), "");
  ASSERT_NE(again.cause(), nullptr);
  EXPECT_EQ(again.cause()->message(), "t:1:9: no element 'Discrad'");
  EXPECT_EQ(again.cause()->remedy(), "did you mean 'Discard'?");
  EXPECT_EQ(again.cause()->cause(), nullptr);
  EXPECT_EQ(again.best_remedy(), "did you mean 'Discard'?");
}

TEST(ErrorLines, WhatStrangersWroteIsShownAndNotObeyed) {
  EXPECT_EQ(error_of_lines(ErrorCode::kFailed, "").message(), "no reason is given");
  EXPECT_EQ(error_of_lines(ErrorCode::kFailed, "\n\n  try: x").message(), "no reason is given");
  EXPECT_EQ(error_of_lines(ErrorCode::kFailed, "\n\x1b[31mred\r\n").message(), "\\x1b[31mred\\x0d");
  std::string many;
  for (int i = 0; i < 1000; ++i) {
    many += cat("line ", i, "\n");
  }
  const Error error = error_of_lines(ErrorCode::kFailed, many);
  std::size_t lines = 0;
  for (const Error* each = &error; each != nullptr; each = each->cause()) {
    ++lines;
  }
  EXPECT_EQ(lines, kErrorLinesMax);
}

}  // namespace
}  // namespace superfluid::base
