// SPDX-License-Identifier: Apache-2.0
#include "elements/script.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/text.h"
#include "hostgraph/testing.h"
#include "os/files.h"
#include "support/temporary_directory.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using elements::kScriptBytesMax;
using testing::HostedGraph;

// What a graph that stops by itself prints, and after a line of dashes what it complains about.
std::string printed(std::string_view config) {
  HostedGraph graph(config);
  if (!graph.problems.empty()) {
    return graph.problems;
  }
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.router->pool().in_use(), 0u);
  return graph.err.text.empty() ? graph.out.text : cat(graph.out.text, "--\n", graph.err.text);
}

// One function's answer.
std::string value_of(std::string_view call) {
  return printed(cat("Script(print $(", call, "), stop)"));
}

TEST(ScriptTest, Calculates) {
  for (const auto& [call, answer] : std::initializer_list<std::pair<const char*, const char*>>{
           {"add 1 2 3", "6"},
           {"sub 10 2 2", "6"},
           {"min 10 6 20", "6"},
           {"max -1 6 3", "6"},
           {"mul 1 2 3", "6"},
           {"div 75 2.5 5", "6"},
           {"idiv 60 2 5", "6"},
           {"mod 20 7", "6"},
           {"rem 8.5 4", "0.5"},
           {"neg -6", "6"},
           {"abs -6", "6"},
           {"abs -6.5", "6.5"},
           {"add 1 0.5", "1.5"},
           {"add", "0"},
           {"mul", "1"},
           {"htonl $(ntohl 6)", "6"},
           {"htons 1", "256"},
           {"eq 1 1.0", "true"},
           {"eq a b", "false"},
           {"ne a b", "true"},
           {"lt 2 10", "true"},
           {"lt b a", "false"},
           {"ge 3 3", "true"},
           {"gt 3 3", "false"},
           {"le 4 3", "false"},
           {"not true", "false"},
           {"and true true", "true"},
           {"and true false", "false"},
           {"or false true", "true"},
           {"nor false false", "true"},
           {"nand true true", "false"},
           {"if true a b", "a"},
           {"if false a b", "b"},
           {"in b a b c", "true"},
           {"in d a b c", "false"},
           {"first a b", "a"},
           {"length abc", "3"},
           {"random 1", "0"},
           {"random 5 5", "5"},
           {"sprintf '%03d|%x|%-3s|%%' 7 255 a", "007|ff|a  |%"},
           {"sprintf '%*u' 4 7", "   7"},
           {"readable length", "true"},
           {"writable length", "false"},
           {"readable no.such", "false"},
           {"now", "1000000000.000000"}}) {
    EXPECT_EQ(value_of(call), cat(answer, "\n")) << call;
  }
}

TEST(ScriptTest, ArithmeticNeverTraps) {
  EXPECT_EQ(value_of("add 9223372036854775807 1"), "-9223372036854775808\n");
  EXPECT_EQ(value_of("mod -9223372036854775808 -1"), "0\n");
  EXPECT_EQ(value_of("neg -9223372036854775808"), "-9223372036854775808\n");
  EXPECT_EQ(value_of("idiv 1 0"), "9223372036854775807\n");
  EXPECT_TRUE(value_of("mod 1 0").contains("division by zero"));
  EXPECT_TRUE(value_of("add 1 x").contains("expected list of numbers"));
  EXPECT_TRUE(value_of("lt 1").contains("expected two numbers"));
  EXPECT_TRUE(value_of("sprintf '%100000000d' 1").contains("syntax error"));
  EXPECT_TRUE(value_of("sprintf '%d'").contains("is not an integer"));
  EXPECT_TRUE(value_of("sprintf a b").contains("syntax error"));
  EXPECT_TRUE(value_of("random 0").contains("bad N"));
}

