// SPDX-License-Identifier: Apache-2.0
// Frames in bulk, through a tap and through a packet socket, straight into and out of a ring.

#include "os/frames.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>

#include "abi/ring_end.h"
#include "netns/lab.h"
#include "os/mapping.h"
#include "os/tap.h"
#include "support/error_of.h"
#include "support/require.h"

namespace superfluid::os {
namespace {

using superfluid::testing::error_of;
using superfluid::testing::Host;
using superfluid::testing::NetLab;
using Bytes = std::vector<std::uint8_t>;

// A frame that no stack answers, and that says which it is.
Bytes frame_of(std::uint8_t number, std::size_t size) {
  Bytes frame(size);
  std::iota(frame.begin(), frame.end(), number);
  std::fill_n(frame.begin(), 6, std::uint8_t{0xff});
  std::fill_n(frame.begin() + 6, 6, std::uint8_t{2});
  frame[12] = 0x88;
  frame[13] = 0xb5;
  frame[14] = number;
  return frame;
}

bool is_ours(base::ByteView frame) {
  return frame.size() > 14 && frame[12] == 0x88 && frame[13] == 0xb5;
}

// Rooms of so many bytes each, in pieces of at most `piece`.
class Rooms {
 public:
  Rooms(std::size_t count, std::size_t bytes, std::size_t piece) : memory_(count * bytes) {
    const std::size_t each = (bytes + piece - 1) / piece;
    pieces_.reserve(count * each);
    for (std::size_t i = 0; i < count; ++i) {
      const base::ByteSpan room = base::ByteSpan(memory_).subspan(i * bytes, bytes);
      for (std::size_t at = 0; at < bytes; at += piece) {
        pieces_.push_back(room.subspan(at, std::min(piece, bytes - at)));
      }
      rooms_.push_back({.pieces = std::span(pieces_).last(each)});
    }
  }

  std::span<FrameRoom> all() { return rooms_; }
  Bytes content(std::size_t i) const {
    Bytes bytes;
    for (const base::ByteSpan piece : rooms_[i].pieces) {
      bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
    bytes.resize(rooms_[i].length);
    return bytes;
  }

 private:
  Bytes memory_;
  std::vector<base::ByteSpan> pieces_;
  std::vector<FrameRoom> rooms_;
};

// Reads until `count` of ours have come, with what else the kernel says on an interface left out.
std::vector<Bytes> read_ours(FrameDevice device, int fd, std::size_t count, Rooms rooms,
                             FrameCount& total) {
  std::vector<Bytes> ours;
  while (ours.size() < count) {
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, 20'000) != 1) {
      ADD_FAILURE() << "nothing comes any more";
      break;
    }
    const FrameCount got = read_frames(device, fd, rooms.all());
    total.done += got.done;
    total.refused += got.refused;
    total.error_number = got.error_number != 0 ? got.error_number : total.error_number;
    for (std::size_t i = 0; i < got.done; ++i) {
      if (is_ours(rooms.content(i))) {
        ours.push_back(rooms.content(i));
      }
    }
  }
  return ours;
}

FrameCount send_one(FrameDevice device, int fd, base::ByteView frame) {
  const FramePieces pieces(&frame, 1);
  return write_frames(device, fd, {&pieces, 1});
}

// A cable whose ends speak nothing of their own accord.
std::pair<Host&, Host&> quiet_hosts(NetLab& lab) {
  const auto [a, b] = lab.two_hosts();
  for (Host* host : {&a, &b}) {
    host->sysctl("net/ipv6/conf/eth0/disable_ipv6", "1");
  }
  return {a, b};
}

TEST(FramesOnPacketSockets, ManyComeWithOneCall) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = quiet_hosts(lab);
  const auto from = a.netns().run([] { return PacketSocket::open("eth0"); });
  const auto to = b.netns().run([] { return PacketSocket::open("eth0", {.queue = base::mib(2)}); });
  ASSERT_TRUE(from.has_value() && to.has_value());
  std::vector<Bytes> sent;
  std::vector<std::array<base::ByteView, 2>> halves;
  std::vector<FramePieces> frames;
  for (std::uint8_t i = 0; i < kFramesAtOnce; ++i) {
    sent.push_back(frame_of(i, 60 + i * 20u));
  }
  for (const Bytes& frame : sent) {
    halves.push_back({base::ByteView(frame).first(20), base::ByteView(frame).subspan(20)});
  }
  for (const auto& half : halves) {
    frames.emplace_back(half);
  }
  const FrameCount went = write_frames(FrameDevice::kPacketSocket, from->fd(), frames);
  EXPECT_EQ(went.done, kFramesAtOnce);
  EXPECT_EQ(went.refused, 0u);
  FrameCount total;
  EXPECT_EQ(read_ours(FrameDevice::kPacketSocket, to->fd(), kFramesAtOnce,
                      Rooms(kFramesAtOnce, 2048, 500), total),
            sent);
  EXPECT_EQ(total.refused, 0u);
  EXPECT_EQ(total.error_number, 0);
  Rooms rooms(4, 2048, 2048);
  EXPECT_EQ(read_frames(FrameDevice::kPacketSocket, to->fd(), rooms.all()).done, 0u);
}

TEST(FramesOnPacketSockets, WhatIsTooLongIsRefusedAndTheRestMovesUp) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = quiet_hosts(lab);
  const auto from = a.netns().run([] { return PacketSocket::open("eth0"); });
  const auto to = b.netns().run([] { return PacketSocket::open("eth0"); });
  ASSERT_TRUE(from.has_value() && to.has_value());
  for (const Bytes& frame :
       {frame_of(1, 100), frame_of(2, 101), frame_of(3, 90), frame_of(4, 1500), frame_of(5, 64)}) {
    EXPECT_EQ(send_one(FrameDevice::kPacketSocket, from->fd(), frame).done, 1u);
  }
  FrameCount total;
  const std::vector<Bytes> expected = {frame_of(1, 100), frame_of(3, 90), frame_of(5, 64)};
  EXPECT_EQ(read_ours(FrameDevice::kPacketSocket, to->fd(), 3, Rooms(8, 100, 30), total), expected);
  EXPECT_EQ(total.refused, 2u);
  EXPECT_EQ(total.error_number, EMSGSIZE);
}

