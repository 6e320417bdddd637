// SPDX-License-Identifier: Apache-2.0
#include "graph/elaborate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace superfluid::graph {
namespace {

class FixedCatalog final : public ClassCatalog {
 public:
  bool contains(std::string_view name) const override {
    return std::ranges::find(kNames, name) != std::end(kNames);
  }
  std::vector<std::string_view> names() const override {
    return {std::begin(kNames), std::end(kNames)};
  }

 private:
  static constexpr std::string_view kNames[] = {"Idle",  "Null",       "Print",   "Queue",
                                                "Paint", "Classifier", "Discard", "Source"};
};

class MapLoader final : public LibraryLoader {
 public:
  explicit MapLoader(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  base::Result<Source> load(std::string_view name, std::string_view) override {
    const auto place = files_.find(std::string(name));
    if (place == files_.end()) {
      return base::fail(base::ErrorCode::kNotFound, base::cat("library '", name, "' not found"));
    }
    return Source{place->first, place->second};
  }

 private:
  std::map<std::string, std::string> files_;
};

struct Outcome {
  FlatGraph graph;
  std::string text;      // of the graph
  std::string problems;  // a line each, with landmarks
};

Outcome flatten(std::string_view text, LibraryLoader* libraries = nullptr,
                std::vector<std::pair<std::string, std::string>> parameters = {}) {
  const FixedCatalog catalog;
  Diagnostics diagnostics;
  Outcome outcome;
  outcome.graph = elaborate("t", text, {catalog, libraries, std::move(parameters)}, diagnostics);
  outcome.text = unparse(outcome.graph);
  for (const Diagnostic& found : diagnostics.all()) {
    outcome.problems += base::cat(diagnostics.where(found.at), ": ", found.message,
                                  found.remedy.empty() ? "" : "; ", found.remedy, "\n");
  }
  return outcome;
}

void expect_flat(std::string_view text, std::string_view flat) {
  const Outcome outcome = flatten(text);
  EXPECT_EQ(outcome.problems, "") << text;
  EXPECT_EQ(outcome.text, flat) << text;
  // The flat text is itself a configuration, of the same graph.
  EXPECT_EQ(flatten(outcome.text).text, outcome.text) << text;
}

void expect_problems(std::string_view text, std::string_view problems) {
  EXPECT_EQ(flatten(text).problems, problems) << text;
}

TEST(Elaborate, AnEmptyFileIsAnEmptyGraph) {
  expect_flat("", "");
  expect_flat("  // nothing\n/* at all */ ;;", "");
}

TEST(Elaborate, DeclaresAndConnects) {
  expect_flat("s :: Source; s -> Queue(200) -> d :: Discard",
              "s :: Source;\nQueue@2 :: Queue(200);\nd :: Discard;\n\n"
              "s -> Queue@2\n    -> d;\n");
}

TEST(Elaborate, OneClassForSeveralNames) {
  expect_flat("a, b, c :: Paint(7);", "a :: Paint(7);\nb :: Paint(7);\nc :: Paint(7);\n");
  expect_problems("a, b :: Idle -> Idle;", "t:1:1: undeclared element 'a'\n");
}

TEST(Elaborate, PortsBeforeAndBehindNames) {
  expect_flat("c :: Classifier(a, b); Source -> c; c[1] -> [2] q :: Queue; c[0] -> q",
              "c :: Classifier(a, b);\nSource@2 :: Source;\nq :: Queue;\n\n"
              "c [1] -> [2] q;\nSource@2 -> c\n    -> q;\n");
}

TEST(Elaborate, ManyToOneAndOneToMany) {
  expect_flat("a, b, c :: Idle; a, b -> c -> a, [1] b",
              "a :: Idle;\nb :: Idle;\nc :: Idle;\n\nb -> c\n    -> a\n    -> c;\nc -> [1] b;\n");
}

TEST(Elaborate, DoubleArrowPairsPorts) {
  expect_flat("a, x, y :: Idle; a => x, y",
              "a :: Idle;\nx :: Idle;\ny :: Idle;\n\na -> x;\na [1] -> y;\n");
  expect_flat("a, x, y :: Idle; a [1-2] => x, y",
              "a :: Idle;\nx :: Idle;\ny :: Idle;\n\na [1] -> x;\na [2] -> y;\n");
}

TEST(Elaborate, CompoundsAreCopiedUnderTheirName) {
  expect_flat(
      "elementclass Fw { input -> check :: Null -> output } s :: Source -> fw :: Fw -> Discard",
      "s :: Source;\nDiscard@3 :: Discard;\nfw/check :: Null;\n\n"
      "s -> fw/check\n    -> Discard@3;\n");
}

TEST(Elaborate, CompoundsNest) {
  expect_flat(
      "elementclass In { $p | input -> Paint($p) -> output }\n"
      "elementclass Out { $p | input -> In($p) -> i :: In(9) -> output }\n"
      "s :: Source -> o :: Out(4) -> d :: Discard",
      "s :: Source;\nd :: Discard;\no/In@1/Paint@1 :: Paint(4);\no/i/Paint@1 :: Paint(9);\n\n"
      "s -> o/In@1/Paint@1\n    -> o/i/Paint@1\n    -> d;\n");
}

TEST(Elaborate, ACompoundMayPassThrough) {
  expect_flat("a, b :: Idle; a -> { -> } -> b; a [1] -> { [0] -> [0] } -> [1] b",
              "a :: Idle;\nb :: Idle;\n\na -> b;\na [1] -> [1] b;\n");
}

TEST(Elaborate, GroupsAreDetours) {
  expect_flat(
      "a, b, c, d :: Idle; a [0,1,2] => ( -> c ), ( -> b ), d",
      "a :: Idle;\nb :: Idle;\nc :: Idle;\nd :: Idle;\n\na -> c;\na [1] -> b;\na [2] -> d;\n");
  expect_flat("x, y :: Idle; x -> ( [0]->[0]; [1]->[1] ) => ( [0]->[0]; [1]->[1] ) -> y",
              "x :: Idle;\ny :: Idle;\n\nx -> y;\n");
}

TEST(Elaborate, VariablesOfTheirScope) {
  expect_flat("elementclass A { $a, $b | elementclass B { $b | Paint($a, $b) } B(inner) } A(1, 2)",
              "A@1/B@1/Paint@1 :: Paint(1, inner);\n");
  expect_flat(
      "define($x 5, $y \"a b\"); Paint($x); Print($y); Print(\"<$y>\")",
      "Paint@1 :: Paint(5);\nPrint@2 :: Print(\"a b\");\nPrint@3 :: Print(\"<\\\"a b\\\">\");\n");
}

TEST(Elaborate, ParametersOfTheCommandLineWin) {
  const Outcome outcome = flatten("define($x 5); Paint($x)", nullptr, {{"x", "6"}});
  EXPECT_EQ(outcome.problems, "");
  EXPECT_EQ(outcome.text, "Paint@1 :: Paint(6);\n");
}

TEST(Elaborate, KeywordsAndRestOfArguments) {
  expect_flat(
      "elementclass A { $p, KEY $k, __REST__ $r | Print($p), Print($k), Print($r) } A(1, KEY 2, 3, "
      "4)",
      "A@1/Print@1 :: Print(1);\nA@1/Print@2 :: Print(2);\nA@1/Print@3 :: Print(3, 4);\n");
}

TEST(Elaborate, OverloadsAreTriedInOrder) {
  const std::string_view classes =
      "elementclass F { $a | input -> Paint(1) -> output || input, [1] -> Paint(2) -> output }\n";
  expect_flat(base::cat(classes, "Source -> F(x) -> Discard"),
              "Source@1 :: Source;\nDiscard@3 :: Discard;\nF@2/Paint@1 :: Paint(1);\n\n"
              "Source@1 -> F@2/Paint@1\n    -> Discard@3;\n");
}

TEST(Elaborate, AnExtensionFallsBackToWhatTheNameMeant) {
  expect_flat(
      "elementclass Paint { $a, $b | input -> Null -> output || ... }\n"
      "Source -> Paint(1) -> Paint(1, 2) -> Discard",
      "Source@1 :: Source;\nPaint@2 :: Paint(1);\nDiscard@4 :: Discard;\n"
      "Paint@3/Null@1 :: Null;\n\n"
      "Source@1 -> Paint@2\n    -> Paint@3/Null@1\n    -> Discard@4;\n");
}

TEST(Elaborate, AnonymousNamesGiveWayToWrittenOnes) {
  expect_flat("Idle; Idle@1 :: Null;", "Idle@2 :: Idle;\nIdle@1 :: Null;\n");
}

TEST(Elaborate, LibrariesAreReadOnce) {
  const std::map<std::string, std::string> files{
      {"lib", "elementclass L { input -> Null -> output }"}};
  MapLoader loader(files);
  const Outcome outcome =
      flatten("require(library lib); require(library \"lib\"); Source -> L -> Discard", &loader);
  EXPECT_EQ(outcome.problems, "");
  EXPECT_EQ(outcome.graph.elements.size(), 3U);
  EXPECT_EQ(flatten("require(library none)", &loader).problems,
            "t:1:1: library 'none' not found\n");
}

TEST(Elaborate, PackagesThatNothingProvidesAreReturned) {
  const Outcome outcome = flatten("require(a, package b); provide(b);");
  EXPECT_EQ(outcome.problems, "");
  EXPECT_EQ(outcome.graph.packages, std::vector<std::string>{"a"});
}

TEST(ElaborateErrors, AllOfAFileAtOnce) {
  expect_problems("from :: Idle;\nfrom -> form;\nc :: Quue;\nc [x] -> c;\n",
                  "t:4:4: syntax error: port number should be integer\n"
                  "t:2:9: undeclared element 'form'; did you mean 'from'?\n"
                  "t:3:1: unknown element class 'Quue'; did you mean 'Queue'?\n");
}

TEST(Elaborate, AnyClassGoesForReadersOnly) {
  const FixedCatalog catalog;
  const auto problems_of = [&](std::string_view text) {
    Diagnostics diagnostics;
    const FlatGraph graph = elaborate("t", text, {catalog, nullptr, {}, true}, diagnostics);
    std::string told = diagnostics.errors() == 0 ? unparse(graph) : std::string();
    for (const Diagnostic& found : diagnostics.all()) {
      told += base::cat(diagnostics.where(found.at), ": ", found.message, "\n");
    }
    return told;
  };
  EXPECT_EQ(problems_of("src :: Unheard(1); src -> Of"),
            "src :: Unheard(1);\nOf@2 :: Of;\n\nsrc -> Of@2;\n");
  EXPECT_EQ(problems_of("A :: A -> Idle"), "t:1:1: class 'A' used as element name\n");
  // What is a class in a compound is one everywhere.
  EXPECT_EQ(problems_of("elementclass C { A -> B }\nA :: Idle"),
            "t:2:1: class 'A' used as element name\n");
  EXPECT_EQ(problems_of("elementclass C { A :: AA -> B }\nA :: Idle"), "A :: Idle;\n");
}

TEST(ElaborateErrors, OfDeclarations) {
  expect_problems(
      "a :: Idle;\na :: Null;",
      "t:2:1: redeclaration of element 'a'\nt:1:1: element 'a' previously declared here\n");
  expect_problems("Idle :: Null;", "t:1:1: class 'Idle' used as element name\n");
  expect_problems("a ::",
                  "t:1:5: missing element type in declaration\n"
                  "t:1:1: unknown element class 'a'\n");
  expect_problems("1/2 :: Idle", "t:1:1: element name '1/2' has all-digit component\n");
}

TEST(ElaborateErrors, OfPorts) {
  expect_problems("a, b :: Idle; a [0,1] => [0,1,2] b",
                  "t:1:35: connection mismatch: 2 outputs connected to 3 inputs\n");
  expect_problems("c, d :: Idle; c [] => [] d",
                  "t:1:27: at most one expandable port allowed per connection\n");
  expect_problems("a, b :: Idle; a [0,1,2] -> [0,1,2] b",
                  "t:1:37: syntax error: many-to-many connections require '=>'\n");
  expect_problems("a :: Idle; [1] a -> a", "t:1:18: input ports ignored at start of chain\n");
  expect_problems("a :: Idle; a -> a [1]", "t:1:22: output ports ignored at end of chain\n");
  expect_problems("a :: Idle; a [70000] -> a", "t:1:15: port number 70000 too large, max 65535\n");
}

TEST(ElaborateErrors, OfCompounds) {
  expect_problems("elementclass F { input -> Null -> output; input [2] -> Discard }",
                  "t:1:18: 'F' input 1 missing\n");
  expect_problems("elementclass F { Idle -> input }",
                  "t:1:18: 'F' pseudoelement 'input' may only be used as output\n");
  expect_problems("elementclass F { $a | input -> Discard } Source -> F",
                  "t:1:52: no match for 'F[1 input, 0 outputs]'\n"
                  "t:1:52: candidates are:\nt:1:18:   F(<arg>)[1 input, 0 outputs]\n");
  expect_problems("elementclass F { $a, $a | Idle }", "t:1:22: parameter '$a' multiply defined\n");
  expect_problems("elementclass F { input -> Null -> output } s :: Source -> f :: F; Idle -> [1] f",
                  "t:1:59: 'f' has no input 1\nt:1:59: 'f' output 0 unused\n");
}

TEST(ElaborateErrors, OfUnfinishedText) {
  expect_problems("a :: {", "t:1:7: expected '}'\n");
  expect_problems("Idle -> (", "t:1:10: expected ')'\n");
  expect_problems("Paint(1", "t:1:8: expected ')'\n");
  expect_problems("->Null;", "t:1:1: syntax error near '->'\n");
  expect_problems("Idle ->", "t:1:8: syntax error near ''\n");
  expect_problems("elementclass",
                  "t:1:13: expected element type name\nt:1:13: syntax error near ''\n");
  expect_problems("}", "t:1:1: syntax error near '}'\n");
}

TEST(ElaborateErrors, LineDirectivesMoveTheLandmark) {
  expect_problems("# 100 \"other\"\nx -> y",
                  "other:100:1: undeclared element 'x'\n"
                  "other:100:6: undeclared element 'y'\n");
  expect_problems("#nonsense\n", "t:1:1: unknown preprocessor directive\n");
}

TEST(ElaborateLimits, NestingIsBounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += "Idle -> (";
  }
  EXPECT_NE(flatten(deep).problems.find("maximum element group nesting depth exceeded"),
            std::string::npos);
  deep.clear();
  for (int i = 0; i < 100'000; ++i) {
    deep += "x :: {";
  }
  EXPECT_NE(flatten(deep).problems.find("maximum compound element nesting depth exceeded"),
            std::string::npos);
}

TEST(ElaborateLimits, MultiplyingCompoundsEndInAnError) {
  std::string text = "elementclass C0 { Idle; Idle }\n";
  for (int i = 1; i < 40; ++i) {
    text += base::cat("elementclass C", i, " { C", i - 1, "; C", i - 1, " }\n");
  }
  text += "C39";
  EXPECT_NE(flatten(text).problems.find("more than 100000 elements"), std::string::npos);
}

TEST(ElaborateLimits, MultiplyingVariablesEndInAnError) {
  std::string text = "define($v0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  for (int i = 1; i < 10; ++i) {
    text += base::cat(", $v", i);
    for (int j = 0; j < 40; ++j) {
      text += base::cat(" $v", i - 1);
    }
  }
  text += "); Print($v9)";
  EXPECT_NE(flatten(text).problems.find("expands beyond"), std::string::npos);
}

