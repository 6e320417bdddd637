// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/complete.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "superfluid/cli/output.h"

namespace superfluid::cli {
namespace {

base::Status do_nothing(const Invocation&, Output&) { return {}; }

constexpr Command kRows[] = {
    {.path = "", .summary = "s", .options = {{.name = "version", .help = "h"}}},
    {.path = "help",
     .summary = "s",
     .positionals = {{.name = "COMMAND",
                      .takes = Takes::kCommand,
                      .help = "h",
                      .at_least = 0,
                      .at_most = kAnyNumber}},
     .handler = do_nothing},
    {.path = "fruit", .summary = "about fruit"},
    {.path = "fruit peel",
     .summary = "s",
     .options = {{.name = "tool",
                  .takes = Takes::kChoice,
                  .value = "TOOL",
                  .help = "h",
                  .choices = {"knife", "spoon"}},
                 {.name = "list", .takes = Takes::kFile, .value = "FILE", .help = "h"}},
     .positionals =
         {{.name = "FRUIT", .takes = Takes::kChoice, .help = "h", .choices = {"kiwi", "apple"}},
          {.name = "FILE", .takes = Takes::kFile, .help = "h", .at_least = 0}},
     .handler = do_nothing},
    {.path = "secret", .summary = "s", .handler = do_nothing, .hidden = true},
};

std::vector<std::string> completed(std::vector<std::string_view> words) {
  const Completion completion = complete(kRows, words);
  std::vector<std::string> shown;
  for (const Candidate& candidate : completion.candidates) {
    shown.push_back(candidate.word);
  }
  if (completion.files) {
    shown.push_back(":files");
  }
  return shown;
}

using Words = std::vector<std::string>;

TEST(Complete, OffersTheCommandsThatPeopleMayType) {
  EXPECT_EQ(completed({}), (Words{"help", "fruit"}));
  EXPECT_EQ(completed({""}), (Words{"help", "fruit"}));
  EXPECT_EQ(completed({"fr"}), (Words{"fruit"}));
  EXPECT_EQ(completed({"fruit", ""}), (Words{"peel"}));
  EXPECT_EQ(completed({"--json", "fruit", "p"}), (Words{"peel"}));
  EXPECT_EQ(completed({"x"}), (Words{}));
}

TEST(Complete, OffersOptionsAndTheirValues) {
  EXPECT_EQ(completed({"fruit", "peel", "--"}), (Words{"--tool", "--list", "--json", "--help"}));
  EXPECT_EQ(completed({"fruit", "peel", "-"}), (Words{"--tool", "--list", "--json", "--help"}));
  EXPECT_EQ(completed({"--v"}), (Words{"--version"}));
  EXPECT_EQ(completed({"fruit", "peel", "--tool", "k"}), (Words{"knife"}));
  EXPECT_EQ(completed({"fruit", "peel", "--tool=s"}), (Words{"--tool=spoon"}));
  EXPECT_EQ(completed({"fruit", "peel", "--list", ""}), (Words{":files"}));
  EXPECT_EQ(completed({"fruit", "peel", "--nothing=s"}), (Words{}));
}

TEST(Complete, OffersArgumentsByTheirPlace) {
  EXPECT_EQ(completed({"fruit", "peel", ""}), (Words{"kiwi", "apple"}));
  EXPECT_EQ(completed({"fruit", "peel", "--tool", "knife", "a"}), (Words{"apple"}));
  EXPECT_EQ(completed({"fruit", "peel", "--tool=knife", "a"}), (Words{"apple"}));
  EXPECT_EQ(completed({"fruit", "peel", "kiwi", ""}), (Words{":files"}));
  EXPECT_EQ(completed({"fruit", "peel", "kiwi", "file", ""}), (Words{}));
  EXPECT_EQ(completed({"fruit", "peel", "--", "k"}), (Words{"kiwi"}));
  EXPECT_EQ(completed({"fruit", "peel", "--", "--"}), (Words{}));
}

TEST(Complete, OffersNothingBehindACommandThatThereIsNot) {
  EXPECT_EQ(completed({"friut", ""}), (Words{}));
  EXPECT_EQ(completed({"friut", "--"}), (Words{}));
  EXPECT_EQ(completed({"fruit", "pele", "--tool", ""}), (Words{}));
}

TEST(Complete, HelpIsFollowedByTheWordsOfACommand) {
  EXPECT_EQ(completed({"help", ""}), (Words{"help", "fruit"}));
  EXPECT_EQ(completed({"help", "fruit", ""}), (Words{"peel"}));
}

RC_GTEST_PROP(Complete, WhatIsOfferedBeginsWithWhatWasTyped, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
      rc::gen::element<std::string>("fruit", "peel", "--", "-", "--tool", "--tool=k", "he", ""),
      rc::gen::string<std::string>()));
  const std::vector<std::string_view> views(words.begin(), words.end());
  for (const Candidate& candidate : complete(kRows, views).candidates) {
    RC_ASSERT(candidate.word.starts_with(words.empty() ? "" : words.back()));
  }
}

}  // namespace
}  // namespace superfluid::cli
