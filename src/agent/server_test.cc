// SPDX-License-Identifier: Apache-2.0
#include "agent/server.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <optional>
#include <set>
#include <thread>

#include "agent/testing.h"
#include "api/client.h"
#include "api/codec.h"
#include "base/clock.h"
#include "base/text.h"
#include "support/error_of.h"
#include "support/temporary_directory.h"

namespace superfluid::agent {
namespace {

using base::ErrorCode;
using superfluid::testing::error_of;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest()
      : loop_(std::move(*os::EventLoop::create(clock_))),
        machines_(*loop_, clock_),
        node_(*loop_, clock_, wiring_, {}, {.source = &machines_, .why_not = ""},
              {.why_not = "none here"}),
        service_(*loop_, node_, {.version = "1.2.3", .stop = [this] { stopped_ = true; }}),
        server_(std::move(
            *Server::serve(*loop_, clock_, service_, std::move(*Server::listen(path()))))) {}
  ~ServerTest() override {
    server_.reset();
    node_.shut_down();
    turn();
  }

  std::string path() const { return folder_.path("node.sock"); }
  void turn(int times = 30) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(loop_->turn(base::Duration()));
    }
  }
  os::UnixSocket connect() {
    auto socket = os::UnixSocket::connect(path(), os::SocketKind::kStream, os::Waiting::kNever);
    EXPECT_TRUE(socket);
    return std::move(*socket);
  }
  std::string ask(os::UnixSocket& socket, std::string_view text) {
    EXPECT_TRUE(socket.send(base::bytes_of(text)));
    turn();
    return heard(socket);
  }
  static std::string heard(os::UnixSocket& socket) {
    std::string all;
    std::vector<std::uint8_t> room(65536);
    while (true) {
      auto received = socket.receive(room);
      if (!received || !*received) {
        return all;
      }
      if ((*received)->size == 0) {
        return all + "<end>";
      }
      all += base::text_of(base::ByteView(room).first((*received)->size));
    }
  }

  superfluid::testing::TemporaryDirectory folder_;
  base::ManualClock clock_;
  std::unique_ptr<os::EventLoop> loop_;
  MadeUpMachines machines_;
  MadeUpWiring wiring_;
  Node node_;
  bool stopped_ = false;
  Service service_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersRequestsByTheirIds) {
  os::UnixSocket socket = connect();
  EXPECT_EQ(ask(socket, R"({"v":1,"id":5,"method":"vm.list"})"
                        "\n"),
            "{\"v\":1,\"id\":5,\"result\":{\"functions\":[]}}\n");
  const std::string two =
      ask(socket, R"({"v":1,"id":6,"method":"vm.get","params":{"function":"x"}})"
                  "\n"
                  R"({"v":1,"id":7,"method":"vm.lits"})"
                  "\n");
  EXPECT_NE(two.find("\"id\":6,\"error\":{\"code\":\"not-found\""), std::string::npos) << two;
  EXPECT_NE(two.find("did you mean 'vm.list'?"), std::string::npos) << two;
}

