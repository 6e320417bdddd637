// SPDX-License-Identifier: Apache-2.0
#include "os/stream_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "support/error_of.h"

namespace superfluid::os {
namespace {

using base::ErrorCode;
using superfluid::testing::error_of;
using ::testing::StartsWith;

UniqueFd connect_to(std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

void await_input(int fd) {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&one, 1, 20'000), 1);
}

TEST(StreamSocket, SpeaksWithWhoConnected) {
  auto listener = TcpListener::listen(0, TcpListener::From::kThisHost);
  ASSERT_TRUE(listener.has_value());
  ASSERT_NE(listener->port(), 0);
  EXPECT_FALSE(listener->accept().value().has_value());
  const UniqueFd client = connect_to(listener->port());
  await_input(listener->fd());
  auto accepted = listener->accept();
  ASSERT_TRUE(accepted.has_value() && accepted->has_value());
  EXPECT_THAT((*accepted)->peer, StartsWith("127.0.0.1:"));
  StreamSocket socket = std::move((*accepted)->socket);
  std::array<std::uint8_t, 16> room{};
  EXPECT_FALSE(socket.receive(room).value().has_value());
  EXPECT_EQ(socket.send(base::bytes_of("hello")).value(), 5u);
  std::array<char, 16> got{};
  EXPECT_EQ(::read(client.get(), got.data(), got.size()), 5);
  EXPECT_EQ(::write(client.get(), "abc", 3), 3);
  await_input(socket.fd());
  EXPECT_EQ(socket.receive(room).value().value(), 3u);
}

TEST(StreamSocket, RefusesAPortThatIsTaken) {
  const auto first = TcpListener::listen(0, TcpListener::From::kAnywhere);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(error_of(TcpListener::listen(first->port(), TcpListener::From::kAnywhere)),
            ErrorCode::kConflict);
}

TEST(StreamSocket, APeerThatIsGoneIsAnErrorAndNoSignal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  StreamSocket socket{UniqueFd(ends[0])};
  ::close(ends[1]);
  std::array<std::uint8_t, 4> room{};
  EXPECT_EQ(socket.receive(room).value().value(), 0u);
  EXPECT_EQ(error_of(socket.send(base::bytes_of("x"))), ErrorCode::kUnreachable);
}

TEST(StreamSocket, SharesAConnectionThatSomebodyElseOpened) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const UniqueFd handed(ends[0]);
  const UniqueFd peer(ends[1]);
  auto socket = StreamSocket::duplicate_of(handed.get());
  ASSERT_TRUE(socket.has_value());
  EXPECT_NE(socket->fd(), handed.get());
  EXPECT_NE(::fcntl(socket->fd(), F_GETFD) & FD_CLOEXEC, 0);
  std::array<std::uint8_t, 4> room{};
  EXPECT_FALSE(socket->receive(room).value().has_value());  // and does not wait
  socket->shut_down();
  std::array<char, 4> got{};
  EXPECT_EQ(::read(peer.get(), got.data(), got.size()), 0);
}

TEST(StreamSocket, TakesOverNothingElse) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  const UniqueFd unconnected(::socket(AF_INET, SOCK_STREAM, 0));
  for (const int fd : {ends[0], unconnected.get(), -1}) {
    EXPECT_EQ(error_of(StreamSocket::duplicate_of(fd)), ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace superfluid::os