TEST(ScriptTest, SubstitutesAsQuotesSay) {
  EXPECT_EQ(printed(R"(Script(set x "a b", print $x, print '$x', print "<$x>", stop))"),
            "\"a b\"\n$x\n<\"a b\">\n");
  EXPECT_EQ(printed(R"(Script(setq x "a b", print $x, print ${x}, print $y, stop))"),
            "a b\na b\n$y\n");
  EXPECT_EQ(printed("Script(set i add, print $($i 3 4), stop)"), "7\n");
  EXPECT_EQ(printed("s :: Script(print $($(s2.run).name), stop);"
                    "s2 :: Script(TYPE PASSIVE, return s)"),
            "s\n");
  EXPECT_EQ(printed("Script(print '$(add 1', stop)"), "$(add 1\n");
}

TEST(ScriptTest, ValuesThatGrowAreBounded) {
  // Doubles a variable a hundred times.
  const std::string text = printed(
      "s :: Script(set x 1234567890, set i 0, label again, set x $x$x, set i $(add $i 1),"
      "  goto again $(lt $i 100), print $(length $x), stop)");
  const auto length = base::parse_u64(base::trim(text));
  ASSERT_TRUE(length) << text;
  EXPECT_LE(*length, 2 * kScriptBytesMax);
}

TEST(ScriptTest, JumpsAndLoops) {
  EXPECT_EQ(printed("Script(set x 0, label begin_loop, print $x, set x $(add $x 1),"
                    "  goto begin_loop $(lt $x 3), stop)"),
            "0\n1\n2\n");
  EXPECT_EQ(printed("Script(goto stop true, print no)"), "");
  EXPECT_EQ(printed("s0 :: Script(label a, goto a); Script(wait 1, stop)"),
            "--\ns0 :: Script: too many jumps, giving up\n");
  EXPECT_EQ(printed("s :: Script(goto a maybe, label a, stop)"),
            "--\nWhile executing 's :: Script':\n  bad condition 'maybe'\n");
}

TEST(ScriptTest, WaitsInOrderOfTime) {
  EXPECT_EQ(printed("Script(wait 3s, print 'c', stop); Script(wait 1, print 'a');"
                    "Script(wait_time 2000ms, print 'b')"),
            "a\nb\nc\n");
}

TEST(ScriptTest, WaitsForSteps) {
  EXPECT_EQ(
      printed("a :: Script(pause 2, print 'two', wait 1h, print 'early', pause, print 'never');"
              "Script(write a.step, print 'one', write a.step, write a.step, wait 1s, stop)"),
      "one\ntwo\nearly\n");
  EXPECT_EQ(printed("a :: Script(pause, print '1', pause, print '2', pause, print '3');"
                    "Script(write a.step 2, stop)"),
            "1\n2\n");
}

TEST(ScriptTest, DriverManagerDecidesAboutStops) {
  EXPECT_EQ(printed("Script(wait 1s, print 'first', stop); Script(wait 2s, print 'second', stop);"
                    "DriverManager(print 'ready', pause, print 'stopped', pause)"),
            "ready\nfirst\nstopped\nsecond\n");
  EXPECT_EQ(printed("InfiniteSource(LIMIT 3, STOP true) -> d :: Discard;"
                    "DriverManager(wait_stop, print d.count, stop)"),
            "3\n");
  EXPECT_EQ(printed("DriverManager(wait 1s, print $(now), stop)"), "1000000001.000000\n");
  EXPECT_EQ(printed("DriverManager; Script(wait 5s, stop)"), "");
  EXPECT_EQ(printed("DriverManager(write stop, write stop, pause 2, print 'done', stop)"),
            "done\n");
}

TEST(ScriptTest, PassiveScriptsAnswer) {
  HostedGraph graph(
      "s :: Script(TYPE PASSIVE, return $(add $1 $2));"
      "n :: Script(TYPE PASSIVE, return $#);"
      "v :: Script(TYPE PASSIVE, export count 3, set count $(add $count 1));"
      "e :: Script(TYPE PASSIVE, error sorry)");
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.read("s.run", "40 2"), "42");
  EXPECT_EQ(graph.read("n.run", "a \"b c\" d"), "3");
  EXPECT_EQ(graph.read("v.count"), "3");
  EXPECT_EQ(graph.read("v.run"), "");
  EXPECT_EQ(graph.read("v.count"), "4");
  EXPECT_EQ(graph.read("e.run"), "error: the script ended with an error");
  EXPECT_EQ(graph.err.text, "While executing 'e :: Script':\n  sorry\n");
}

