// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/control_session.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "graph/handler.h"
#include "hostgraph/testing.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using testing::HostedGraph;

constexpr std::string_view kBanner = "Click::ControlSocket/1.3\r\n";

// Its handlers: echo (rw) what it was given, refuse (rw) with two causes, secret (r) private.
class Probe final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override {
    handlers.read("echo", [this](std::string_view text) -> base::Result<std::string> {
      return text.empty() ? last_ : std::string(text);
    });
    handlers.write("echo", [this](std::string_view text) -> base::Status {
      last_ = text;
      return {};
    });
    handlers.read("refuse", [](std::string_view) -> base::Result<std::string> { return no(); });
    handlers.write("refuse", [](std::string_view) -> base::Status { return no(); });
    handlers.value("secret", [] { return "x"; });
    handlers.make_private("secret");
    handlers.value("big", [] { return std::string(ControlSession::kOutputBytesMax, 'x'); });
  }

 private:
  static base::Failure no() {
    return base::fail(base::ErrorCode::kInvalid, "first\nsecond \x01\xff")
        .caused_by(base::Error(base::ErrorCode::kFailed, "third"));
  }

  std::string last_;
};
const graph::ElementClass Probe::kClass{"Probe", "0/0", "a/a", graph::make_element<Probe>};

class ControlSessionTest : public ::testing::Test {
 protected:
  // All that a client is answered after the banner to what it says in pieces of `piece` bytes.
  std::string answers(std::string_view said, std::size_t piece = SIZE_MAX, bool ends = true) {
    ControlSession session;
    std::string heard;
    const auto turn = [&] {
      do {
        heard += session.output();
        session.sent(session.output().size());
      } while (session.step(*graph_.router, rules_));
      heard += session.output();
      session.sent(session.output().size());
    };
    while (!said.empty()) {
      session.receive(base::bytes_of(said.substr(0, piece)));
      said.remove_prefix(std::min(piece, said.size()));
      turn();
    }
    if (ends) {
      session.end_input();
      turn();
      EXPECT_TRUE(session.over());
    }
    EXPECT_TRUE(heard.starts_with(kBanner));
    return heard.substr(std::min(heard.size(), kBanner.size()));
  }

  HostedGraph graph_{"p :: Probe; Idle -> s :: Switch(0) -> Idle; s [1] -> Idle",
                     {.simulated_time = true},
                     [](graph::Registry& registry) { registry.add(Probe::kClass); }};
  ControlSession::Rules rules_;
};

std::string value(std::string_view handler, std::string_view text) {
  return cat("200 Read handler '", handler, "' OK\r\nDATA ", text.size(), "\r\n", text);
}

TEST_F(ControlSessionTest, ReadsAndWrites) {
  EXPECT_EQ(answers("READ s.switch\r\nwrite s.switch 1\nGET s.switch\rSET s.switch 0\r\n"),
            cat(value("s.switch", "0"), "200 Write handler 's.switch' OK\r\n",
                value("s.switch", "1"), "200 Write handler 's.switch' OK\r\n"));
}

TEST_F(ControlSessionTest, PassesArgumentsAsTheyWereWritten) {
  EXPECT_EQ(answers("READ  p.echo   a  \"b\"\t/*c*/  \r\n"), value("p.echo", "a  \"b\"\t/*c*/"));
}

TEST_F(ControlSessionTest, TakesAnnouncedData) {
  const std::string data("\r\nREAD x\0\xff", 10);
  EXPECT_EQ(answers(cat("READDATA p.echo 10\r\n", data, "\r\nWRITEDATA p.echo 0xa\n", data,
                        "READ p.echo\n")),
            cat(value("p.echo", data), "200 Write handler 'p.echo' OK\r\n", value("p.echo", data)));
  EXPECT_EQ(answers("SETDATA p.echo 0\r\nREAD p.echo\r\n"),
            cat("200 Write handler 'p.echo' OK\r\n", value("p.echo", "")));
}

TEST_F(ControlSessionTest, TakesLinesUpToTheTerminator) {
  EXPECT_EQ(answers("READUNTIL p.echo END OF IT \r\none\r\n two\n END OF IT\nEND OF IT\t\r\n"),
            value("p.echo", "one\r\n two\n END OF IT\n"));
  EXPECT_EQ(answers("WRITEUNTIL p.echo\na\rb\r\n  \nREAD p.echo\n"),
            cat("200 Write handler 'p.echo' OK\r\n", value("p.echo", "a\rb\r\n")));
}

