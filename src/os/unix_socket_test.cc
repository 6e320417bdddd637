// SPDX-License-Identifier: Apache-2.0
#include "os/unix_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>
#include <vector>

#include "os/files.h"
#include "os/memfd.h"
#include "support/error_of.h"
#include "support/resource_limit.h"
#include "support/temporary_directory.h"

namespace superfluid::os {
namespace {

using superfluid::testing::error_of;

using base::bytes_of;
using base::ErrorCode;
using superfluid::testing::LoweredLimit;
using superfluid::testing::TemporaryDirectory;

using Room = std::array<std::uint8_t, 64>;

std::size_t open_descriptors() {
  const auto all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t entries_of(const TemporaryDirectory& directory) {
  const auto all = std::filesystem::directory_iterator(directory.path());
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(UnixSocket, HandsOverDescriptorsWithAMessage) {
  auto ends = UnixSocket::pair(SocketKind::kSeqpacket);
  auto memfd = create_memfd("shared", base::kib(4));
  ASSERT_TRUE(ends.has_value() && memfd.has_value());
  const std::array fds{memfd->get(), 0};
  EXPECT_EQ(ends->first.send(bytes_of("take"), fds).value(), 4u);
  Room room;
  const auto received = ends->second.receive(room);
  ASSERT_TRUE(received.has_value() && received->has_value());
  EXPECT_EQ((*received)->size, 4u);
  ASSERT_EQ((*received)->fds.size(), 2u);
  EXPECT_EQ(size_of((*received)->fds[0].get()).value(), base::kib(4));
  EXPECT_EQ(::fcntl((*received)->fds[0].get(), F_GETFD), FD_CLOEXEC);
}

TEST(UnixSocket, CarriesAsManyDescriptorsAsItSays) {
  auto ends = UnixSocket::pair(SocketKind::kSeqpacket);
  ASSERT_TRUE(ends.has_value());
  const std::vector<int> most(kFdsPerMessageMax, 0);
  ASSERT_TRUE(ends->first.send(bytes_of("x"), most).has_value());
  Room room;
  EXPECT_EQ(ends->second.receive(room).value()->fds.size(), kFdsPerMessageMax);
  const std::vector<int> more(kFdsPerMessageMax + 1, 0);
  EXPECT_EQ(error_of(ends->first.send(bytes_of("x"), more)), ErrorCode::kInvalid);
}

// What a hostile peer, who is not bound by our send(), may do.
TEST(UnixSocket, RefusesMoreDescriptorsThanAllowedAndClosesThem) {
  auto ends = UnixSocket::pair(SocketKind::kSeqpacket);
  ASSERT_TRUE(ends.has_value());
  const std::size_t before = open_descriptors();
  std::vector<int> fds(kFdsPerMessageMax * 2, 0);
  std::vector<std::uint8_t> control(CMSG_SPACE(fds.size() * sizeof(int)));
  char byte = 'x';
  iovec part{.iov_base = &byte, .iov_len = 1};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  std::copy(fds.begin(), fds.end(), reinterpret_cast<int*>(CMSG_DATA(header)));
  ASSERT_EQ(::sendmsg(ends->first.fd(), &message, 0), 1);
  Room room;
  EXPECT_EQ(error_of(ends->second.receive(room)), ErrorCode::kExhausted);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(UnixSocket, SaysThatTheReceiverMayOpenNoMore) {
  auto ends = UnixSocket::pair(SocketKind::kSeqpacket);
  ASSERT_TRUE(ends.has_value());
  const std::array fds{0};
  ASSERT_TRUE(ends->first.send(bytes_of("x"), fds).has_value());
  const LoweredLimit limit(RLIMIT_NOFILE, 0);
  Room room;
  EXPECT_EQ(error_of(ends->second.receive(room)), ErrorCode::kExhausted);
}

TEST(UnixSocket, RefusesMessagesLongerThanTheRoom) {
  auto ends = UnixSocket::pair(SocketKind::kSeqpacket);
  ASSERT_TRUE(ends.has_value());
  ASSERT_TRUE(ends->first.send(bytes_of(std::string(65, 'x'))).has_value());
  ASSERT_TRUE(ends->first.send(bytes_of("next")).has_value());
  Room room;
  EXPECT_EQ(error_of(ends->second.receive(room)), ErrorCode::kInvalid);
  EXPECT_EQ(ends->second.receive(room).value()->size, 4u);
}

TEST(UnixSocket, ADeadPeerIsAnEndThenAnError) {
  for (const SocketKind kind : {SocketKind::kStream, SocketKind::kSeqpacket}) {
    auto ends = UnixSocket::pair(kind);
    ASSERT_TRUE(ends.has_value());
    { const UnixSocket gone = std::move(ends->second); }
    Room room;
    EXPECT_EQ(ends->first.receive(room).value()->size, 0u);
    EXPECT_EQ(error_of(ends->first.send(bytes_of("x"))), ErrorCode::kUnreachable);
  }
}

TEST(UnixSocket, EmptyMessagesDoNotExist) {
  auto ends = UnixSocket::pair(SocketKind::kSeqpacket);
  ASSERT_TRUE(ends.has_value());
  EXPECT_EQ(error_of(ends->first.send({})), ErrorCode::kInvalid);
}

TEST(UnixSocket, NeverWaitsWhenToldSo) {
  auto ends = UnixSocket::pair(SocketKind::kStream, Waiting::kNever);
  ASSERT_TRUE(ends.has_value());
  Room room;
  EXPECT_FALSE(ends->first.receive(room).value().has_value());
  const std::string much(64 << 20, 'x');
  const auto some = ends->first.send(bytes_of(much));
  ASSERT_TRUE(some.has_value());
  EXPECT_GT(*some, 0u);
  EXPECT_LT(*some, much.size());
  EXPECT_EQ(ends->first.send(bytes_of("x")).value(), 0u);
}

TEST(UnixSocket, LooksForAWhileAndTakesNothing) {
  auto ends = UnixSocket::pair(SocketKind::kStream);
  ASSERT_TRUE(ends);
  ends->first.look(base::milliseconds(1));  // nobody says anything
  ASSERT_TRUE(ends->second.send(base::bytes_of("word")));
  ends->first.look(base::seconds(1000));  // there at once
  std::array<std::uint8_t, 16> room;
  const auto received = ends->first.receive(room);
  ASSERT_TRUE(received && *received);
  EXPECT_EQ((*received)->size, 4U);
  ends->second = std::move(ends->first);  // the peer is gone, which is to be seen too
  ends->second.look(base::seconds(1000));
}

TEST(UnixSocket, WaitingHasALimit) {
  auto ends = UnixSocket::pair(SocketKind::kStream);
  ASSERT_TRUE(ends.has_value());
  ASSERT_TRUE(ends->first.limit_waiting(base::Duration()).has_value());
  Room room;
  EXPECT_EQ(error_of(ends->first.receive(room)), ErrorCode::kTimedOut);
  const std::string much(64 << 20, 'x');
  EXPECT_EQ(error_of(ends->first.send(bytes_of(much))), ErrorCode::kTimedOut);
}

TEST(UnixListener, AcceptsAndKnowsThePeer) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("s");
  for (const SocketKind kind : {SocketKind::kStream, SocketKind::kSeqpacket}) {
    auto listener = UnixListener::listen(path, {.kind = kind, .mode = 0660});
    ASSERT_TRUE(listener.has_value()) << listener.error().to_string();
    EXPECT_FALSE(listener->accept().value().has_value());
    struct stat found {};
    ASSERT_EQ(::lstat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0660u);
    auto client = UnixSocket::connect(path, kind);
    ASSERT_TRUE(client.has_value()) << client.error().to_string();
    auto served = listener->accept(Waiting::kBlocks);
    ASSERT_TRUE(served.has_value() && served->has_value());
    EXPECT_EQ((*served)->peer().value().pid, ::getpid());
    EXPECT_EQ((*served)->peer().value().user, ::geteuid());
    ASSERT_TRUE(client->send(bytes_of("hi")).has_value());
    Room room;
    EXPECT_EQ((*served)->receive(room).value()->size, 2u);
    EXPECT_EQ(entries_of(directory), 1u);  // no temporary name is left
  }
  EXPECT_EQ(entries_of(directory), 0u);
}

TEST(UnixListener, TakesOverADeadPathAndOnlyThat) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("s");
  {
    auto dead = UnixListener::listen(path, {});
    ASSERT_TRUE(dead.has_value());
    std::filesystem::create_hard_link(path, directory.path("kept"));
  }
  std::filesystem::rename(directory.path("kept"), path);  // as kill -9 would have left it
  EXPECT_EQ(error_of(UnixSocket::connect(path, SocketKind::kStream)), ErrorCode::kUnreachable);
  auto alive = UnixListener::listen(path, {});
  ASSERT_TRUE(alive.has_value()) << alive.error().to_string();
  EXPECT_EQ(error_of(UnixListener::listen(path, {})), ErrorCode::kConflict);
  EXPECT_EQ(error_of(UnixListener::listen(path, {.kind = SocketKind::kSeqpacket})),
            ErrorCode::kConflict);
  EXPECT_TRUE(UnixSocket::connect(path, SocketKind::kStream).has_value());

  const std::string file = directory.path("file");
  ASSERT_TRUE(write_atomically(file, bytes_of("precious")).has_value());
  EXPECT_EQ(error_of(UnixListener::listen(file, {})), ErrorCode::kConflict);
  EXPECT_EQ(read_text(file, base::kib(1)).value(), "precious");
  EXPECT_EQ(entries_of(directory), 2u);
}

TEST(UnixListener, LeavesTheSocketOfItsSuccessor) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("s");
  auto first = std::make_unique<UnixListener>(std::move(UnixListener::listen(path, {}).value()));
  std::filesystem::remove(path);
  const auto second = UnixListener::listen(path, {});
  ASSERT_TRUE(second.has_value());
  first.reset();
  EXPECT_TRUE(UnixSocket::connect(path, SocketKind::kStream).has_value());
}

TEST(UnixListener, RefusesImpossiblePaths) {
  const TemporaryDirectory directory;
  EXPECT_EQ(error_of(UnixListener::listen("", {})), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(UnixListener::listen(std::string("a\0b", 3), {})), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(UnixListener::listen(std::string("/") + std::string(kSocketPathMax, 'x'), {})),
            ErrorCode::kInvalid);
  EXPECT_EQ(error_of(UnixListener::listen(directory.path("absent/s"), {})), ErrorCode::kNotFound);
  EXPECT_EQ(error_of(UnixSocket::connect(directory.path("s"), SocketKind::kStream)),
            ErrorCode::kNotFound);
}

TEST(UnixListenerThreads, OfManyThatStartAtOnceOneWins) {
  constexpr int kThreads = 8;
  for (const bool dead_path : {false, true}) {
    const TemporaryDirectory directory;
    const std::string path = directory.path("s");
    if (dead_path) {
      const auto dead = UnixListener::listen(path, {});
      ASSERT_TRUE(dead.has_value());
      std::filesystem::create_hard_link(path, directory.path("kept"));
    }
    if (dead_path) {
      std::filesystem::rename(directory.path("kept"), path);
    }
    std::vector<base::Result<UnixListener>> results;
    for (int i = 0; i < kThreads; ++i) {
      results.push_back(base::fail(ErrorCode::kFailed, "not tried"));
    }
    {
      std::vector<std::jthread> threads;
      for (auto& result : results) {
        threads.emplace_back([&] { result = UnixListener::listen(path, {}); });
      }
    }
    int winners = 0;
    for (const auto& result : results) {
      winners += result.has_value() ? 1 : 0;
      EXPECT_TRUE(result.has_value() || result.error().code() == ErrorCode::kConflict);
    }
    EXPECT_EQ(winners, 1);
    EXPECT_TRUE(UnixSocket::connect(path, SocketKind::kStream).has_value());
    EXPECT_EQ(entries_of(directory), 1u);
  }
}

}  // namespace
}  // namespace superfluid::os