TEST(ElaborateLimits, LongConfigurationsAreHandedDown) {
  const std::string list = base::cat("x", std::string(20 << 20, ','), "y");
  const Outcome outcome = flatten(base::cat(
      "elementclass Inner { $list | Print($list) } elementclass Outer { $list | Inner($list) }",
      "Outer('", list, "'); Print('", list, "')"));
  EXPECT_EQ(outcome.problems, "");
  ASSERT_EQ(outcome.graph.elements.size(), 2U);
  for (const FlatElement& element : outcome.graph.elements) {
    EXPECT_EQ(element.config.size(), list.size() + 2);
  }
}

TEST(ElaborateLimits, MultiplyingTunnelsEndInAnError) {
  // Each group doubles the connections; thirty of them would make a thousand million.
  std::string text = "s :: Source; d :: Discard; s ";
  for (int i = 0; i < 30; ++i) {
    text += "-> ( [0]->[0]; [0]->[1] ) => ( [0]->[0]; [1]->[0] ) ";
  }
  const Outcome outcome = flatten(text + "-> d");
  EXPECT_EQ(outcome.problems, "");
  EXPECT_EQ(outcome.graph.connections.size(), 1U);  // all the same one
}

TEST(ElaborateLimits, ElementsOfOneBodyAreBounded) {
  // A group is three elements; the limit falls between them.
  std::string text = "Idle";
  for (int i = 0; i < 40'000; ++i) {
    text += "->(->)";
  }
  EXPECT_EQ(flatten(text + "-> Idle").problems, "t:1:200005: more than 100000 elements\n");
}

// Each of these took time with the square of its length; none may make the test time out.
TEST(ElaborateLimits, LongTextsAreNoLongerThanTheyLook) {
  std::string groups = "s :: Source; d :: Discard; s";
  std::string names;
  std::string files;
  std::string strangers;
  for (int i = 0; i < 20'000; ++i) {
    groups += "->(->)";
    names += base::cat("Idle@", i + 2, "::Idle;");
    files += base::cat("# 1 \"", i, "\"\nIdle;\n");
    strangers += base::cat("x", i, "::Idle;y", i, "->x", i, ";");
  }
  EXPECT_EQ(flatten(groups + "->d").problems, "");

  std::string anonymous = "elementclass A {";
  for (int i = 0; i < 20'000; ++i) {
    anonymous += "Idle;";
  }
  const Outcome renamed = flatten(base::cat(anonymous, names, "} A"));
  EXPECT_EQ(renamed.problems, "");
  EXPECT_EQ(renamed.graph.elements.size(), 40'000U);

  EXPECT_EQ(flatten(files).problems, "");
  EXPECT_NE(flatten(strangers).problems.find("undeclared element 'y0'"), std::string::npos);
}

}  // namespace
}  // namespace superfluid::graph