TEST(ScriptTest, AScriptThatCallsItselfIsRefused) {
  HostedGraph graph(
      "a :: Script(TYPE PASSIVE, return $(b.run)); b :: Script(TYPE PASSIVE, return $(a.run))");
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.read("a.run"), "");
  EXPECT_EQ(graph.err.text, "While executing 'b :: Script':\n  the script is running\n");
}

TEST(ScriptTest, Variables) {
  EXPECT_EQ(printed("Script(write set v foo bar baz, print $(shift v), print $(shift v),"
                    "  print $(get v), print $(get w), stop)"),
            "foo\nbar\nbaz\n\n--\nWhile executing 'Script@1 :: Script':\n"
            "  undefined variable 'w'\n");
}

TEST(ScriptTest, ChoosesAnOutputForEachPacket) {
  const auto counts = [](std::string_view script) {
    HostedGraph graph(cat("InfiniteSource(LIMIT 6, STOP true) -> s :: ", script,
                          "-> a :: Discard; s [1] -> b :: Discard;"));
    EXPECT_EQ(graph.run(), End::kStopped);
    EXPECT_EQ(graph.router->pool().in_use(), 0u);
    return cat(graph.read("a.count"), " ", graph.read("b.count"));
  };
  EXPECT_EQ(counts("Script(TYPE PACKET)"), "6 0");
  EXPECT_EQ(counts("Script(exit)"), "0 0");
  EXPECT_EQ(counts("Script(return 1)"), "0 6");
  EXPECT_EQ(counts("Script(return 2)"), "0 0");
  EXPECT_EQ(counts("Script(return none)"), "0 0");
  EXPECT_EQ(counts("Script(init i 0, set i $(mod $(add $i 1) 3), return $i)"), "2 2");
}

TEST(ScriptTest, ChoosesWhenPulledFrom) {
  HostedGraph graph(
      "InfiniteSource(LIMIT 6, STOP true) -> s :: Script(init i 1, set i $(sub 1 $i), return $i)"
      "-> Unqueue -> a :: Discard; s [1] -> b :: Discard;");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.read("b.count"), "3");
}

TEST(ScriptTest, WritesFiles) {
  superfluid::testing::TemporaryDirectory folder;
  const std::string path = cat(folder.path(), "/out");
  EXPECT_EQ(printed(cat("s :: Script(print >", path, " one, print >>", path, " \"two\", printn >>",
                        path, " \"th\", save s.name ", path, "2,", "append s.class ", path,
                        "2, print >/no/such/file x, stop)")),
            "--\nWhile executing 's :: Script':\n"
            "  no 'one' read handler\n  no 'x' read handler\n");
  EXPECT_EQ(*os::read_text(path, base::kib(1)), "two\nth");
  EXPECT_EQ(*os::read_text(cat(path, "2"), base::kib(1)), "s\nScript\n");
}

TEST(ScriptTest, ComplainsAsItRuns) {
  EXPECT_EQ(printed("d :: Discard; Idle -> d; s :: Script(write d.nothing 1, print $?,"
                    "  write nobody.x, read d.count, write d.active true, print $?,"
                    "  write d.active maybe, print d.nothing, stop)"),
            "-22\n0\n--\nd.count:\n0\nWhile executing 's :: Script':\n"
            "  no 'd.nothing' write handler\n  no element named 'nobody'\n"
            "  While calling 'd.active':\n    'maybe' is not a boolean\n"
            "  no 'd.nothing' read handler\n");
}