TEST_F(ServerTest, AListThatIsLongerThanALineComesInPieces) {
  constexpr int kFunctions = 300;
  api::FunctionSpec spec{.graph = std::string(20'000, '\x01')};
  for (int i = 0; i < kFunctions; ++i) {
    spec.name = base::cat("f", 1000 + i);
    node_.run(spec, clock_.now(), [](const Node::Outcome&) {});
  }
  turn();
  os::UnixSocket socket = connect();
  std::set<std::string> names;
  std::string after;
  int pieces = 0;
  do {
    const std::string request =
        api::encode_request({.id = 1, .method = "vm.list", .params = {{"after", after}}});
    std::string line = ask(socket, request);
    for (int looks = 0; !line.ends_with('\n') && looks < 100; ++looks) {
      turn();
      line += heard(socket);
    }
    auto reply = api::decode_reply(line);
    ASSERT_TRUE(reply && reply->result);
    for (const boost::json::value& each : reply->result->at("functions").as_array()) {
      names.emplace(each.at("spec").at("name").as_string());
    }
    const auto* next = reply->result->if_contains("next");
    after = next != nullptr ? std::string(next->as_string()) : std::string();
    ASSERT_LT(++pieces, kFunctions);
  } while (!after.empty());
  EXPECT_EQ(names.size(), std::size_t{kFunctions});
  EXPECT_GT(pieces, 1);
}

TEST_F(ServerTest, NonsenseIsAnsweredAndTheConnectionGoesOn) {
  os::UnixSocket socket = connect();
  EXPECT_NE(ask(socket, "nonsense\n").find("\"id\":0,\"error\""), std::string::npos);
  EXPECT_NE(ask(socket, "{\"v\":1,\"id\":1,\"method\":\"vm.run\"}\n").find("invalid"),
            std::string::npos);
  EXPECT_NE(ask(socket, "{\"v\":1,\"id\":2,\"method\":\"node.info\"}\n").find("1.2.3"),
            std::string::npos);
}

TEST_F(ServerTest, ALineWithoutAnEndEndsTheConnection) {
  os::UnixSocket socket = connect();
  const std::string piece(60000, 'x');
  for (int i = 0; i < 100 && server_->connections() <= 1; ++i) {
    static_cast<void>(socket.send(base::bytes_of(piece)));
    turn(2);
    if (i > 0 && server_->connections() == 0) {
      break;
    }
  }
  turn();
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ServerTest, WhoDoesNotReadIsDroppedAndNobodyWaits) {
  os::UnixSocket deaf = connect();
  const std::string request = "{\"v\":1,\"id\":1,\"method\":\"node.metrics\"}\n";
  for (int i = 0; i < 40'000 && (i < 2 || server_->connections() == 1); ++i) {
    static_cast<void>(deaf.send(base::bytes_of(request)));
    turn(1);
  }
  EXPECT_EQ(server_->connections(), 0u);
  os::UnixSocket other = connect();
  EXPECT_NE(ask(other, request), "");
}

TEST_F(ServerTest, AnswersToWhoLeftAreDropped) {
  {
    os::UnixSocket socket = connect();
    static_cast<void>(socket.send(base::bytes_of(
        "{\"v\":1,\"id\":1,\"method\":\"vm.run\",\"params\":{\"spec\":{\"name\":\"a\",\"graph\":"
        "\"Idle\"}}}\n")));
    turn(2);
  }
  turn();
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_EQ(node_.list().size(), 1u);
}

TEST_F(ServerTest, ASecondNodeIsRefused) {
  EXPECT_EQ(error_of(Server::listen(path())), ErrorCode::kConflict);
}

// As after kill -9, while the kernel has still to take it away.
TEST_F(ServerTest, ANodeThatIsDyingIsWaitedFor) {
  const std::string path = folder_.path("dying.sock");
  std::optional<os::UnixListener> dying = std::move(*Server::listen(path));
  std::jthread end([&dying] {
    static_cast<void>(dying->accept(os::Waiting::kBlocks));  // who looks whether it lives
    auto waits = dying->accept(os::Waiting::kBlocks);
    dying.reset();
  });
  EXPECT_TRUE(Server::listen(path));
}

TEST_F(ServerTest, FollowingALogEndsWithTheFunction) {
  os::UnixSocket socket = connect();
  ask(socket,
      "{\"v\":1,\"id\":1,\"method\":\"vm.run\",\"params\":{\"spec\":{\"name\":\"a\",\"graph\":"
      "\"Idle\"}}}\n");
  EXPECT_EQ(ask(socket,
                "{\"v\":1,\"id\":2,\"method\":\"vm.log\",\"params\":{\"function\":\"a\",\"follow\":"
                "true}}\n"),
            "{\"v\":1,\"id\":2,\"more\":true,\"result\":{\"text\":\"hello from a\\n\","
            "\"begins_at\":0,\"ends_at\":13}}\n");
  static_cast<void>(machines_.machine_of("a")->write("x", "1"));
  clock_.advance(base::milliseconds(100));
  turn();
  EXPECT_NE(heard(socket).find("x=1"), std::string::npos);
  ask(socket, "{\"v\":1,\"id\":3,\"method\":\"vm.rm\",\"params\":{\"function\":\"a\"}}\n");
  clock_.advance(base::milliseconds(100));
  turn();
  const std::string last = heard(socket);
  EXPECT_NE(last.find("\"id\":2,\"result\""), std::string::npos) << last;
}

// The client blocks, so it runs beside the loop.
TEST_F(ServerTest, TheClientGetsWhatItAsksForAcrossThreads) {
  std::optional<base::Error> error;
  api::Function function;
  std::string value;
  std::thread other([&] {
    const auto talk = [&]() -> base::Status {
      SF_TRY(client, api::Client::connect(path(), {}));
      SF_TRY(info, client.info());
      EXPECT_EQ(info.process, "none here");
      SF_TRY(made, client.run({.name = "a", .graph = "Idle -> Discard"}));
      SF_TRY(read, client.read("a", "c.count", ""));
      value = read;
      EXPECT_EQ(error_of(client.read("a", "x", "")), ErrorCode::kNotFound);
      SF_CHECKED(client.write("a", "c.reset", ""));
      SF_TRY(log, client.log("a", 6));
      EXPECT_EQ(log.text.substr(0, 7), "from a\n");
      SF_TRY(all, client.list());
      EXPECT_EQ(all.size(), 1u);
      SF_TRY(got, client.get("a"));
      EXPECT_TRUE(got.counts);
      SF_TRY(stopped, client.act("stop", "a"));
      function = stopped;
      return {};
    };
    if (base::Status done = talk(); !done) {
      error = done.error();
    }
    loop_->post([this] { loop_->stop(); });
  });
  ASSERT_TRUE(loop_->run());
  other.join();
  EXPECT_FALSE(error) << error->to_string();
  EXPECT_EQ(value, "42");
  EXPECT_EQ(function.state, api::State::kStopped);
}

}  // namespace
}  // namespace superfluid::agent
