// SPDX-License-Identifier: Apache-2.0
// Peers that do not keep the rules. The memory is exactly the window, so AddressSanitizer sees
// every step outside of it.
#include <gtest/gtest.h>

#include <thread>

#include "abi/ring_end.h"
#include "abi/testing.h"

namespace superfluid::abi {
namespace {

constexpr RingWay kUp = RingWay::kToServer;
constexpr RingWay kDown = RingWay::kToClient;

// Writes descriptors as a client would and shows them; says what a server makes of them.
struct Hostile {
  Memory memory;
  RingConsumer<Side::kServer> server{memory.window()};
  std::uint16_t head = 0;

  Descriptor good() {
    return {.flags = 0,
            .region = 0,
            .length = 64,
            .offset = static_cast<std::uint32_t>(buffer_offset(kUp, kSlotsMin, 0)),
            .metadata = 0};
  }
  void show(std::initializer_list<Descriptor> descriptors) {
    for (const Descriptor& descriptor : descriptors) {
      memory.descriptor(kUp, head++ % kSlotsMin) = descriptor;
    }
    memory.ring(kUp).head = head;
  }
};

// The descriptor is refused, what comes behind it is received, and both are given back.
void expect_refused(const Descriptor& descriptor, const char* why) {
  Hostile peer;
  peer.show({descriptor, peer.good()});
  EXPECT_TRUE(peer.server.next()) << why;
  EXPECT_FALSE(peer.server.next()) << why;
  EXPECT_EQ(peer.server.bad_frames(), 1u) << why;
  peer.server.release();
  EXPECT_EQ(peer.memory.ring(kUp).tail, 2) << why;
  EXPECT_FALSE(peer.server.broken()) << why;
}

TEST(RingHostile, DescriptorsOutsideOfTheBuffersAreRefused) {
  Hostile peer;
  const Descriptor good = peer.good();
  const auto bytes = static_cast<std::uint32_t>(peer.memory.window().bytes);
  const auto with = [&](auto member, auto value) {
    Descriptor descriptor = good;
    descriptor.*member = value;
    return descriptor;
  };
  expect_refused(with(&Descriptor::region, std::uint16_t{1}), "another region");
  expect_refused(with(&Descriptor::length, 0u), "nothing");
  expect_refused(with(&Descriptor::length, kFrameBytesMax + 1), "longer than a frame");
  expect_refused(with(&Descriptor::length, ~0u), "the longest");
  expect_refused(with(&Descriptor::offset, 0u), "the ring itself");
  expect_refused(with(&Descriptor::offset, static_cast<std::uint32_t>(2 * ring_bytes(16)) - 1),
                 "the last descriptor");
  expect_refused(with(&Descriptor::offset, bytes), "behind the window");
  expect_refused(with(&Descriptor::offset, bytes - 63), "ends behind the window");
  expect_refused(with(&Descriptor::offset, ~0u), "the furthest");
  expect_refused(with(&Descriptor::offset, ~0u - 63), "wraps in 32 bits");

  peer.show({with(&Descriptor::offset, bytes - 64)});
  const auto last = peer.server.next();
  ASSERT_TRUE(last) << "ends with the window";
  EXPECT_EQ(content(*last), Bytes(64, 0));
}

TEST(RingHostile, ChainsThatAreTooLongAreRefusedWhole) {
  Hostile peer;
  Descriptor link = peer.good();
  link.flags = kDescNext;
  link.length = 1;
  peer.show({link, link, link, link, link, link, link, link, peer.good(), peer.good()});
  ASSERT_TRUE(peer.server.next());
  EXPECT_FALSE(peer.server.next());
  EXPECT_EQ(peer.server.bad_frames(), 1u) << "nine pieces";
  peer.server.release();

  link.length = kFrameBytesMax;
  peer.show({link, peer.good(), peer.good()});
  ASSERT_TRUE(peer.server.next());
  EXPECT_EQ(peer.server.bad_frames(), 2u) << "a frame and 64 bytes";
  peer.server.release();
}

TEST(RingHostile, AChainAllAroundEnds) {
  Hostile peer;
  Descriptor link = peer.good();
  link.flags = kDescNext;
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t slot = 0; slot < kSlotsMin; ++slot) {
      peer.show({link});
    }
    EXPECT_FALSE(peer.server.next());
    peer.server.release();
  }
  EXPECT_EQ(peer.server.bad_frames(), 3u);
  EXPECT_FALSE(peer.server.broken());
}

