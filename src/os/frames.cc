// SPDX-License-Identifier: Apache-2.0
#include "os/frames.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "os/vlan_tag.h"

namespace superfluid::os {
namespace {

constexpr std::size_t kAddressBytes = 12;  // both MAC addresses; a VLAN tag follows them

using Parts = std::array<iovec, kFramePiecesMax + 1>;

// How much room there is.
std::size_t parts_of(std::span<const base::ByteSpan> pieces, Parts& parts) {
  base::check(pieces.size() <= kFramePiecesMax, "a frame has at most kFramePiecesMax pieces");
  std::size_t room = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    parts[i] = {.iov_base = pieces[i].data(), .iov_len = pieces[i].size()};
    room += pieces[i].size();
  }
  return room;
}

void parts_of(FramePieces pieces, Parts& parts) {
  base::check(pieces.size() <= kFramePiecesMax, "a frame has at most kFramePiecesMax pieces");
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    // rules: allow const-cast: iovec serves reading and writing alike; sending only reads
    parts[i] = {.iov_base = const_cast<std::uint8_t*>(pieces[i].data()),
                .iov_len = pieces[i].size()};
  }
}

std::uint8_t& byte_at(const FrameRoom& room, std::size_t at) {
  std::size_t piece = 0;
  while (at >= room.pieces[piece].size()) {
    at -= room.pieces[piece++].size();
  }
  return room.pieces[piece][at];
}

// Moves what is behind the addresses by a tag's length. REQUIRES: room for it.
void put_back(const VlanTag& tag, FrameRoom& room) {
  const std::size_t rest = room.length - kAddressBytes;
  const base::ByteSpan first = room.pieces[0];
  if (room.length + kVlanTagBytes <= first.size()) {
    std::memmove(first.data() + kAddressBytes + kVlanTagBytes, first.data() + kAddressBytes, rest);
    std::memcpy(first.data() + kAddressBytes, tag.data(), tag.size());
  } else {
    for (std::size_t at = room.length; at-- > kAddressBytes;) {
      byte_at(room, at + kVlanTagBytes) = byte_at(room, at);
    }
    for (std::size_t i = 0; i < tag.size(); ++i) {
      byte_at(room, kAddressBytes + i) = tag[i];
    }
  }
  room.length += kVlanTagBytes;
}

// Into the room of a frame that was refused.
void copy_down(const FrameRoom& from, FrameRoom& to) {
  std::size_t piece = 0;
  std::size_t at = 0;
  std::size_t rest = from.length;
  for (base::ByteSpan bytes : from.pieces) {
    bytes = bytes.first(std::min(bytes.size(), rest));
    rest -= bytes.size();
    while (!bytes.empty()) {
      const std::size_t here = std::min(bytes.size(), to.pieces[piece].size() - at);
      std::memcpy(to.pieces[piece].data() + at, bytes.data(), here);
      bytes = bytes.subspan(here);
      at += here;
      if (at == to.pieces[piece].size()) {
        ++piece;
        at = 0;
      }
    }
  }
  to.length = from.length;
}

FrameCount read_tap(int fd, std::span<FrameRoom> rooms) {
  FrameCount count;
  Parts parts;
  for (std::size_t tries = 0; tries < rooms.size(); ++tries) {
    FrameRoom& room = rooms[count.done];
    const std::size_t bytes = parts_of(room.pieces, parts);
    // One byte more than may come shows what was cut.
    std::uint8_t nowhere = 0;
    parts[room.pieces.size()] = {.iov_base = &nowhere, .iov_len = 1};
    const ssize_t got = ::readv(fd, parts.data(), static_cast<int>(room.pieces.size() + 1));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      count.error_number = errno == EAGAIN ? count.error_number : errno;
      break;
    }
    room.length = static_cast<std::size_t>(got);
    if (room.length <= bytes) {
      ++count.done;
    } else {
      ++count.refused;
      count.error_number = EMSGSIZE;
    }
  }
  return count;
}