// A tag that the sender's kernel took out comes beside the frame, and is put back where it was.
TEST(FramesOnPacketSockets, TagsAreAsOnTheWire) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = quiet_hosts(lab);
  const auto from = a.netns().run([] { return PacketSocket::open("eth0"); });
  const auto to = b.netns().run([] { return PacketSocket::open("eth0"); });
  ASSERT_TRUE(from.has_value() && to.has_value());
  for (const std::size_t piece : {2048u, 40u}) {  // with room in the first piece, and without
    Bytes frame = frame_of(7, 120);
    const Bytes tag = {0x81, 0x00, 0x20, 0x05};
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    EXPECT_EQ(send_one(FrameDevice::kPacketSocket, from->fd(), frame).refused, 0u);
    Rooms rooms(1, piece == 40 ? 240 : 2048, piece);
    pollfd wait{.fd = to->fd(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&wait, 1, 20'000), 1);
    ASSERT_EQ(read_frames(FrameDevice::kPacketSocket, to->fd(), rooms.all()).done, 1u);
    EXPECT_EQ(rooms.content(0), frame);
  }
  // It counts for the length.
  Bytes frame = frame_of(7, 120);
  const Bytes tag = {0x81, 0x00, 0x20, 0x05};
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  EXPECT_EQ(send_one(FrameDevice::kPacketSocket, from->fd(), frame).refused, 0u);
  Rooms rooms(1, 123, 123);
  pollfd wait{.fd = to->fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&wait, 1, 20'000), 1);
  EXPECT_EQ(read_frames(FrameDevice::kPacketSocket, to->fd(), rooms.all()).refused, 1u);
}

TEST(FramesOnPacketSockets, WhatTheKernelRefusesDoesNotStopTheRest) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = quiet_hosts(lab);
  const auto from = a.netns().run([] { return PacketSocket::open("eth0"); });
  const auto to = b.netns().run([] { return PacketSocket::open("eth0"); });
  ASSERT_TRUE(from.has_value() && to.has_value());
  const std::array<Bytes, 3> sent = {frame_of(1, 100), frame_of(2, 5000), frame_of(3, 100)};
  std::array<base::ByteView, 3> views = {sent[0], sent[1], sent[2]};
  const std::array<FramePieces, 3> frames = {FramePieces(&views[0], 1), FramePieces(&views[1], 1),
                                             FramePieces(&views[2], 1)};
  const FrameCount went = write_frames(FrameDevice::kPacketSocket, from->fd(), frames);
  EXPECT_EQ(went.done, 3u);
  EXPECT_EQ(went.refused, 1u);
  EXPECT_EQ(went.error_number, EMSGSIZE);
  FrameCount total;
  EXPECT_EQ(read_ours(FrameDevice::kPacketSocket, to->fd(), 2, Rooms(8, 2048, 2048), total),
            (std::vector<Bytes>{sent[0], sent[2]}));

  ASSERT_TRUE(a.netlink().set_up("eth0", false).has_value());
  const FrameCount down = write_frames(FrameDevice::kPacketSocket, from->fd(), frames);
  EXPECT_EQ(down.refused, 3u);
  ASSERT_TRUE(a.netlink().set_up("eth0").has_value());
  a.await_running("eth0");
  b.await_running("eth0");
  EXPECT_EQ(send_one(FrameDevice::kPacketSocket, from->fd(), sent[0]).refused, 0u);
}

TEST(FramesOnTaps, GoThroughARingWithoutACopyBetween) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  const auto tap = a.netns().run([] { return Tap::open("tap0", {}); });
  ASSERT_TRUE(tap.has_value()) << tap.error().to_string();
  a.sysctl("net/ipv6/conf/tap0/disable_ipv6", "1");
  ASSERT_TRUE(a.netlink().set_up("tap0").has_value());
  const auto socket = a.netns().run([] { return PacketSocket::open("tap0"); });
  ASSERT_TRUE(socket.has_value());

  const std::uint32_t slots = abi::kSlotsMin;
  auto memory = Mapping::anonymous(abi::window_bytes(slots), {});
  ASSERT_TRUE(memory.has_value());
  const abi::Window window{.base = memory->data(), .bytes = memory->size(), .slots = slots};
  abi::lay_out(window);
  abi::RingProducer<abi::Side::kServer> to_guest(window);
  abi::RingConsumer<abi::Side::kClient> guest_in(window);
  abi::RingProducer<abi::Side::kClient> guest_out(window);
  abi::RingConsumer<abi::Side::kServer> from_guest(window);

  // The kernel sends; a frame lies in the buffer that the guest lent.
  for (std::uint8_t i = 0; i < 5; ++i) {
    EXPECT_EQ(send_one(FrameDevice::kPacketSocket, socket->fd(), frame_of(i, 100u + i)).done, 1u);
  }
  std::array<base::ByteSpan, 16> buffers;
  std::array<FrameRoom, 16> rooms;
  const std::size_t free = to_guest.reserve(buffers);
  for (std::size_t i = 0; i < free; ++i) {
    rooms[i] = {.pieces = std::span(buffers).subspan(i, 1)};
  }
  const FrameCount got =
      read_frames(FrameDevice::kTap, tap->queue(0), std::span(rooms).first(free));
  ASSERT_EQ(got.done, 5u);
  EXPECT_EQ(got.error_number, 0);
  for (std::size_t i = 0; i < got.done; ++i) {
    to_guest.commit(static_cast<std::uint32_t>(rooms[i].length));
  }
  EXPECT_TRUE(to_guest.publish());
  for (std::uint8_t i = 0; i < 5; ++i) {
    const auto frame = guest_in.next();
    ASSERT_TRUE(frame);
    Bytes bytes(frame->length);
    frame->copy_to(bytes.data());
    EXPECT_EQ(bytes, frame_of(i, 100u + i));
    EXPECT_EQ(frame->pieces[0].data(), buffers[i].data());
  }

  // The guest sends; the kernel reads out of the guest's buffer.
  EXPECT_TRUE(guest_out.put(frame_of(9, 1000)));
  EXPECT_TRUE(guest_out.publish());
  const auto frame = from_guest.next();
  ASSERT_TRUE(frame);
  const FramePieces pieces = std::span(frame->pieces).first(frame->count);
  EXPECT_EQ(write_frames(FrameDevice::kTap, tap->queue(0), {&pieces, 1}).refused, 0u);
  FrameCount total;
  EXPECT_EQ(
      read_ours(FrameDevice::kPacketSocket, socket->fd(), 1, Rooms(1, 2048, 2048), total).at(0),
      frame_of(9, 1000));
}

