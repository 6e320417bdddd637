// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/control_socket.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "base/text.h"
#include "graph/handler.h"
#include "hostgraph/testing.h"
#include "support/temporary_directory.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using superfluid::testing::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::HostedGraph;
using ::testing::StartsWith;

constexpr DriverOptions kRealTime{};

// The client's end of a connection, and what it heard so far.
class Caller {
 public:
  explicit Caller(os::UniqueFd fd) : socket_(std::move(fd)) {}

  static Caller on_unix(const std::string& path) {
    auto made = os::UnixSocket::connect(path, os::SocketKind::kStream, os::Waiting::kNever);
    EXPECT_TRUE(made.has_value());
    return Caller(std::move(*made).take_fd());
  }
  static Caller on_port(std::uint16_t port) {
    os::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return Caller(std::move(*os::StreamSocket::duplicate_of(fd.get())));
  }
  explicit Caller(os::StreamSocket socket) : socket_(std::move(socket)) {}

  void say(std::string_view text) {
    EXPECT_EQ(socket_.send(base::bytes_of(text)).value_or(0), text.size());
  }
  // Reads what is there; true while the connection lasts.
  bool listen() {
    std::array<std::uint8_t, 64 << 10> room;
    while (true) {
      const auto got = socket_.receive(room);
      if (!got || (*got && **got == 0)) {
        return false;
      }
      if (!*got) {
        return true;
      }
      heard += base::text_of(base::ByteView(room).first(**got));
    }
  }
  const std::string& all() {
    while (listen()) {
    }
    return heard;
  }

  std::string heard;

 private:
  os::StreamSocket socket_;
};

// Rounds and turns of the loop until nothing is left to do, and how many rounds it took.
std::size_t settle(HostedGraph& graph) {
  const std::size_t before = graph.driver->rounds();
  for (int quiet = 0; quiet < 3; ++quiet) {
    EXPECT_TRUE(graph.driver->loop().turn(base::Duration()).has_value());
    while (graph.router->run_round()) {
      quiet = 0;
    }
  }
  return graph.driver->rounds() - before;
}

TEST(ControlSocketTest, ServesAUnixSocket) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  HostedGraph graph(
      cat("cs :: ControlSocket(unix, \"", path, "\"); Idle -> c :: Counter -> Discard"), kRealTime);
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.read("cs.filename"), path);
  Caller caller = Caller::on_unix(path);
  caller.say("READ c.count\r\nwrite stop\r\n");
  EXPECT_EQ(graph.run(), End::kStopped);
  graph.router.reset();
  EXPECT_EQ(caller.all(),
            "Click::ControlSocket/1.3\r\n200 Read handler 'c.count' OK\r\nDATA 1\r\n0"
            "200 Write handler 'stop' OK\r\n");
  EXPECT_FALSE(os::UnixSocket::connect(path, os::SocketKind::kStream).has_value());
}

TEST(ControlSocketTest, ServesTcpOnAPortThatIsFree) {
  const auto taken = os::TcpListener::listen(0, os::TcpListener::From::kAnywhere);
  ASSERT_TRUE(taken.has_value());
  HostedGraph graph(cat("cs :: ControlSocket(TCP, ", taken->port(), "+, LOCALHOST true)"),
                    kRealTime);
  ASSERT_EQ(graph.problems, "");
  const auto port = base::parse_u64(graph.read("cs.port"));
  ASSERT_TRUE(port.has_value());
  EXPECT_GT(*port, taken->port());
  Caller caller = Caller::on_port(static_cast<std::uint16_t>(*port));
  caller.say("quit\n");
  settle(graph);
  EXPECT_EQ(caller.all(), "Click::ControlSocket/1.3\r\n200 Goodbye!\r\n");

  HostedGraph second(cat("ControlSocket(TCP, ", taken->port(), ")"), kRealTime);
  EXPECT_THAT(second.problems, HasSubstr("address already in use"));
}

