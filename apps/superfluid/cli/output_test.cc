// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/output.h"

#include <gtest/gtest.h>

namespace superfluid::cli {
namespace {

using base::Error;
using base::ErrorCode;

// docs/cli.md prints this table.
TEST(Exit, EveryErrorHasItsCode) {
  EXPECT_EQ(exit_for(ErrorCode::kFailed), Exit{1});
  EXPECT_EQ(exit_for(ErrorCode::kInvalid), Exit{2});
  EXPECT_EQ(exit_for(ErrorCode::kNotFound), Exit{3});
  EXPECT_EQ(exit_for(ErrorCode::kConflict), Exit{4});
  EXPECT_EQ(exit_for(ErrorCode::kUnreachable), Exit{5});
  EXPECT_EQ(exit_for(ErrorCode::kTimedOut), Exit{6});
  EXPECT_EQ(exit_for(ErrorCode::kNotPermitted), Exit{7});
  EXPECT_EQ(exit_for(ErrorCode::kUnsupported), Exit{8});
  EXPECT_EQ(exit_for(ErrorCode::kExhausted), Exit{1});
  EXPECT_EQ(exit_for(ErrorCode::kCorrupt), Exit{1});
}

TEST(ErrorLines, ShowTheWholeChainAndTheBestRemedy) {
  const Error error =
      Error(ErrorCode::kFailed, "start web")
          .caused_by(
              Error(ErrorCode::kConflict, "name\ntaken")
                  .caused_by(Error(ErrorCode::kFailed, "by \033[31mother").try_this("rename it")));
  EXPECT_EQ(error_lines(error, {}),
            "error: start web\ncause: name\\x0ataken\ncause: by \\x1b[31mother\ntry: rename it\n");
}

}  // namespace
}  // namespace superfluid::cli