TEST_F(ControlSessionTest, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"READ", "500 Wrong number of arguments"},
      {"READDATA s.switch", "500 Wrong number of arguments"},
      {"WRITEUNTIL", "500 Wrong number of arguments"},
      {"CHECKREAD a b", "500 Wrong number of arguments"},
      {"LLRPC", "500 Wrong number of arguments"},
      {"READDATA s.switch -1", "500 Syntax error in 'READDATA'"},
      {"writedata s.switch x", "500 Syntax error in 'WRITEDATA'"},
      {"FETCH s.switch", "501 Command 'FETCH' unimplemented"},
      {"\xff\x01", "501 Command '\\377^A' unimplemented"},
      {"READ absent.switch", "510 No element named 'absent'"},
      {"READ 99.name", "510 No element named '99'"},
      {"READ s.absent", "511 No handler named 's.absent'"},
      {"WRITE absent", "511 No handler named 'absent'"},
      {"READ p.secret", "511 No handler named 'p.secret'"},
      {"CHECKREAD p.secret", "511 No handler named 'p.secret'"},
      {"READ stop", "530 Handler 'stop' write-only"},
      {"WRITE s.name x", "530 Handler 's.name' read-only"},
      {"CHECKREAD stop", "511 Handler 'stop' not readable"},
      {"CHECKWRITE s.name", "511 Handler 's.name' not writable"},
      {"CHECKREAD s.name", "200 Read handler 's.name' OK"},
      {"CHECKWRITE .stop", "200 Write handler '.stop' OK"},
      {"QUIT now", "500 Bad command syntax\r\n200 Goodbye!"},
  };
  for (const auto& [line, answer] : cases) {
    EXPECT_EQ(answers(cat(line, "\r\n")), cat(answer, "\r\n")) << line;
  }
}

TEST_F(ControlSessionTest, GivesEveryLineOfAnError) {
  constexpr std::string_view kReasons = "first\r\n520-second ^A\\377\r\n520 third\r\n";
  EXPECT_EQ(answers("WRITE p.refuse\n"),
            cat("520-Write handler 'p.refuse' error:\r\n520-", kReasons));
  EXPECT_EQ(
      answers("READ p.refuse\n"),
      "590-Read handler 'p.refuse' error:\r\n590-first\r\n590-second ^A\\377\r\n590 third\r\n");
}

TEST_F(ControlSessionTest, FindsElementsByNumberAndGlobalHandlers) {
  EXPECT_EQ(answers("READ 1.name\r\n"), value("1.name", "p"));
  EXPECT_EQ(
      answers("READ 0.requirements\nREAD .requirements\nREAD requirements\n"),
      cat(value("0.requirements", ""), value(".requirements", ""), value("requirements", "")));
}

TEST_F(ControlSessionTest, RefusesToWriteWhenReadOnly) {
  rules_.read_only = true;
  EXPECT_EQ(answers("WRITE s.switch 1\nCHECKWRITE s.switch\nREAD s.switch\nLLRPC s#80044006 1\nx"),
            cat("530 Permission denied for 's.switch'\r\n530 Permission denied for 's.switch'\r\n",
                value("s.switch", "0"), "530 Permission denied for 's#80044006'\r\n"));
}

TEST_F(ControlSessionTest, AsksTheProxy) {
  rules_.proxy = graph_.router->find("p");
  EXPECT_EQ(answers("READ s.switch\nREAD echo hello\n"),
            cat("511 No proxied handler named 's.switch'\r\n", value("echo", "hello")));
}

TEST_F(ControlSessionTest, RefusesLlrpcs) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"LLRPC s", "500 Syntax error in LLRPC name 's'"},
      {"LLRPC s#123456789", "500 Syntax error in LLRPC name 's#123456789'"},
      {"LLRPC s# x", "500 Syntax error in 'LLRPC'"},
      {"LLRPC absent#4004C005", "510 No element named 'absent'"},
      {"LLRPC s#00000001", "501 Cannot call LLRPC 's#00000001' remotely"},
      {"LLRPC s#80048006", "501 Cannot call LLRPC 's#80048006' remotely"},
      {"LLRPC s#80044006", "522 LLRPC 's#80044006' requires 4 bytes input data"},
      {"LLRPC s#4004C005", "522 LLRPC 's#4004C005' error: Invalid argument"},
  };
  for (const auto& [line, answer] : cases) {
    EXPECT_EQ(answers(cat(line, "\n")), cat(answer, "\r\n")) << line;
  }
  EXPECT_EQ(answers("LLRPC s#80044006 4\nabcdREAD s.switch\n"),
            cat("522 LLRPC 's#80044006' error: Invalid argument\r\n", value("s.switch", "0")));
}