TEST(ScriptTest, RefusesWhatItCannotRead) {
  const auto problem = [](std::string_view config) { return printed(config); };
  const std::string in_script = "t:1: While configuring 's :: Script':\n  ";
  EXPECT_EQ(problem("s :: Script(jump x)"), cat(in_script, "syntax error at 'jump'\n"));
  EXPECT_EQ(problem("s :: Script(pause x)"), cat(in_script, "syntax error at 'pause'\n"));
  EXPECT_EQ(problem("s :: Script(set x)"), cat(in_script, "syntax error at 'set'\n"));
  EXPECT_EQ(problem("s :: Script(label)"), cat(in_script, "syntax error at 'label'\n"));
  EXPECT_EQ(problem("s :: Script(stop now)"), cat(in_script, "syntax error at 'stop'\n"));
  EXPECT_EQ(problem("s :: Script(goto there)"), cat(in_script, "no such label 'there'\n"));
  EXPECT_EQ(problem("s :: Script(TYPE MAD)"), cat(in_script, "bad TYPE\n"));
  EXPECT_EQ(problem("s :: Script(TYPE PACKET)"),
            cat(in_script, "PACKET script must have inputs\n"));
  EXPECT_EQ(problem("Idle -> s :: Script(TYPE PASSIVE) -> Discard"),
            "t:1: While configuring 's :: Script':\n  ports allowed only on PACKET scripts\n");
  EXPECT_EQ(problem("DriverManager; s :: Script(TYPE DRIVER)"),
            cat(in_script, "router has more than one driver script\n"));
  EXPECT_EQ(problem("s :: Script(wait soon)"),
            "t:1: While initializing 's :: Script':\n  syntax error at 'wait'\n");
}

TEST(ScriptTest, TheDriversComplaintsHaveNoScript) {
  EXPECT_EQ(printed("d :: Discard; Idle -> d; DriverManager(write d.active maybe, write no.x)"),
            "--\nWhile calling 'd.active':\n  'maybe' is not a boolean\nno element named 'no'\n");
}

TEST(ScriptTest, SendsSignals) {
  EXPECT_EQ(printed("s :: Script(print $(kill 99 1), print $(kill USR1 0), print $(kill USR1 -1),"
                    "  print $(kill USR1), stop)"),
            "\n\n\n\n--\nWhile executing 's :: Script':\n  bad SIGNO\n  bad PID\n  bad PID\n");
}

TEST(ScriptTest, RunsWhenASignalComes) {
  EXPECT_EQ(printed("Script(TYPE SIGNAL USR1 USR2, print 'got', end);"
                    "Script(TYPE SIGNAL USR1, print 'too');"
                    "Script(set x $(kill USR1 $$), wait 1, set x $(kill USR2 $$), wait 1, stop)"),
            "got\ntoo\ngot\n");
}

TEST(ScriptTest, TakesTheProcessesEndUponItself) {
  HostedGraph graph(
      "Script(TYPE SIGNAL INT, print 'again', exit);"
      "Script(set x $(kill INT $$), wait 1, set x $(kill INT $$), wait 1, print 'no')");
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.run(), End::kInterrupted);  // the second time: nobody waited any more
  EXPECT_EQ(graph.out.text, "again\n");
}

TEST(ScriptDeathTest, ASignalThatNobodyWaitsForIsTheProcessesOwn) {
  EXPECT_EXIT(printed("Script(TYPE SIGNAL USR1, exit);"
                      "Script(set x $(kill USR1 $$), wait 1, set x $(kill USR1 $$), wait 1, stop)"),
              ::testing::KilledBySignal(SIGUSR1), "");
}

TEST(ScriptTest, RefusesSignalsThatThereAreNot) {
  const std::string in_script = "t:1: While configuring 's :: Script':\n  ";
  for (const std::string_view type :
       {"SIGNAL", "SIGNAL 0", "SIGNAL USR1 USR9", "SIGNAL 32", "SIGNAL 9"}) {
    EXPECT_EQ(printed(cat("s :: Script(TYPE ", type, ")")), cat(in_script, "bad signal number\n"));
  }
  EXPECT_EQ(printed("s :: Script(TYPE PASSIVE AGAIN)"), cat(in_script, "bad TYPE\n"));
}

}  // namespace
}  // namespace superfluid::hostgraph
