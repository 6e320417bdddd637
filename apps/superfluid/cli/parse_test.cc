// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/parse.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "superfluid/cli/output.h"

namespace superfluid::cli {
namespace {

base::Status do_nothing(const Invocation&, Output&) { return {}; }

constexpr Command kRows[] = {
    {.path = "", .summary = "s", .options = {{.name = "version", .help = "h"}}},
    {.path = "version", .summary = "s", .handler = do_nothing},
    {.path = "fruit", .summary = "s"},
    {.path = "fruit peel",
     .summary = "s",
     .options =
         {{.name = "count", .takes = Takes::kNumber, .value = "N", .help = "h", .min = 1, .max = 9},
          {.name = "tool",
           .takes = Takes::kChoice,
           .value = "TOOL",
           .help = "h",
           .choices = {"knife", "spoon"}},
          {.name = "slowly", .help = "h"},
          {.name = "note", .takes = Takes::kText, .value = "TEXT", .help = "h"}},
     .positionals = {{.name = "FRUIT", .help = "which one"},
                     {.name = "FRIEND", .help = "for whom", .at_least = 0, .at_most = 2}},
     .handler = do_nothing},
};

Parsed parsed(std::vector<std::string_view> words) { return parse(kRows, words); }

std::string complaint(std::vector<std::string_view> words) {
  const Parsed result = parsed(std::move(words));
  if (!result.error) {
    return "none";
  }
  EXPECT_EQ(result.error->code(), base::ErrorCode::kInvalid);
  return result.error->to_string() + " | " + std::string(result.error->best_remedy());
}

TEST(Parse, UnderstandsOptionsAndArgumentsInAnyOrder) {
  const Parsed result = parsed(
      {"--json", "fruit", "peel", "--count=3", "kiwi", "--tool", "spoon", "--slowly", "ann"});
  ASSERT_FALSE(result.error) << result.error->to_string();
  const Invocation& invocation = result.invocation;
  EXPECT_EQ(invocation.command().path, "fruit peel");
  EXPECT_EQ(invocation.number("count"), 3u);
  EXPECT_EQ(invocation.text("tool"), "spoon");
  EXPECT_TRUE(invocation.has("slowly"));
  EXPECT_TRUE(invocation.has("json"));
  EXPECT_FALSE(invocation.has("note"));
  EXPECT_EQ(invocation.arguments(), (std::vector<std::string>{"kiwi", "ann"}));
}

TEST(Parse, TwoDashesEndTheOptionsAndOneDashIsAnArgument) {
  const Parsed result = parsed({"fruit", "peel", "-", "--", "--count", "--"});
  ASSERT_FALSE(result.error) << result.error->to_string();
  EXPECT_EQ(result.invocation.arguments(), (std::vector<std::string>{"-", "--count", "--"}));
}

TEST(Parse, TheLastOfRepeatedOptionsCounts) {
  EXPECT_EQ(parsed({"fruit", "peel", "x", "--count", "2", "--count=5"}).invocation.number("count"),
            5u);
}

TEST(Parse, ValuesMayBeEmptyOrBeginWithDashesAfterAnEqualsSign) {
  EXPECT_EQ(parsed({"fruit", "peel", "x", "--note="}).invocation.text("note"), "");
  EXPECT_EQ(parsed({"fruit", "peel", "x", "--note=--a=b"}).invocation.text("note"), "--a=b");
  EXPECT_EQ(parsed({"fruit", "peel", "x", "--note", "-a"}).invocation.text("note"), "-a");
}

TEST(Parse, HelpWinsOverWhatIsMissing) {
  for (const std::string_view help : {"--help", "-h"}) {
    const Parsed result = parsed({"fruit", help});
    EXPECT_FALSE(result.error);
    EXPECT_TRUE(result.invocation.has("help"));
    EXPECT_EQ(result.invocation.command().path, "fruit");
  }
  EXPECT_FALSE(parsed({"fruit", "peel", "--", "--help"}).invocation.has("help"));
}

TEST(Parse, HelpMayStandBeforeTheCommandItIsAbout) {
  const auto about = [](std::vector<std::string_view> words) {
    const Parsed result = parsed(std::move(words));
    return result.error ? "error" : result.invocation.command().path;
  };
  EXPECT_EQ(about({"--help", "fruit", "peel"}), "fruit peel");
  EXPECT_EQ(about({"-h", "fruit"}), "fruit");
  EXPECT_EQ(about({"fruit", "-h", "peel"}), "fruit peel");
  EXPECT_EQ(about({"--json", "--help", "--json", "version"}), "version");
  EXPECT_EQ(about({"--help", "fruit", "peel", "--nonsense", "a", "b", "c", "d"}), "fruit peel");
  EXPECT_EQ(about({"--help", "--", "fruit"}), "");
  EXPECT_EQ(complaint({"-h", "fruti"}),
            "there is no command 'fruti' in superfluid | superfluid fruit");
}

TEST(Parse, VersionIsAnOptionOfTheProgramAlone) {
  EXPECT_EQ(parsed({"--version"}).invocation.command().path, "version");
  EXPECT_EQ(complaint({"fruit", "--version"}),
            "there is no option '--version' in superfluid fruit | superfluid help fruit");
}

TEST(Parse, AMistypedWordGetsItsNeighbour) {
  EXPECT_EQ(complaint({"friut"}), "there is no command 'friut' in superfluid | superfluid fruit");
  EXPECT_EQ(complaint({"fruit", "pel"}),
            "there is no command 'pel' in superfluid fruit | superfluid fruit peel");
  EXPECT_EQ(complaint({"peel"}),
            "there is no command 'peel' in superfluid | superfluid fruit peel");
  EXPECT_EQ(complaint({"xyzzy"}),
            "there is no command 'xyzzy' in superfluid | superfluid --help lists the commands");
  EXPECT_EQ(
      complaint({"fruit", "peel", "--cuont", "3"}),
      "there is no option '--cuont' in superfluid fruit peel | superfluid fruit peel --count");
  EXPECT_EQ(complaint({"fruit", "peel", "-count", "3"}),
            "there is no option '-count' in superfluid fruit peel | superfluid fruit peel --count");
  EXPECT_EQ(complaint({"fruit", "peel", "x", "--tool", "knive"}),
            "'knive' is no value for --tool: one of these is wanted: knife, spoon | "
            "superfluid fruit peel --tool knife");
}

TEST(Parse, SaysWhatIsMissingOrTooMuch) {
  EXPECT_EQ(complaint({}),
            "superfluid needs a command: it has these: version, fruit | "
            "superfluid --help");
  EXPECT_EQ(complaint({"fruit", "peel"}),
            "superfluid fruit peel needs FRUIT: FRUIT: which one | superfluid fruit peel FRUIT");
  EXPECT_EQ(complaint({"fruit", "peel", "a", "b", "c", "d"}),
            "unexpected argument 'd': superfluid fruit peel takes at most 3 arguments | "
            "superfluid help fruit peel");
  EXPECT_EQ(complaint({"version", "x"}),
            "unexpected argument 'x': superfluid version takes no arguments | "
            "superfluid help version");
  EXPECT_EQ(complaint({"fruit", "peel", "--tool"}),
            "option '--tool' needs a value | superfluid fruit peel --tool knife");
  EXPECT_EQ(complaint({"fruit", "peel", "--count", "--json"}),
            "option '--count' needs a value | superfluid fruit peel --count N");
  EXPECT_EQ(complaint({"fruit", "peel", "--slowly=yes"}),
            "option '--slowly' takes no value | superfluid fruit peel --slowly");
}

TEST(Parse, NumbersAreReadWholeAndWithinTheirRange) {
  for (const std::string_view bad : {"0", "10", "", "1x", "-1", "99999999999999999999", "0x5"}) {
    EXPECT_NE(complaint({"fruit", "peel", "x", "--count", bad})
                  .find("a whole number from 1 to 9 is wanted"),
              std::string::npos)
        << bad;
  }
}

TEST(Parse, HostileWordsAreShownNotObeyed) {
  EXPECT_EQ(complaint({"\033[2J"}),
            "there is no command '\\x1b[2J' in superfluid | superfluid --help lists the commands");
  EXPECT_NE(complaint({"fruit peel"}), "none");  // one word with a space is no path
  EXPECT_NE(complaint({""}), "none");
}

RC_GTEST_PROP(Parse, AnyWordsAreUnderstoodOrRefusedWithAMessage, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(
      rc::gen::oneOf(rc::gen::element<std::string>("fruit", "peel", "version", "--", "-", "-h",
                                                   "--count", "--tool", "--count=3", "--tool=knife",
                                                   "--json", "3", "knife", ""),
                     rc::gen::string<std::string>()));
  const std::vector<std::string_view> views(words.begin(), words.end());
  const Parsed result = parse(kRows, views);
  if (result.error) {
    RC_ASSERT(!result.error->message().empty());
    RC_ASSERT(!result.error->best_remedy().empty());
  } else {
    RC_ASSERT(result.invocation.has("help") || result.invocation.command().handler != nullptr);
    RC_ASSERT(result.invocation.arguments().size() <= 3u);
  }
}

}  // namespace
}  // namespace superfluid::cli
