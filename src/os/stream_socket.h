// SPDX-License-Identifier: Apache-2.0
// StreamSocket: bytes to and from whoever is connected, over TCP or a Unix socket alike, without
// waiting. TcpListener: who connects to a TCP port of IPv4.
//
// Invariants
//   1. No call here waits; wait for fd() in an EventLoop.
//   2. A peer that is gone is an Error (kUnreachable) or an end of input, never SIGPIPE.
//
// Threads: one.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "os/unique_fd.h"

namespace superfluid::os {

class StreamSocket {
 public:
  // A connected stream socket that is set up already, as accept() gives it.
  explicit StreamSocket(UniqueFd fd) : fd_(std::move(fd)) {}
  // A descriptor of our own for one that somebody else opened, which stays open; kInvalid when it
  // is something else.
  static base::Result<StreamSocket> duplicate_of(int fd);

  int fd() const { return fd_.get(); }

  // How many bytes came: 0 is the end, nullopt that there are none now.
  base::Result<std::optional<std::size_t>> receive(base::ByteSpan room);
  // How many bytes went; 0 when none would go now.
  base::Result<std::size_t> send(base::ByteView bytes);
  // Ends the connection, also where other descriptors of it are open.
  void shut_down();

 private:
  UniqueFd fd_;
};

class TcpListener {
 public:
  enum class From : unsigned char { kAnywhere, kThisHost };

  // Port 0 lets the kernel choose. kConflict when the port is taken.
  static base::Result<TcpListener> listen(std::uint16_t port, From from);

  int fd() const { return fd_.get(); }
  std::uint16_t port() const { return port_; }

  struct Accepted {
    StreamSocket socket;
    std::string peer;  // "192.0.2.1:40000"
  };
  // nullopt: nobody is waiting.
  base::Result<std::optional<Accepted>> accept();

 private:
  TcpListener(UniqueFd fd, std::uint16_t port) : fd_(std::move(fd)), port_(port) {}

  UniqueFd fd_;
  std::uint16_t port_;
};

}  // namespace superfluid::os
