// SPDX-License-Identifier: Apache-2.0
// PacketSocket: whole Ethernet frames in and out of one interface, beside the kernel's own stack.
//
// Invariants
//   1. What is received is what was on the wire towards this interface, whoever it was for: the
//      interface is promiscuous as long as the socket lives, own transmissions are not seen, and
//      the VLAN tag that the kernel takes out of a frame is put back.
//   2. Neither call blocks; wait for fd() in an EventLoop.
//   3. The interface may be down when the socket is opened, and go down and up later: only a send()
//      on one that is down fails.
//
// send() and receive() are for tests, tools and slow paths: a system call per frame. For many, give
// fd() to os/frames.h. Threads: one.

#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "os/unique_fd.h"

namespace superfluid::os {

class PacketSocket {
 public:
  struct Options {
    // What may wait to be received, as the kernel counts it: some 2 KiB a frame. 0: as the system
    // is set, for about a hundred frames.
    base::ByteCount queue{};
  };

  // In the namespace of the calling thread (NetNamespace::run).
  static base::Result<PacketSocket> open(const std::string& link, const Options& options);
  static base::Result<PacketSocket> open(const std::string& link) { return open(link, {}); }

  int fd() const { return fd_.get(); }

  // The whole frame or an error: kExhausted when the interface's queue is full.
  base::Status send(base::ByteView frame);
  // Fills `room` and says how long the frame is; nullopt when none is there. A longer frame than
  // `room` is lost and an error (kInvalid).
  base::Result<std::optional<std::size_t>> receive(base::ByteSpan room);

 private:
  explicit PacketSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace superfluid::os