TEST(RingHostile, AChainThatIsNotWholeIsRefused) {
  Hostile peer;
  Descriptor link = peer.good();
  link.flags = kDescNext;
  peer.show({peer.good(), link});
  EXPECT_TRUE(peer.server.next());
  EXPECT_FALSE(peer.server.next());
  EXPECT_EQ(peer.server.bad_frames(), 1u);
  EXPECT_TRUE(peer.server.may_sleep()) << "it keeps nobody awake";
}

TEST(RingHostile, BadFramesAloneEndACall) {
  Hostile peer;
  Descriptor bad = peer.good();
  bad.region = 7;
  for (std::uint32_t slot = 0; slot < kSlotsMin; ++slot) {
    peer.show({bad});
  }
  EXPECT_FALSE(peer.server.next());
  EXPECT_EQ(peer.server.bad_frames(), kSlotsMin);
  peer.server.release();
  peer.show({peer.good()});
  EXPECT_TRUE(peer.server.next());
}

TEST(RingHostile, AnIndexThatJumpsBreaksTheServer) {
  for (const int jump : {17, 18, 1000, 0x7fff, 0x8000, 0xffff}) {
    Hostile peer;
    peer.memory.ring(kUp).head = static_cast<std::uint16_t>(jump);
    EXPECT_FALSE(peer.server.next()) << jump;
    EXPECT_TRUE(peer.server.broken()) << jump;
    peer.memory.ring(kUp).head = 1;
    EXPECT_FALSE(peer.server.next()) << "for ever";
    EXPECT_TRUE(peer.server.may_sleep());
  }
}

TEST(RingHostile, AnIndexThatGoesBackBreaksTheServer) {
  Hostile peer;
  peer.show({peer.good(), peer.good()});
  EXPECT_TRUE(peer.server.next());
  EXPECT_TRUE(peer.server.next());
  peer.memory.ring(kUp).head = 1;
  EXPECT_FALSE(peer.server.next());
  EXPECT_TRUE(peer.server.broken());
}

TEST(RingHostile, WhatIsNotGivenBackCountsAgainstTheRing) {
  Hostile peer;
  peer.show({peer.good(), peer.good()});
  EXPECT_TRUE(peer.server.next());
  EXPECT_TRUE(peer.server.next());
  peer.memory.ring(kUp).head = 17;
  EXPECT_FALSE(peer.server.next()) << "15 more, and only 14 are free";
  EXPECT_TRUE(peer.server.broken());
}

TEST(RingHostile, TheTailOfAServerBreaksTheClient) {
  for (const int tail : {17, 0x8000, 0xffff}) {
    Memory memory;
    RingConsumer<Side::kClient> client(memory.window());
    memory.ring(kDown).tail = static_cast<std::uint16_t>(tail);
    EXPECT_FALSE(client.next()) << tail;
    EXPECT_TRUE(client.broken()) << tail;
  }
  for (const int tail : {3, 0x8000, 0xffff}) {  // two were published
    Memory memory;
    RingProducer<Side::kClient> client(memory.window());
    EXPECT_TRUE(client.put(Bytes(64)));
    EXPECT_TRUE(client.put(Bytes(64)));
    EXPECT_TRUE(client.publish());
    EXPECT_TRUE(client.put(Bytes(64)));
    memory.ring(kUp).tail = static_cast<std::uint16_t>(tail);
    std::array<std::span<std::uint8_t>, 16> buffers;
    EXPECT_EQ(client.reserve(buffers), 0u) << tail;
    EXPECT_TRUE(client.broken()) << tail;
    EXPECT_FALSE(client.publish());
  }
}

TEST(RingHostile, TheHeadOfAClientBreaksTheServer) {
  for (const int head : {17, 0x8000, 0xffff}) {
    Memory memory;
    RingProducer<Side::kServer> server(memory.window());
    memory.ring(kDown).head = static_cast<std::uint16_t>(head);
    EXPECT_FALSE(server.put(Bytes(64))) << head;
    EXPECT_TRUE(server.broken()) << head;
  }
  Memory memory;
  RingProducer<Side::kServer> server(memory.window());
  EXPECT_TRUE(server.put(Bytes(64)));
  memory.ring(kDown).head = 15;
  std::array<std::span<std::uint8_t>, 16> buffers;
  EXPECT_EQ(server.reserve(buffers), 0u) << "took back what it lent";
  EXPECT_TRUE(server.broken());
}