TEST(ControlSocketTest, ServesAConnectionThatWasHandedOver) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  const os::UniqueFd handed(ends[0]);
  Caller caller{os::UniqueFd(ends[1])};
  HostedGraph graph(cat("ControlSocket(SOCKET, ", ends[0], ", VERBOSE true)"), kRealTime);
  ASSERT_EQ(graph.problems, "");
  caller.say("READ list\nQUIT\n");
  settle(graph);
  EXPECT_THAT(caller.all(), EndsWith("DATA 18\r\n1\nControlSocket@1\n200 Goodbye!\r\n"));
  EXPECT_EQ(graph.err.text,
            "ControlSocket@1 :: ControlSocket: opened connection 1\n"
            "ControlSocket@1 :: ControlSocket: closed connection 1\n");
}

TEST(ControlSocketTest, SpeaksWithSeveralAtOnce) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  HostedGraph graph(cat("ControlSocket(UNIX, ", path, "); Idle -> s :: Switch(0) -> Discard"),
                    kRealTime);
  ASSERT_EQ(graph.problems, "");
  std::vector<Caller> callers;
  for (int i = 0; i < 5; ++i) {
    callers.push_back(Caller::on_unix(path));
    callers.back().say("READ s.swi");
  }
  settle(graph);
  for (Caller& caller : callers) {
    caller.say("tch\nquit\n");
  }
  settle(graph);
  for (Caller& caller : callers) {
    EXPECT_THAT(caller.all(), EndsWith("DATA 1\r\n0200 Goodbye!\r\n"));
  }
}

TEST(ControlSocketTest, LetsWaitWhoIsTooMany) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  HostedGraph graph(cat("ControlSocket(UNIX, ", path, ")"), kRealTime);
  ASSERT_EQ(graph.problems, "");
  std::vector<Caller> callers;
  for (std::size_t i = 0; i < ControlSocket::kClientsMax + 1; ++i) {
    callers.push_back(Caller::on_unix(path));
    settle(graph);
  }
  EXPECT_TRUE(callers.back().listen());
  EXPECT_EQ(callers.back().heard, "");
  EXPECT_TRUE(callers.front().listen());
  EXPECT_NE(callers.front().heard, "");
  callers.erase(callers.begin());
  settle(graph);
  EXPECT_TRUE(callers.back().listen());
  EXPECT_EQ(callers.back().heard, "Click::ControlSocket/1.3\r\n");
}

TEST(ControlSocketTest, AClientThatDoesNotReadHoldsNobodyUp) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  HostedGraph graph(cat("ControlSocket(UNIX, ", path, ")"), kRealTime);
  ASSERT_EQ(graph.problems, "");
  Caller deaf = Caller::on_unix(path);
  constexpr int kReads = 4000;
  std::string reads;
  for (int i = 0; i < kReads; ++i) {
    reads += "READ classes\n";
  }
  deaf.say(reads);
  settle(graph);
  Caller other = Caller::on_unix(path);
  other.say("READ driver\nquit\n");
  settle(graph);
  EXPECT_THAT(other.all(), EndsWith("DATA 9\r\nuserlevel200 Goodbye!\r\n"));

  const std::string answer = cat("DATA ", graph.read("classes").size(), "\r\n");
  for (int i = 0; i < kReads; ++i) {  // every turn makes room for some
    settle(graph);
    ASSERT_TRUE(deaf.listen());
  }
  std::size_t answers = 0;
  for (std::size_t at = deaf.heard.find(answer); at != std::string::npos;
       at = deaf.heard.find(answer, at + 1)) {
    ++answers;
  }
  EXPECT_EQ(answers, static_cast<std::size_t>(kReads));
}

TEST(ControlSocketTest, AClientThatLeavesIsForgottenButWhatItSaidIsDone) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  HostedGraph graph(cat("ControlSocket(UNIX, ", path,
                        ", VERBOSE true); Idle -> s :: Switch(0) -> Discard; s [1] -> Discard"),
                    kRealTime);
  ASSERT_EQ(graph.problems, "");
  {
    Caller caller = Caller::on_unix(path);
    caller.say("READ classes\nWRITE s.switch 1");
  }
  settle(graph);
  EXPECT_EQ(graph.read("s.switch"), "1");
  EXPECT_THAT(graph.err.text, EndsWith("closed connection 1\n"));
}

