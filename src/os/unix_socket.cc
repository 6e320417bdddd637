// SPDX-License-Identifier: Apache-2.0
#include "os/unix_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/errno.h"
#include "os/thread.h"
#include "os/unix_address.h"

namespace superfluid::os {
namespace {

using base::ErrorCode;

int type_of(SocketKind kind, Waiting waiting) {
  return (kind == SocketKind::kStream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC |
         (waiting == Waiting::kNever ? SOCK_NONBLOCK : 0);
}

// Room for the descriptors of one message, aligned as the kernel wants it.
union ControlRoom {
  cmsghdr align;
  std::array<std::uint8_t, CMSG_SPACE(sizeof(int) * kFdsPerMessageMax)> bytes;
};

// Takes ownership of every descriptor that came, before anything can go wrong.
void adopt_fds(msghdr& message, Received& received) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
      received.fds.push_back(UniqueFd(fd));
    }
  }
}

}  // namespace

base::Result<UnixSocket> UnixSocket::connect(const std::string& path, SocketKind kind,
                                             Waiting waiting) {
  SF_TRY(address, unix_address(path));
  UniqueFd fd(::socket(AF_UNIX, type_of(kind, waiting), 0));
  if (!fd) {
    return fail_errno("create a Unix socket", errno);
  }
  if (::connect(fd.get(), address.get(), address.length()) != 0) {
    return fail_errno(base::cat("connect to ", path), errno);
  }
  return UnixSocket(std::move(fd), kind, waiting);
}

base::Result<std::pair<UnixSocket, UnixSocket>> UnixSocket::pair(SocketKind kind, Waiting waiting) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, type_of(kind, waiting), 0, ends.data()) != 0) {
    return fail_errno("create a pair of Unix sockets", errno);
  }
  return std::pair(UnixSocket(UniqueFd(ends[0]), kind, waiting),
                   UnixSocket(UniqueFd(ends[1]), kind, waiting));
}

base::Result<UnixSocket> UnixSocket::adopt(UniqueFd fd, SocketKind kind, Waiting waiting) {
  int domain = 0;
  int type = 0;
  socklen_t length = sizeof domain;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 ||
      ::getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
    return fail_errno("look at a socket", errno);
  }
  if (domain != AF_UNIX || type != (type_of(kind, Waiting::kBlocks) & ~SOCK_CLOEXEC)) {
    return base::fail(ErrorCode::kInvalid, "a socket is not of the kind that was expected");
  }
  const int flags = ::fcntl(fd.get(), F_GETFL);
  const int wanted = waiting == Waiting::kNever ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (flags < 0 || (wanted != flags && ::fcntl(fd.get(), F_SETFL, wanted) != 0)) {
    return fail_errno("set up a socket", errno);
  }
  return UnixSocket(std::move(fd), kind, waiting);
}

base::Result<PeerCredentials> UnixSocket::peer() const {
  ucred found{};
  socklen_t length = sizeof found;
  if (::getsockopt(fd(), SOL_SOCKET, SO_PEERCRED, &found, &length) != 0) {
    return fail_errno("ask who the peer is", errno);
  }
  return PeerCredentials{.pid = found.pid, .user = found.uid, .group = found.gid};
}

base::Status UnixSocket::limit_waiting(base::Duration limit) {
  const std::int64_t second = base::seconds(1).count();
  // Zero would mean "for ever" to the kernel.
  const std::int64_t microseconds = std::max<std::int64_t>(limit.count() % second / 1000, 1);
  const timeval time{.tv_sec = limit.count() / second, .tv_usec = microseconds};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    if (::setsockopt(fd(), SOL_SOCKET, option, &time, sizeof time) != 0) {
      return fail_errno("limit the waiting of a socket", errno);
    }
  }
  return {};
}

base::Result<std::size_t> UnixSocket::send(base::ByteView bytes, std::span<const int> fds) {
  if (bytes.empty() || fds.size() > kFdsPerMessageMax) {
    return base::fail(ErrorCode::kInvalid, base::cat("a message has at least one byte and at most ",
                                                     kFdsPerMessageMax, " descriptors"));
  }
  std::size_t sent = 0;
  do {
    SF_TRY(more, send_once(bytes.subspan(sent), sent == 0 ? fds : std::span<const int>()));
    if (more == 0) {
      break;
    }
    sent += more;
  } while (sent < bytes.size());
  return sent;
}

base::Result<std::size_t> UnixSocket::send_once(base::ByteView bytes, std::span<const int> fds) {
  // rules: allow const-cast: iovec serves reading and writing alike; sendmsg() only reads
  iovec part{.iov_base = const_cast<std::uint8_t*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ControlRoom room{};
  if (!fds.empty()) {
    message.msg_control = room.bytes.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(control), fds.data(), fds.size_bytes());
  }
  while (true) {
    const ssize_t sent = ::sendmsg(fd(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      return static_cast<std::size_t>(sent);
    }
    if (errno == EAGAIN && waiting_ == Waiting::kNever) {
      return std::size_t{0};
    }
    if (errno == EAGAIN) {
      return base::fail(ErrorCode::kTimedOut, "the peer does not read");
    }
    if (errno != EINTR) {
      return fail_errno("send to a Unix socket", errno);
    }
  }
}

base::Result<std::optional<Received>> UnixSocket::receive(base::ByteSpan room) {
  base::check(!room.empty(), "there is room to receive into");
  iovec part{.iov_base = room.data(), .iov_len = room.size()};
  ControlRoom control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(fd(), &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno == EAGAIN && waiting_ == Waiting::kNever) {
      return std::nullopt;
    }
    if (errno == EAGAIN) {
      return base::fail(ErrorCode::kTimedOut, "the peer does not answer");
    }
    return fail_errno("receive from a Unix socket", errno);
  }
  Received received{.size = static_cast<std::size_t>(got), .fds = {}};
  adopt_fds(message, received);
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    return base::fail(ErrorCode::kExhausted,
                      base::cat("a message carried more than ", kFdsPerMessageMax,
                                " descriptors, or this process may open no more"));
  }
  if ((message.msg_flags & MSG_TRUNC) != 0) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("a message is longer than ", room.size(), " bytes"));
  }
  return received;
}

void UnixSocket::look(base::Duration how_long) const {
  const SystemClock clock;
  pollfd watched{.fd = fd(), .events = POLLIN, .revents = 0};
  for (const base::Instant end = clock.now() + how_long;
       ::poll(&watched, 1, 0) == 0 && clock.now() < end;) {
    give_way();
  }
}

base::Result<std::optional<UnixSocket>> UnixListener::accept(Waiting waiting) {
  while (true) {
    UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr,
                          SOCK_CLOEXEC | (waiting == Waiting::kNever ? SOCK_NONBLOCK : 0)));
    if (fd) {
      return UnixSocket(std::move(fd), kind_, waiting);
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
