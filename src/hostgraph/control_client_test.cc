// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/control_client.h"

#include <gmock/gmock.h>

#include <array>
#include <thread>

#include "base/text.h"
#include "os/clock.h"
#include "support/error_of.h"
#include "support/temporary_directory.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using base::ErrorCode;
using superfluid::testing::error_of;
using superfluid::testing::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ControlReply, IsLinesAndThenData) {
  ControlReply reply(true);
  constexpr std::string_view kText = "200-some\r\n200-more\n200 Read\r\nDATA 5\r\na\r\nbc201 next";
  EXPECT_EQ(reply.take(base::bytes_of(kText)).value(), kText.size() - 8);
  EXPECT_TRUE(reply.whole());
  EXPECT_EQ(reply.code(), 200);
  EXPECT_THAT(reply.lines(), ElementsAre("some", "more", "Read"));
  EXPECT_EQ(reply.data(), "a\r\nbc");
}

TEST(ControlReply, IsTheSameHoweverItArrives) {
  constexpr std::string_view kText = "200-some\r\n200 Read\r\nDATA 3\r\n\n\n\n";
  for (std::size_t piece = 1; piece < kText.size(); ++piece) {
    ControlReply reply(true);
    for (std::size_t at = 0; at < kText.size(); at += piece) {
      ASSERT_FALSE(reply.whole());
      const std::string_view part = kText.substr(at, piece);
      ASSERT_EQ(reply.take(base::bytes_of(part)).value(), part.size());
    }
    EXPECT_TRUE(reply.whole());
    EXPECT_EQ(reply.data(), "\n\n\n");
  }
}

TEST(ControlReply, HasNoDataBehindAFailureOrAWrite) {
  for (const bool has_data : {true, false}) {
    ControlReply reply(has_data);
    const std::string_view text = has_data ? "511 No\r\n" : "200 Write\r\n";
    EXPECT_EQ(reply.take(base::bytes_of(cat(text, "DATA 1\r\nx"))).value(), text.size());
    EXPECT_TRUE(reply.whole());
    EXPECT_EQ(reply.data(), "");
  }
  ControlReply empty(true);
  EXPECT_EQ(empty.take(base::bytes_of("200 OK\r\nDATA 0\r\n")).value(), 16u);
  EXPECT_TRUE(empty.whole());
}

TEST(ControlReply, RefusesWhatBreaksTheProtocolOrALimit) {
  std::string many;
  for (std::size_t i = 0; i <= ControlReply::kLinesMax; ++i) {
    many += "200-x\n";
  }
  const std::string cases[] = {
      "hello\n",
      "20 OK\n",
      "200\n",
      "2000 x\n",
      "099 x\n",
      "200 OK\nDATA\n",
      "200 OK\nDATA x\n",
      "200 OK\nDATA -1\n",
      "200 OK\n\n",
      "200 OK\nDATA 67108865\n",
      many,
      std::string(ControlReply::kLineBytesMax + 1, '2'),
  };
  for (const std::string& text : cases) {
    ControlReply reply(true);
    EXPECT_EQ(error_of(reply.take(base::bytes_of(text))), ErrorCode::kCorrupt)
        << text.substr(0, 20);
  }
}

// Somebody who listens, says what he says to the first who comes, and hears him out.
class ScriptedServer {
 public:
  ScriptedServer(const std::string& path, std::string says)
      : listener_(std::move(*os::UnixListener::listen(path, {}))),
        thread_([this, says = std::move(says)] {
          auto socket = wait_for_client();
          (void)!socket.send(base::bytes_of(says));
          std::array<std::uint8_t, 4096> room;
          for (auto got = socket.receive(room); got && (*got)->size != 0;
               got = socket.receive(room)) {
            heard_ += base::text_of(base::ByteView(room).first((*got)->size));
          }
        }) {}
  ~ScriptedServer() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  const std::string& heard() {
    thread_.join();
    return heard_;
  }

 private:
  os::UnixSocket wait_for_client() {
    while (true) {
      auto accepted = listener_.accept(os::Waiting::kBlocks);
      if (accepted && *accepted) {
        return std::move(**accepted);
      }
      std::this_thread::yield();
    }
  }

  os::UnixListener listener_;
  std::string heard_;
  std::thread thread_;
};

class ControlClientThreads : public ::testing::Test {
 protected:
  static constexpr std::string_view kBanner = "Click::ControlSocket/1.3\r\n";

  base::Result<ControlClient> connect() {
    return ControlClient::connect(path_, clock_, base::seconds(60));
  }

  const TemporaryDirectory folder_;
  const std::string path_ = folder_.path() + "/s";
  const os::SystemClock clock_;
};

TEST_F(ControlClientThreads, AsksWithAnnouncedDataAlone) {
  ScriptedServer server(path_, cat(kBanner, "200 OK\r\nDATA 3\r\nabc200 OK\r\n"));
  {
    auto client = connect();
    ASSERT_TRUE(client.has_value());
    EXPECT_EQ(client->read("a.b", "x\ny").value(), "abc");
    EXPECT_TRUE(client->write("a.c", "").has_value());
    EXPECT_EQ(error_of(client->read("a.b\r\nWRITE stop", "")), ErrorCode::kInvalid);
    EXPECT_EQ(error_of(client->write("", "")), ErrorCode::kInvalid);
  }
  EXPECT_EQ(server.heard(), "READDATA a.b 3\r\nx\nyWRITEDATA a.c 0\r\n");
}

TEST_F(ControlClientThreads, MakesErrorsOfAnswers) {
  ScriptedServer server(path_, cat(kBanner,
                                   "510 No element\r\n511 No handler\r\n530 Permission denied\r\n"
                                   "520-Write handler 'a.b' error:\r\n520-one\r\n520 two\x1b\r\n"
                                   "501 What?\r\n"));
  auto client = connect();
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(error_of(client->read("a.b", "")), ErrorCode::kNotFound);
  EXPECT_EQ(error_of(client->read("a.b", "")), ErrorCode::kNotFound);
  EXPECT_EQ(error_of(client->write("a.b", "")), ErrorCode::kNotPermitted);
  const auto refused = client->write("a.b", "");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().to_string(), "write a.b: one: two\\x1b");
  EXPECT_EQ(error_of(client->read("a.b", "")), ErrorCode::kUnsupported);
}

TEST_F(ControlClientThreads, RefusesWhoSpeaksSomethingElse) {
  ScriptedServer server(path_, "SSH-2.0\r\n");
  EXPECT_EQ(error_of(connect()), ErrorCode::kCorrupt);
}

TEST_F(ControlClientThreads, RefusesWhoNeverEndsHisFirstLine) {
  ScriptedServer server(path_, std::string(100'000, 'x'));
  EXPECT_EQ(error_of(connect()), ErrorCode::kCorrupt);
}

TEST_F(ControlClientThreads, SaysThatNobodyListens) {
  const auto client = ControlClient::connect(path_, clock_, {});
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code(), ErrorCode::kUnreachable);
  EXPECT_THAT(client.error().message(), HasSubstr("no graph listens on "));
}

}  // namespace
}  // namespace superfluid::hostgraph