// With nothing to do, a graph has no rounds at all, whoever is connected.
TEST(ControlSocketTest, ASilentClientCostsNothing) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  HostedGraph graph(cat("ControlSocket(UNIX, ", path,
                        "); Script(wait 1h, stop); Idle -> c :: Counter -> Discard"));
  ASSERT_EQ(graph.problems, "");
  Caller silent = Caller::on_unix(path);
  Caller half = Caller::on_unix(path);
  half.say("READ c.cou");
  settle(graph);
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_LE(graph.driver->rounds(), 3u);
}

TEST(ControlSocketTest, TriesAgainAndGivesUp) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  auto other = os::UnixListener::listen(path, {});
  ASSERT_TRUE(other.has_value());
  HostedGraph graph(cat("cs :: ControlSocket(UNIX, ", path, ", RETRIES 2)"));
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_THAT(graph.err.text,
              AllOf(StartsWith("cs :: ControlSocket: warning: another program listens on "),
                    HasSubstr("(2 tries left)\n"), HasSubstr("(1 try left)\n")));
  EXPECT_EQ(HostedGraph(cat("ControlSocket(UNIX, ", path, ")")).problems.find("t:1: While init"),
            0u);

  HostedGraph patient(cat("cs :: ControlSocket(UNIX, ", path,
                          ", RETRIES 5, RETRY_WARNINGS false); Script(wait 1500ms, stop)"));
  ASSERT_EQ(patient.problems, "");
  other = base::fail(base::ErrorCode::kFailed, "gone");
  EXPECT_EQ(patient.run(), End::kStopped);
  EXPECT_EQ(patient.err.text, "");
  EXPECT_TRUE(os::UnixSocket::connect(path, os::SocketKind::kStream).has_value());
}

TEST(ControlSocketTest, RefusesWrongArguments) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "required TYPE argument missing"},
      {"SCTP, 1", "unknown socket type 'SCTP'"},
      {"TCP", "required PORT argument missing"},
      {"TCP, x", "PORT requires TCP port"},
      {"TCP, 0", "PORT requires TCP port"},
      {"TCP, 65536", "PORT requires TCP port"},
      {"TCP, +", "PORT requires TCP port"},
      {"UNIX", "required FILENAME argument missing"},
      {"SOCKET, x", "FD requires a descriptor"},
      {"SOCKET, 1000000", "descriptor 1000000 is no connected stream socket"},
      {"UNIX, /s, PROXY x", "PROXY: 'x' does not name an element"},
  };
  for (const auto& [arguments, complaint] : cases) {
    EXPECT_THAT(HostedGraph(cat("ControlSocket(", arguments, ")")).problems, HasSubstr(complaint))
        << arguments;
  }
  EXPECT_THAT(HostedGraph(cat("ControlSocket(UNIX, /", std::string(101, 'x'), ")")).problems,
              HasSubstr("filename too long"));
}

// What the live reconfiguration does: the new element takes the place of the old one.
void replace(HostedGraph& old_graph, std::string_view config) {
  graph::Diagnostics diagnostics;
  const graph::FlatGraph flat =
      graph::elaborate("u", config, {old_graph.registry, nullptr, {}}, diagnostics);
  auto next = graph::Router::build(flat, old_graph.registry,
                                   {.clock = old_graph.driver->clock(),
                                    .output = old_graph.out,
                                    .errors = old_graph.err,
                                    .host = old_graph.driver.get(),
                                    .replaces = old_graph.router.get()},
                                   diagnostics);
  ASSERT_NE(next, nullptr);
  next->take_over();
  old_graph.router = std::move(next);
}