FrameCount write_tap(int fd, std::span<const FramePieces> frames) {
  FrameCount count;
  Parts parts;
  while (count.done < frames.size()) {
    const FramePieces& frame = frames[count.done];
    parts_of(frame, parts);
    const ssize_t sent = ::writev(fd, parts.data(), static_cast<int>(frame.size()));
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0) {
      count.error_number = errno;
      if (errno == EAGAIN) {
        break;
      }
      ++count.refused;
    }
    ++count.done;
  }
  return count;
}

struct alignas(cmsghdr) Control {
  std::array<std::uint8_t, CMSG_SPACE(sizeof(tpacket_auxdata))> bytes;
};

// As recvmmsg. What the socket has to tell of the past (that its interface was down) it tells once.
int receive(int fd, std::span<mmsghdr> messages) {
  int got = 0;
  for (int tries = 0; tries < 3; ++tries) {
    got = ::recvmmsg(fd, messages.data(), static_cast<unsigned>(messages.size()),
                     MSG_DONTWAIT | MSG_TRUNC, nullptr);
    if (got >= 0 || (errno != EINTR && errno != ENETDOWN)) {
      break;
    }
  }
  return got;
}

FrameCount read_socket(int fd, std::span<FrameRoom> rooms) {
  std::array<Parts, kFramesAtOnce> parts;
  std::array<Control, kFramesAtOnce> controls;
  std::array<mmsghdr, kFramesAtOnce> messages;
  std::array<std::size_t, kFramesAtOnce> bytes;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    bytes[i] = parts_of(rooms[i].pieces, parts[i]);
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = parts[i].data();
    messages[i].msg_hdr.msg_iovlen = rooms[i].pieces.size();
    messages[i].msg_hdr.msg_control = controls[i].bytes.data();
    messages[i].msg_hdr.msg_controllen = controls[i].bytes.size();
  }
  FrameCount count;
  const int got = receive(fd, std::span(messages).first(rooms.size()));
  if (got < 0) {
    count.error_number = errno == EAGAIN || errno == EINTR ? 0 : errno;
    return count;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
    FrameRoom& room = rooms[i];
    room.length = messages[i].msg_len;
    const auto tag = vlan_tag_of(messages[i].msg_hdr);
    const bool tagged = tag && room.length >= kAddressBytes;
    if (room.length + (tagged ? kVlanTagBytes : 0) > bytes[i]) {
      ++count.refused;
      count.error_number = EMSGSIZE;
      continue;
    }
    if (tagged) {
      put_back(*tag, room);
    }
    if (count.done != i) {
      copy_down(room, rooms[count.done]);
    }
    ++count.done;
  }
  return count;
}

FrameCount write_socket(int fd, std::span<const FramePieces> frames) {
  std::array<Parts, kFramesAtOnce> parts;
  std::array<mmsghdr, kFramesAtOnce> messages;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    parts_of(frames[i], parts[i]);
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = parts[i].data();
    messages[i].msg_hdr.msg_iovlen = frames[i].size();
  }
  FrameCount count;
  bool told_of_the_past = false;
  while (count.done < frames.size()) {
    const int sent = ::sendmmsg(fd, messages.data() + count.done,
                                static_cast<unsigned>(frames.size() - count.done), MSG_DONTWAIT);
    if (sent > 0) {
      count.done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      count.error_number = errno;
      break;
    } else if (errno == ENETDOWN && !told_of_the_past) {
      told_of_the_past = true;  // that it once was down is told though it is up again
    } else if (errno != EINTR) {
      count.error_number = errno;
      ++count.refused;
      ++count.done;
    }
  }
  return count;
}

}  // namespace

FrameCount read_frames(FrameDevice device, int fd, std::span<FrameRoom> rooms) {
  rooms = rooms.first(std::min(rooms.size(), kFramesAtOnce));
  return device == FrameDevice::kTap ? read_tap(fd, rooms) : read_socket(fd, rooms);
}

FrameCount write_frames(FrameDevice device, int fd, std::span<const FramePieces> frames) {
  frames = frames.first(std::min(frames.size(), kFramesAtOnce));
  return device == FrameDevice::kTap ? write_tap(fd, frames) : write_socket(fd, frames);
}

}  // namespace superfluid::os
