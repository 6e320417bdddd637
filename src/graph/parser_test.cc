// SPDX-License-Identifier: Apache-2.0
// The shape of the tree, and how much of a text one may write. What texts mean, and the words of
// their errors, is tested in elaborate_test.cc.
#include "graph/parser.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace superfluid::graph {
namespace {

struct Parsed {
  explicit Parsed(std::string_view text) : statements(parse("f", text, diagnostics)) {}

  const Chain& chain(std::size_t i) const { return std::get<Chain>(statements.at(i).what); }
  std::string problems() const {
    std::string all;
    for (const Diagnostic& found : diagnostics.all()) {
      all += base::cat(diagnostics.where(found.at), ": ", found.message, "\n");
    }
    return all;
  }

  Diagnostics diagnostics;
  Statements statements;
};

std::string place(Landmark at) { return base::cat(at.line, ":", at.column); }

TEST(Parser, AChainIsStagesOfUses) {
  const Parsed parsed("a, b [1]\n  -> [2,4-6,] C(x, y) [0] => d :: D(z);");
  ASSERT_EQ(parsed.problems(), "");
  ASSERT_EQ(parsed.statements.size(), 1U);
  const Chain& chain = parsed.chain(0);
  ASSERT_EQ(chain.stages.size(), 3U);

  const Stage& first = chain.stages[0];
  ASSERT_EQ(first.uses.size(), 2U);
  EXPECT_TRUE(first.uses[0].bare());
  EXPECT_EQ(place(first.uses[0].at), "1:1");
  EXPECT_EQ(place(first.uses[1].at), "1:4");
  EXPECT_EQ(first.uses[1].outputs.ports, std::vector<std::uint32_t>{1});

  const Stage& second = chain.stages[1];
  EXPECT_FALSE(second.double_arrow);
  EXPECT_EQ(second.uses[0].inputs.ports, (std::vector<std::uint32_t>{2, 4, 5, 6}));
  EXPECT_TRUE(second.uses[0].inputs.open_ended);
  EXPECT_EQ(second.uses[0].config, "x, y");
  EXPECT_FALSE(second.uses[0].outputs.open_ended);

  const Stage& third = chain.stages[2];
  EXPECT_TRUE(third.double_arrow);
  EXPECT_EQ(third.uses[0].name, "d");
  ASSERT_TRUE(third.uses[0].declared.has_value());
  EXPECT_EQ(third.uses[0].declared->name, "D");
  EXPECT_EQ(third.uses[0].config, "z");
}

TEST(Parser, ADeclarationOfSeveralSharesItsClass) {
  const Parsed parsed("a, b, c :: C(x)");
  ASSERT_EQ(parsed.problems(), "");
  EXPECT_TRUE(parsed.chain(0).stages[0].one_class);
  EXPECT_EQ(parsed.chain(0).stages[0].uses.size(), 3U);
}

TEST(Parser, ACompoundHasBodiesAndFormals) {
  const Parsed parsed(
      "elementclass F { $a, KEY $b, __REST__ $c | input -> output || -> Null -> || ... }");
  ASSERT_EQ(parsed.problems(), "");
  const auto& definition = std::get<ClassDefinition>(parsed.statements.at(0).what);
  EXPECT_EQ(definition.name, "F");
  const CompoundClass& compound = *definition.meaning.compound;
  EXPECT_TRUE(compound.extends);
  ASSERT_EQ(compound.bodies.size(), 2U);
  ASSERT_EQ(compound.bodies[0].formals.size(), 3U);
  EXPECT_EQ(compound.bodies[0].formals[0].keyword, "");
  EXPECT_EQ(compound.bodies[0].formals[1].keyword, "KEY");
  EXPECT_EQ(compound.bodies[0].formals[1].variable, "b");
  EXPECT_EQ(compound.bodies[0].formals[2].keyword, "__REST__");
  // An arrow at an edge stands for the compound's own port.
  const Chain& implied = std::get<Chain>(compound.bodies[1].statements.at(0).what);
  ASSERT_EQ(implied.stages.size(), 3U);
  EXPECT_EQ(implied.stages[0].uses[0].kind, ElementUse::Kind::kImplicit);
  EXPECT_EQ(implied.stages[2].uses[0].kind, ElementUse::Kind::kImplicit);
}

TEST(Parser, StatementsOfTheOtherKinds) {
  const Parsed parsed("require(package x); provide(y); define($a 1, $b 2); elementclass A B;");
  ASSERT_EQ(parsed.problems(), "");
  ASSERT_EQ(parsed.statements.size(), 4U);
  EXPECT_EQ(std::get<Requirement>(parsed.statements[0].what).arguments, "package x");
  EXPECT_FALSE(std::get<Requirement>(parsed.statements[0].what).provides);
  EXPECT_TRUE(std::get<Requirement>(parsed.statements[1].what).provides);
  EXPECT_EQ(std::get<Definition>(parsed.statements[2].what).arguments, "$a 1, $b 2");
  EXPECT_EQ(std::get<ClassDefinition>(parsed.statements[3].what).meaning.name, "B");
}

TEST(ParserLimits, NestingEndsWithOneError) {
  for (const std::string_view opening : {"Idle -> (", "x :: {", "elementclass A {"}) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
      text += opening;
    }
    const Parsed parsed(text);
    EXPECT_NE(parsed.problems().find("nesting depth exceeded"), std::string::npos) << opening;
    EXPECT_LE(parsed.diagnostics.errors(), 3U + kNestingMax) << opening;
  }
}

TEST(ParserLimits, PortsListedAreBoundedThoughShortToWrite) {
  std::string text = "a";
  for (int i = 0; i < 1000; ++i) {
    text += "[0-65535] -> [0-65535] a";
  }
  EXPECT_EQ(Parsed(text).problems(), "f:1:186: more than 1000000 ports listed\n");
}

// Whatever the text, the parser comes to its end; pieces of the language come nearer to it than
// random bytes.
RC_GTEST_PROP(ParserProperty, AnyTextIsParsed, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "a", "B", "::", "->", "=>", "(", ")", "{", "}", "[", "]", "0", "-", ",", ";", "|", "||",
      "...", "elementclass ", "define", "require", "$x", "\"", "'", "/*", "//", "\n", "#", " "));
  std::string text;
  for (const std::string& piece : pieces) {
    text += piece;
  }
  const Parsed parsed(text);
  for (const Diagnostic& found : parsed.diagnostics.all()) {
    RC_ASSERT(!found.message.empty());
    RC_ASSERT(found.at.line != 0U || text.find('#') != std::string::npos);
  }
}

}  // namespace
}  // namespace superfluid::graph