TEST(ControlSocketTest, ConnectionsOutliveTheirElement) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  HostedGraph graph(cat("cs :: ControlSocket(UNIX, ", path, "); Idle -> s :: Switch(0) -> Discard"),
                    kRealTime);
  ASSERT_EQ(graph.problems, "");
  Caller caller = Caller::on_unix(path);
  caller.say("READ s.switch\nREAD s.");
  settle(graph);
  replace(graph, cat("cs :: ControlSocket(UNIX, ", path,
                     ");"
                     "Idle -> s :: Switch(1) -> Discard; s [1] -> Discard"));
  caller.say("switch\nquit\n");
  Caller newcomer = Caller::on_unix(path);
  newcomer.say("READ s.switch\nquit\n");
  settle(graph);
  EXPECT_EQ(caller.all(),
            "Click::ControlSocket/1.3\r\n200 Read handler 's.switch' OK\r\nDATA 1\r\n0"
            "200 Read handler 's.switch' OK\r\nDATA 1\r\n1200 Goodbye!\r\n");
  EXPECT_THAT(newcomer.all(), EndsWith("DATA 1\r\n1200 Goodbye!\r\n"));
  EXPECT_EQ(graph.err.text, "");
}

TEST(ControlSocketTest, WhatFollowsOnHotconfigIsForTheNewGraph) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/s";
  const std::string socket = cat("cs :: ControlSocket(UNIX, ", path, ");");
  HostedGraph graph(cat(socket, "Idle -> s :: Switch(0) -> Discard"), kRealTime);
  ASSERT_EQ(graph.problems, "");
  graph.allow_reconfiguration();
  Caller first = Caller::on_unix(path);
  Caller second = Caller::on_unix(path);
  first.say(cat("READ s.switch\nWRITE hotconfig ", socket,
                "Idle -> s :: Switch(1) -> Discard; s [1] -> Discard\nREAD s.switch\n"));
  second.say("READ s.switch\nREAD s.switch\nREAD s.switch\nWRITE stop\n");
  EXPECT_EQ(graph.run(), End::kStopped);
  graph.router.reset();
  EXPECT_EQ(first.all(),
            "Click::ControlSocket/1.3\r\n200 Read handler 's.switch' OK\r\nDATA 1\r\n0"
            "200 Write handler 'hotconfig' OK\r\n"
            "200 Read handler 's.switch' OK\r\nDATA 1\r\n1");
  EXPECT_THAT(second.all(), EndsWith("DATA 1\r\n1200 Write handler 'stop' OK\r\n"));
  EXPECT_EQ(graph.err.text, "");
}

TEST(ControlSocketTest, ThePortThatWasFoundFreeIsKept) {
  const auto taken = os::TcpListener::listen(0, os::TcpListener::From::kAnywhere);
  ASSERT_TRUE(taken.has_value());
  const std::string config = cat("cs :: ControlSocket(TCP, ", taken->port(), "+)");
  HostedGraph graph(config, kRealTime);
  ASSERT_EQ(graph.problems, "");
  const std::string port = graph.read("cs.port");
  Caller caller = Caller::on_port(static_cast<std::uint16_t>(*base::parse_u64(port)));
  settle(graph);
  replace(graph, config);
  EXPECT_EQ(graph.read("cs.port"), port);
  caller.say("READ cs.port\nquit\n");
  settle(graph);
  EXPECT_THAT(caller.all(), EndsWith(cat(port, "200 Goodbye!\r\n")));
}

TEST(ControlSocketTest, AConnectionThatWasHandedOverIsKept) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  const os::UniqueFd handed(ends[0]);
  Caller caller{os::UniqueFd(ends[1])};
  const std::string config = cat("cs :: ControlSocket(SOCKET, ", ends[0], ")");
  HostedGraph graph(config, kRealTime);
  ASSERT_EQ(graph.problems, "");
  caller.say("READ cs.na");
  settle(graph);
  replace(graph, config);
  caller.say("me\nquit\n");
  settle(graph);
  EXPECT_EQ(caller.all(),
            "Click::ControlSocket/1.3\r\n200 Read handler 'cs.name' OK\r\nDATA 2\r\ncs"
            "200 Goodbye!\r\n");
}

}  // namespace
}  // namespace superfluid::hostgraph
