// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/output.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <functional>
#include <memory>

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

std::string document_of(const std::function<void(Output&)>& fill, const Error* error = nullptr) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::tmpfile(), std::fclose);
  Output output({.fd = fileno(file.get()), .json = true});
  fill(output);
  EXPECT_TRUE(output.finish(error).has_value());
  std::rewind(file.get());
  std::array<char, 4096> text;
  return {text.data(), std::fread(text.data(), 1, text.size(), file.get())};
}

TEST(Document, GrowsByTheItemsOfItsList) {
  EXPECT_EQ(document_of([](Output& output) {
              output.about("fruit list");
              output.list("fruit");
              output.item({{"name", "kiwi"}});
              output.item({{"name", "fig"}});
              output.result({{"more", false}});
            }),
            R"({"version":1,"command":"fruit list","result":{"fruit":[{"name":"kiwi"},)"
            R"({"name":"fig"}],"more":false}})"
            "\n");
}

TEST(Document, OfAnEmptyListIsWholeEvenWithAnError) {
  const Error error(ErrorCode::kCorrupt, "rotten");
  EXPECT_EQ(document_of([](Output& output) { output.list("fruit"); }, &error),
            R"({"version":1,"command":null,"result":{"fruit":[]},"error":{"code":"corrupt",)"
            R"("message":"rotten","causes":[],"exit":1}})"
            "\n");
}

TEST(Document, WithoutAListIsTheSameInOnePiece) {
  EXPECT_EQ(document_of([](Output& output) {
              output.about("version");
              output.result({{"version", "1"}});
            }),
            R"({"version":1,"command":"version","result":{"version":"1"}})"
            "\n");
  EXPECT_EQ(document_of([](Output&) {}), "{\"version\":1,\"command\":null}\n");
}

}  // namespace
}  // namespace superfluid::cli
