// SPDX-License-Identifier: Apache-2.0
// Packet rings: memif's, version 2, as VPP and DPDK speak it, so that a process of theirs can be
// the other end of any port. (Facts of the format: VPP's memif documentation and the behaviour of
// its peers; the words are ours.)
//
// A connection has two sides and, here, one ring each way. The *client* owns the buffers of both
// rings and lends them out by descriptors; the *server* only uses what it was lent.
//
//   client -> server   the client fills a buffer, writes its descriptor at `head`, advances head;
//                      the server reads up to head, then advances tail: the buffer is back
//   server -> client   the client writes descriptors of empty buffers at `head`, advances head;
//                      the server fills those before head, writes their lengths, advances tail;
//                      the client reads up to tail
//
// So head is always the client's word and tail the server's, each on a cache line of its own; slot
// indices are the low bits of words that count on and wrap at 2^16, and head - tail (mod 2^16) is
// never more than the ring has slots.
//
// A frame longer than a buffer goes in several descriptors, all but the last marked kDescNext; they
// become visible together. Every lent buffer holds kBufferBytes, whatever its descriptor says.
//
// Waking: who is about to sleep clears kRingMasked in the flags of the ring that it takes from,
// then looks once more; who put something into a ring looks at the flags afterwards, and rings
// when kRingMasked is not set. Both put a full fence between their write and their look.
//
// Whoever shares a ring with somebody else copies a descriptor out once, checks the copy against
// the window's bounds, and uses only the copy. An index that jumps by more than the ring has slots
// ends the connection.
//
// A window (abi/machine.h) is laid out by window_bytes(), ring_offset() and buffer_offset(); its
// descriptors' offsets count from its beginning, and their region is 0.

#pragma once

#include "abi/machine.h"

namespace superfluid::abi {

inline constexpr std::uint32_t kRingCookie = 0x3e31f20;
inline constexpr std::size_t kCacheLineBytes = 64;

inline constexpr std::uint16_t kRingMasked = 1 << 0;  // RingHeader::flags: do not wake me
inline constexpr std::uint16_t kDescNext = 1 << 0;    // Descriptor::flags: the frame goes on

struct Descriptor {
  std::uint16_t flags;
  std::uint16_t region;
  std::uint32_t length;  // of what is there; in a buffer that is lent, of the buffer
  std::uint32_t offset;
  std::uint32_t metadata;
};
static_assert(sizeof(Descriptor) == 16);
static_assert(offsetof(Descriptor, length) == 4);
static_assert(offsetof(Descriptor, offset) == 8);

struct RingHeader {
  // Written by the client.
  std::uint32_t cookie;
  std::uint16_t flags;  // by whoever takes from this ring
  std::uint16_t head;
  std::uint8_t line1[kCacheLineBytes - 8];
  // Written by the server.
  std::uint16_t tail;
  std::uint8_t line2[kCacheLineBytes - 2];
  // Descriptors follow.
};
static_assert(sizeof(RingHeader) == 2 * kCacheLineBytes);
static_assert(offsetof(RingHeader, flags) == 4);
static_assert(offsetof(RingHeader, head) == 6);
static_assert(offsetof(RingHeader, tail) == kCacheLineBytes);

enum class RingWay : std::uint8_t { kToServer = 0, kToClient = 1 };

inline constexpr std::uint32_t kSlotsMin = 16;
inline constexpr std::uint32_t kSlotsMax = 1024;
inline constexpr std::uint32_t kSlotsDefault = 128;
inline constexpr std::uint32_t kBufferBytes = 2048;
// Longest frame that goes over a ring, in however many buffers.
inline constexpr std::uint32_t kFrameBytesMax = 9216;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}
constexpr std::uint64_t ring_bytes(std::uint32_t slots) {
  return sizeof(RingHeader) + std::uint64_t{slots} * sizeof(Descriptor);
}
constexpr std::uint64_t ring_offset(RingWay way, std::uint32_t slots) {
  return way == RingWay::kToServer ? 0 : ring_bytes(slots);
}
constexpr std::uint64_t buffer_offset(RingWay way, std::uint32_t slots, std::uint32_t slot) {
  const std::uint64_t before = way == RingWay::kToServer ? slot : std::uint64_t{slots} + slot;
  return whole_pages(2 * ring_bytes(slots)) + before * kBufferBytes;
}
constexpr std::uint64_t window_bytes(std::uint32_t slots) {
  return buffer_offset(RingWay::kToClient, slots, slots);
}
constexpr bool is_ring_size(std::uint32_t slots) {
  return slots >= kSlotsMin && slots <= kSlotsMax && (slots & (slots - 1)) == 0;
}

}  // namespace superfluid::abi
