// SPDX-License-Identifier: Apache-2.0
#include "os/stream_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "os/errno.h"

namespace superfluid::os {

using base::ErrorCode;

base::Result<StreamSocket> StreamSocket::duplicate_of(int fd) {
  int type = 0;
  socklen_t length = sizeof type;
  sockaddr_storage peer{};
  socklen_t peer_length = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM ||
      ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_length) != 0) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("descriptor ", fd, " is no connected stream socket"));
  }
  UniqueFd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  const int flags = ::fcntl(fd, F_GETFL);
  if (!own || flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail_errno("take over a socket", errno);
  }
  return StreamSocket(std::move(own));
}

void StreamSocket::shut_down() { ::shutdown(fd(), SHUT_RDWR); }

base::Result<std::optional<std::size_t>> StreamSocket::receive(base::ByteSpan room) {
  while (true) {
    const ssize_t got = ::recv(fd(), room.data(), room.size(), 0);
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (errno == EAGAIN) {
      return std::nullopt;
    }
    if (errno != EINTR) {
      return fail_errno("receive from a socket", errno);
    }
  }
}

base::Result<std::size_t> StreamSocket::send(base::ByteView bytes) {
  while (true) {
    const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      return static_cast<std::size_t>(sent);
    }
    if (errno == EAGAIN) {
      return std::size_t{0};
    }
    if (errno != EINTR) {
      return fail_errno("send to a socket", errno);
    }
  }
}

base::Result<TcpListener> TcpListener::listen(std::uint16_t port, From from) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail_errno("create a TCP socket", errno);
  }
  // Connections of a listener before this one may still be ending.
  const int reuse = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(from == From::kThisHost ? INADDR_LOOPBACK : INADDR_ANY);
  socklen_t length = sizeof address;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) != 0 ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return fail_errno(base::cat("listen on TCP port ", port), errno);
  }
  return TcpListener(std::move(fd), ntohs(address.sin_port));
}

base::Result<std::optional<TcpListener::Accepted>> TcpListener::accept() {
  sockaddr_in peer{};
  while (true) {
    socklen_t length = sizeof peer;
    UniqueFd fd(::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &length,
                          SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) {
      std::array<char, INET_ADDRSTRLEN> text{};
      ::inet_ntop(AF_INET, &peer.sin_addr, text.data(), text.size());
      return Accepted{.socket = StreamSocket(std::move(fd)),
                      .peer = base::cat(text.data(), ":", ntohs(peer.sin_port))};
    }
    if (errno == EAGAIN) {
      return std::nullopt;
    }
    if (errno != EINTR && errno != ECONNABORTED) {
      return fail_errno("accept a connection", errno);
    }
  }
}

}  // namespace superfluid::os