TEST(FramesOnTaps, WhatIsTooLongIsRefused) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  const auto tap = a.netns().run([] { return Tap::open("tap0", {}); });
  ASSERT_TRUE(tap.has_value()) << tap.error().to_string();
  EXPECT_EQ(send_one(FrameDevice::kTap, tap->queue(0), frame_of(1, 100)).refused, 1u) << "down";
  a.sysctl("net/ipv6/conf/tap0/disable_ipv6", "1");
  ASSERT_TRUE(a.netlink().set_up("tap0").has_value());
  const auto socket = a.netns().run([] { return PacketSocket::open("tap0"); });
  ASSERT_TRUE(socket.has_value());
  for (const std::size_t size : {100u, 101u, 64u}) {
    EXPECT_EQ(send_one(FrameDevice::kPacketSocket, socket->fd(), frame_of(1, size)).done, 1u);
  }
  FrameCount total;
  EXPECT_EQ(read_ours(FrameDevice::kTap, tap->queue(0), 2, Rooms(4, 100, 40), total),
            (std::vector<Bytes>{frame_of(1, 100), frame_of(1, 64)}));
  EXPECT_EQ(total.refused, 1u);
  EXPECT_EQ(total.error_number, EMSGSIZE);
}

TEST(PersistentTap, StaysUntilItIsRemoved) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  using base::ErrorCode;
  NetLab lab;
  Host& a = lab.host("a");
  const auto in_a = [&](auto work) { return a.netns().run(work); };
  EXPECT_EQ(error_of(in_a([] { return Tap::attach("tap0", {}); })), ErrorCode::kNotFound);
  const auto made = in_a([] { return Tap::make_persistent("tap0", {.owner = 1000}); });
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_EQ(error_of(in_a([] { return Tap::make_persistent("tap0", {}); })), ErrorCode::kConflict);
  {
    const auto tap = in_a([] { return Tap::attach("tap0", {}); });
    ASSERT_TRUE(tap.has_value()) << tap.error().to_string();
    EXPECT_EQ(error_of(in_a([] { return Tap::attach("tap0", {}); })), ErrorCode::kConflict);
    EXPECT_EQ(error_of(in_a([] { return Tap::remove_persistent("tap0", {}); })),
              ErrorCode::kConflict);
  }
  EXPECT_TRUE(a.netlink().link("tap0").has_value());
  EXPECT_EQ(error_of(in_a([] { return Tap::attach("tap0", {.queues = 2}); })), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(in_a([] { return Tap::attach("tap0", {.kind = Tap::Kind::kIp}); })),
            ErrorCode::kInvalid);
  ASSERT_TRUE(in_a([] { return Tap::remove_persistent("tap0", {}); }).has_value());
  EXPECT_EQ(error_of(a.netlink().link("tap0")), ErrorCode::kNotFound);
  EXPECT_EQ(error_of(in_a([] { return Tap::remove_persistent("tap0", {}); })),
            ErrorCode::kNotFound);
}

TEST(PersistentTap, MayHaveManyQueues) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  const Tap::Persistence many{.many_queues = true};
  ASSERT_TRUE(a.netns().run([&] { return Tap::make_persistent("tap0", many); }).has_value());
  const auto tap = a.netns().run([] { return Tap::attach("tap0", {.queues = 3}); });
  ASSERT_TRUE(tap.has_value()) << tap.error().to_string();
  EXPECT_EQ(tap->queues(), 3u);
}

TEST(PersistentTap, IsNotAnyInterfaceOfThatName) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  EXPECT_FALSE(a.netns().run([] { return Tap::attach("eth0", {}); }).has_value());
  const auto tap = a.netns().run([] { return Tap::open("tap0", {.queues = 2}); });
  ASSERT_TRUE(tap.has_value());
  EXPECT_EQ(error_of(a.netns().run([] { return Tap::attach("tap0", {.queues = 2}); })),
            base::ErrorCode::kNotFound)
      << "it goes with its queues";
}

}  // namespace
}  // namespace superfluid::os