TEST_F(ControlSessionTest, HelpsAndSaysGoodbye) {
  const std::string heard = answers("help\nquit\nREAD s.switch\n");
  EXPECT_TRUE(heard.starts_with("200-Commands:\r\n"));
  EXPECT_TRUE(heard.ends_with("conversation\r\n200 Goodbye!\r\n")) << heard;
}

TEST_F(ControlSessionTest, TheEndOfInputEndsTheLastLineAndNothingElse) {
  EXPECT_EQ(answers("READ s.switch"), value("s.switch", "0"));
  EXPECT_EQ(answers("READ s.switch", SIZE_MAX, false), "");
  EXPECT_EQ(answers("WRITEDATA p.echo 5\nabcd"), "500 Not enough data\r\n");
  EXPECT_EQ(answers("WRITEUNTIL p.echo E\nabcd\nE"), "500 Not enough data\r\n");
  EXPECT_EQ(answers(""), "");
}

TEST_F(ControlSessionTest, HoweverTheBytesArriveTheAnswersAreTheSame) {
  constexpr std::string_view kSaid =
      "READ s.switch\r\n\r\nwrite p.echo x y\r\rREADDATA p.echo 4\r\n\r\nabWRITEUNTIL p.echo .\r\n"
      "one\r\ntwo\rthree\n\r\n.\r\nREAD p.echo\nLLRPC s#1 2\nxxREADUNTIL p.echo\r\r\nREAD "
      "p.refuse\r"
      "WRITEDATA p.echo 0\r\nREAD p.echo\r\nquit\r\n";
  const std::string whole = answers(kSaid);
  EXPECT_TRUE(whole.ends_with("200 Goodbye!\r\n"));
  for (std::size_t piece = 1; piece < kSaid.size(); ++piece) {
    EXPECT_EQ(answers(kSaid, piece), whole) << piece;
  }
}

TEST_F(ControlSessionTest, EndsWithALineThatIsTooLong) {
  const std::string line(ControlSession::kLineBytesMax + 1, 'x');
  EXPECT_EQ(answers(line), "500 Line too long\r\n");
  EXPECT_EQ(answers(cat(line, "\nREAD s.switch\n")), "500 Line too long\r\n");
  const std::string longest =
      cat("READ p.echo ", std::string(ControlSession::kLineBytesMax - 13, 'y'));
  EXPECT_TRUE(answers(cat(longest, "\n"), 4096).starts_with("200 "));
}

TEST_F(ControlSessionTest, SkipsDataThatIsTooLarge) {
  const std::string data(ControlSession::kDataBytesMax + 1, 'x');
  EXPECT_EQ(answers(cat("WRITEDATA p.echo ", data.size(), "\n", data, "READ s.switch\n"), 32 << 10),
            cat("521 Data too large for handler 'p.echo'\r\n", value("s.switch", "0")));
  const std::string lines = [] {
    std::string made;
    while (made.size() <= ControlSession::kDataBytesMax) {
      made += std::string(100'000, 'x') + "\n";
    }
    return made;
  }();
  EXPECT_EQ(answers(cat("WRITEUNTIL p.echo .\n", lines, ".\nREAD s.switch\n"), 32 << 10),
            "521 Data too large for handler 'p.echo'\r\n");
}

TEST_F(ControlSessionTest, TakesNoCommandWhileTheClientDoesNotRead) {
  ControlSession session;
  session.receive(base::bytes_of("READ p.big\nREAD p.big\n"));
  EXPECT_TRUE(session.step(*graph_.router, rules_));
  const std::size_t waiting = session.output().size();
  EXPECT_GE(waiting, ControlSession::kOutputBytesMax);
  EXPECT_FALSE(session.step(*graph_.router, rules_));
  EXPECT_EQ(session.output().size(), waiting);
  EXPECT_TRUE(session.wants_input());
  session.receive(base::bytes_of(std::string(ControlSession::kInputBytesMax, '\n')));
  EXPECT_FALSE(session.wants_input());
  session.sent(waiting);
  EXPECT_TRUE(session.step(*graph_.router, rules_));
}

}  // namespace
}  // namespace superfluid::hostgraph
