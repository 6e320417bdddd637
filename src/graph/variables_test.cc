// SPDX-License-Identifier: Apache-2.0
#include "graph/variables.h"

#include <gtest/gtest.h>

namespace superfluid::graph {
namespace {

class VariablesTest : public ::testing::Test {
 protected:
  VariablesTest() {
    scope_.define("a", "1");
    scope_.define("list", "x 'y z' w");
    scope_.define("q", "say \"hi\"");
    scope_.define("ref", "<$a>");
    scope_.define("n", "1");
  }
  std::string expand(std::string_view text) const {
    const Variables::Expansion expansion = scope_.expand(text);
    EXPECT_FALSE(expansion.overflowed);
    return expansion.text;
  }

  Variables scope_;
};

TEST_F(VariablesTest, ReplacesNamesAndBraces) {
  EXPECT_EQ(expand("$a ${a} x$a"), "1 1 x1");
  EXPECT_EQ(expand("$ref"), "<1>");
  EXPECT_EQ(expand("$ab $unknown ${unknown}"), "$ab $unknown ${unknown}");
  EXPECT_EQ(expand("$ $$ ${open"), "$ $$ ${open");
}

TEST_F(VariablesTest, DefaultsAndIndices) {
  EXPECT_EQ(expand("${none-$a}"), "1");
  EXPECT_EQ(expand("${a-2}"), "1");
  EXPECT_EQ(expand("${list[0]}|${list[1]}|${list[2]}|${list[3]}"), "x|'y z'|w|");
  EXPECT_EQ(expand("${list[$n]}"), "'y z'");
}

TEST_F(VariablesTest, QuotesDecideHow) {
  EXPECT_EQ(expand("'$a' \"$a\""), "'$a' \"1\"");
  EXPECT_EQ(expand("\"$q\""), "\"say \\\"hi\\\"\"");
  EXPECT_EQ(expand("\"\\$a\""), "\"\\$a\"");
  EXPECT_EQ(expand("$a // $a\n$a"), "1 // $a\n1");
}

TEST_F(VariablesTest, InnerScopesHideOuterOnes) {
  Variables inner(&scope_);
  inner.define("a", "2");
  EXPECT_EQ(inner.expand("$a $n").text, "2 1");
  EXPECT_EQ(inner.depth(), 1);
  EXPECT_EQ(inner.enclosing(1), &scope_);
  EXPECT_EQ(inner.enclosing(0), nullptr);
}

TEST_F(VariablesTest, TheFirstDefinitionStaysUnlessOverridden) {
  EXPECT_FALSE(scope_.define("a", "9"));
  EXPECT_EQ(expand("$a"), "1");
  EXPECT_FALSE(scope_.define("a", "9", true));
  EXPECT_EQ(expand("$a"), "9");
}

TEST(Variables, SelfReferenceEnds) {
  Variables scope;
  scope.define("x", "a$x");
  EXPECT_EQ(scope.expand("$x").text, "aaaaaaaaaaa$x");
}

TEST(Variables, WorkIsBoundedEvenWhenNothingIsWritten) {
  Variables scope;
  scope.define("v0", "");
  for (int i = 1; i < 10; ++i) {
    std::string value;
    for (int j = 0; j < 100; ++j) {
      value += "$v" + std::to_string(i - 1) + " ";
    }
    scope.define("v" + std::to_string(i), value);
  }
  EXPECT_TRUE(scope.expand("$v9").overflowed);
}

}  // namespace
}  // namespace superfluid::graph
