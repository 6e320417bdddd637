// SPDX-License-Identifier: Apache-2.0
// The invariants of cli/command.h over every row there is.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "superfluid/cli/commands.h"

namespace superfluid::cli {
namespace {

void expect_phrase(std::string_view text, std::string_view where) {
  ASSERT_FALSE(text.empty()) << where;
  EXPECT_NE(text.back(), '.') << where << ": " << text;
  EXPECT_EQ(text.find('\n'), text.npos) << where;
}

TEST(Table, EveryPathIsUniqueAndHasItsGroup) {
  std::set<std::string_view> paths;
  for (const Command& row : commands()) {
    EXPECT_TRUE(paths.insert(row.path).second) << row.path;
    for (std::size_t space = row.path.find(' '); space != row.path.npos;
         space = row.path.find(' ', space + 1)) {
      const Command* group = find_command(commands(), row.path.substr(0, space));
      ASSERT_NE(group, nullptr) << row.path;
      EXPECT_EQ(group->handler, nullptr) << "a group of commands runs nothing: " << group->path;
    }
    if (row.handler == nullptr) {
      EXPECT_FALSE(children_of(commands(), row.path).empty()) << "an empty group: " << row.path;
    }
  }
  EXPECT_TRUE(paths.contains(""));
}

TEST(Table, EveryRowIsDocumented) {
  for (const Command& row : commands()) {
    expect_phrase(row.summary, row.path);
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(row.summary[0]))) << row.path;
    EXPECT_GE(row.examples.size(), 2u) << row.path;
    for (const Example& example : row.examples) {
      EXPECT_NE(example.command.find(full_name(row)), example.command.npos)
          << "an example that shows another command: " << example.command;
      ASSERT_FALSE(example.what.empty());
      EXPECT_EQ(example.what.back(), '.') << example.what;
    }
    for (const Option& option : row.options) {
      expect_phrase(option.help, option.name);
      EXPECT_EQ(option.takes == Takes::kNothing, option.value.empty()) << option.name;
      EXPECT_EQ(option.takes == Takes::kChoice, !option.choices.empty()) << option.name;
      EXPECT_TRUE(option.takes != Takes::kNumber || option.max > option.min) << option.name;
    }
    for (const Positional& positional : row.positionals) {
      expect_phrase(positional.help, positional.name);
      const bool is_last = &positional == row.positionals.end() - 1;
      EXPECT_TRUE(is_last || (positional.at_least == 1 && positional.at_most == 1)) << row.path;
    }
  }
}

TEST(Table, NoOptionHidesACommonOne) {
  for (const Command& row : commands()) {
    std::set<std::string_view> names;
    for (const Option& option : common_options()) {
      names.insert(option.name);
    }
    for (const Option& option : row.options) {
      EXPECT_TRUE(names.insert(option.name).second) << row.path << ": --" << option.name;
      EXPECT_NE(option.letter, 'h') << row.path << ": -h is --help everywhere";
    }
  }
}

}  // namespace
}  // namespace superfluid::cli