TEST(RingHostile, ALentBufferThatIsNoneBreaksTheServer) {
  const auto broken_by = [](auto change) {
    Memory memory;
    RingProducer<Side::kServer> server(memory.window());
    change(memory.descriptor(kDown, 1));
    EXPECT_TRUE(server.put(Bytes(64, 1))) << "the buffer before is good";
    const bool put = server.put(Bytes(64, 2));
    EXPECT_NE(put, server.broken());
    return server.broken();
  };
  EXPECT_TRUE(broken_by([](Descriptor& it) { it.region = 1; }));
  EXPECT_TRUE(broken_by([](Descriptor& it) { it.offset = 0; }));
  EXPECT_TRUE(broken_by([](Descriptor& it) { it.offset = ~0u; }));
  EXPECT_TRUE(broken_by([](Descriptor& it) {
    it.offset = static_cast<std::uint32_t>(window_bytes(kSlotsMin)) - kBufferBytes + 1;
  }));
  EXPECT_FALSE(broken_by([](Descriptor& it) { it.length = 0; })) << "not asked";
}

TEST(RingHostile, AClientDoesNotAskTheServerWhereItsBuffersAre) {
  Memory memory;
  RingConsumer<Side::kClient> client(memory.window());
  RingProducer<Side::kServer> server(memory.window());
  const Bytes frame = numbered(5, 300);
  EXPECT_TRUE(server.put(frame));
  EXPECT_TRUE(server.put(frame));
  EXPECT_TRUE(server.publish());
  memory.descriptor(kDown, 0).offset = ~0u;
  memory.descriptor(kDown, 0).region = 9;
  memory.descriptor(kDown, 1).length = kBufferBytes + 1;
  const auto received = client.next();
  ASSERT_TRUE(received);
  EXPECT_EQ(content(*received), frame);
  EXPECT_FALSE(client.next());
  EXPECT_EQ(client.bad_frames(), 1u);
  client.release();
  EXPECT_EQ(memory.descriptor(kDown, 0).offset, buffer_offset(kDown, kSlotsMin, 0));
  EXPECT_EQ(memory.descriptor(kDown, 1).length, kBufferBytes);
}

TEST(RingHostile, AnotherCookieBreaks) {
  Memory memory;
  memory.ring(kUp).cookie = kRingCookie + 1;
  RingConsumer<Side::kServer> server(memory.window());
  EXPECT_FALSE(server.next());
  EXPECT_TRUE(server.broken());
}

TEST(RingHostile, WindowsThatAreNoneAreBrokenFromTheStart) {
  Memory memory;
  Window window = memory.window();
  --window.bytes;
  EXPECT_TRUE(RingConsumer<Side::kServer>(window).broken());
  window = memory.window();
  window.slots = 24;
  EXPECT_TRUE(RingProducer<Side::kServer>(window).broken());
  EXPECT_TRUE(RingProducer<Side::kClient>(Window{}).broken());
}

// Descriptors and indices that change all the time, by a thread: whatever is handed out is inside.
TEST(RingHostileThreads, WordsThatChangeUnderTheReader) {
  Memory memory;
  const Window window = memory.window();
  std::atomic<bool> stop = false;
  std::thread peer([&] {
    std::uint32_t noise = 1;
    while (!stop) {
      noise = noise * 1664525 + 1013904223;
      Descriptor& descriptor = memory.descriptor(kUp, (noise >> 8) % kSlotsMin);
      detail::store(descriptor.length, noise >> ((noise >> 27) % 32));
      detail::store(descriptor.offset, noise >> ((noise >> 22) % 32));
      detail::store(descriptor.flags, static_cast<std::uint16_t>((noise >> 30) == 0));
      detail::store(memory.ring(kUp).head,
                    static_cast<std::uint16_t>(detail::load(memory.ring(kUp).tail) + 9));
    }
  });
  std::uint64_t frames = 0;
  for (int life = 0; life < 2000; ++life) {
    RingConsumer<Side::kServer> server(window);
    while (const auto frame = server.next()) {
      ++frames;
      std::uint32_t length = 0;
      for (std::uint32_t i = 0; i < frame->count; ++i) {
        length += static_cast<std::uint32_t>(frame->pieces[i].size());
        ASSERT_GE(frame->pieces[i].data(), window.base + 2 * ring_bytes(window.slots));
        ASSERT_LE(frame->pieces[i].data() + frame->pieces[i].size(), window.base + window.bytes);
      }
      ASSERT_EQ(length, frame->length);
      ASSERT_LE(length, kFrameBytesMax);
    }
    server.release();
  }
  stop = true;
  peer.join();
  RecordProperty("frames", static_cast<int>(frames));
}

}  // namespace
}  // namespace superfluid::abi
