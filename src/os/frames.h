// SPDX-License-Identifier: Apache-2.0
// Many Ethernet frames at a time between an interface of the host and memory that is already where
// they belong, such as the buffers of a ring: the kernel copies, and nobody copies again.
//
//   std::array<base::ByteSpan, 1> buffer = {ring.reserve()};
//   FrameRoom room{.pieces = buffer};
//   const FrameCount got = read_frames(FrameDevice::kTap, tap.queue(0), {&room, 1});
//   if (got.done == 1) ring.commit(room.length);
//
// On a tap (os/tap.h, without vnet_header) each frame costs a system call, on a packet socket
// (os/packet_socket.h) a call takes kFramesAtOnce. The tag of a VLAN that the kernel took out of a
// frame is put back. An interface whose frames come here has its offloads turned off at the other
// end (NetlinkSocket::disable_offloads): else frames come longer than any MTU, and without sums.
//
// Invariants
//   1. No call waits, allocates, or logs; the system calls are readv, writev, recvmmsg, sendmmsg.
//   2. A call ends after at most kFramesAtOnce frames, whoever floods it.
//   3. What is received comes whole, or is refused and counted: a frame is never cut.
//
// Threads: one per descriptor and direction.

#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace superfluid::os {

enum class FrameDevice : std::uint8_t { kTap, kPacketSocket };

inline constexpr std::size_t kFramesAtOnce = 64;
inline constexpr std::size_t kFramePiecesMax = 8;

// Where a frame may go, at most kFramePiecesMax pieces.
struct FrameRoom {
  std::span<const base::ByteSpan> pieces;
  std::size_t length = 0;  // of the frame that came
};

// What is sent as one frame, at most kFramePiecesMax pieces.
using FramePieces = std::span<const base::ByteView>;

struct FrameCount {
  std::size_t done = 0;
  std::size_t refused = 0;  // lost: too long for its room; or one that the kernel does not take
  int error_number = 0;     // of what ended the call or was refused last; 0 when the device is idle
};

// Fills rooms, from the first on, and counts them in `done`: fewer than there are when no more
// frames are there, or some were refused. All rooms hold equally much.
FrameCount read_frames(FrameDevice device, int fd, std::span<FrameRoom> rooms);

// Sends in order. `done` counts what needs no second call, refused frames among it: fewer than
// there are when the device is busy.
FrameCount write_frames(FrameDevice device, int fd, std::span<const FramePieces> frames);

}  // namespace superfluid::os
