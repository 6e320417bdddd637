// SPDX-License-Identifier: Apache-2.0
// Packet, Batch, PacketPool: what flows through a graph.
//
// A Packet is a descriptor of two cache lines followed by its own buffer. Several descriptors may
// share one buffer (Tee); who wants to write calls writable() first, which copies only then and
// hands back the packet to go on with.
//
// A Batch is a view of descriptors in order. Whoever is handed a batch owns its packets and must
// pass every one on, keep it or release it; the array of pointers stays the caller's, and may be
// permuted and overwritten by the callee. A batch has at most kBatchMax packets and is never empty.
//
// Invariants
//   1. head <= data, data + length <= end: all inside one buffer.
//   2. A slot (descriptor and buffer) returns to its pool when its descriptor is released and no
//      other descriptor uses its buffer. In the pool it stays ready: it is its own owner, the only
//      user of its buffer, and head and end are the buffer's, so that making a packet writes less.
//   3. mac, network and transport are null or point into the buffer. They are hints: who relies on
//      one checks it against data and length, since any element may have moved those.
//   4. Nothing on the packet path allocates but PacketPool::make(): when its slots are used up, and
//      for packets larger than a slot. It is bounded by packets_max, of which one in sixteen may
//      be larger than a slot; beyond that, and where memory has run out, it returns nullptr.
//
// Under AddressSanitizer a slot's bytes beyond those asked for, and a released slot's, may not be
// touched, and packets have no more tailroom than they need.
//
// Threads: a pool and the packets in it belong to one lane's thread. Pools of several lanes draw on
// one PacketStock; a packet that goes from one to the other (graph/crossing.h) changes pools.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/units.h"
#include "net/address.h"

#if defined(SUPERFLUID_ADDRESS_SANITIZER)
extern "C" void __asan_poison_memory_region(const volatile void* begin, std::size_t size);
extern "C" void __asan_unpoison_memory_region(const volatile void* begin, std::size_t size);
#endif

namespace superfluid::graph {

inline constexpr std::size_t kBatchMax = 64;
inline constexpr std::uint32_t kHeadroom = 64;  // before data, for headers yet to come
inline constexpr std::uint32_t kPacketBytesMax =
    65'535 + 256;  // an IPv6 packet and its link headers

class PacketPool;

// What elements note about a packet for those after them.
struct Annotations {
  base::Duration timestamp;      // since 1970, or zero
  net::Ipv6Address destination;  // IPv4: in the first four bytes
  std::uint32_t number = 0;      // as counted by a source
  std::uint32_t aggregate = 0;
  std::uint32_t flow_hash = 0;
  std::uint32_t extra_length = 0;  // bytes the packet had on the wire beyond those kept
  std::uint16_t vlan_tci = 0;
  std::uint8_t paint = 0;
  std::uint8_t kind = 0;  // PacketKind
  std::uint8_t icmp_pointer = 0;
  bool fix_ip_source = false;
};

// How the packet reached this host, as link layers know it.
enum class PacketKind : std::uint8_t { kToHost, kBroadcast, kMulticast, kOtherHost, kOutgoing };

struct alignas(64) Packet {
  // Line 1: what every element touches.
  std::uint8_t* data;
  std::uint32_t length;
  std::uint32_t references;  // descriptors that use this slot's buffer
  std::uint8_t* head;
  std::uint8_t* end;
  std::uint8_t* mac;
  std::uint8_t* network;
  std::uint8_t* transport;
  Packet* owner;  // the slot whose buffer `data` lies in

  // Line 2.
  Annotations notes;
  PacketPool* pool;
  std::uint32_t capacity;  // of this slot's buffer

  base::ByteView bytes() const { return {data, length}; }
  base::ByteSpan bytes() { return {data, length}; }
  std::size_t headroom() const { return static_cast<std::size_t>(data - head); }
  std::size_t tailroom() const { return static_cast<std::size_t>(end - data) - length; }
  bool shared() const { return owner->references > 1; }
  // No other slot is involved, neither as a sharer nor as the one whose buffer this is.
  bool self_contained() const { return owner == this && references == 1; }

  // Bytes from `header` to the packet's end; empty when the hint does not point into the packet.
  base::ByteView from(const std::uint8_t* header) const {
    if (header < data || header > data + length) {
      return {};
    }
    return {header, static_cast<std::size_t>(data + length - header)};
  }

  // Takes `count` bytes off the front or the back. REQUIRES: count <= length.
  void pull(std::uint32_t count) {
    data += count;
    length -= count;
  }
  void take(std::uint32_t count) { length -= count; }
};
static_assert(sizeof(Packet) == 128);

inline void release(Packet* packet);

inline bool fits(const Packet& packet, std::uint32_t more) {
  return std::uint64_t{packet.length} + more <= kPacketBytesMax;
}
// What writable() does for a packet that is shared or has too little room.
[[nodiscard]] Packet* copy_in_its_place(Packet* packet, std::uint32_t headroom,
                                        std::uint32_t tailroom);

// The packet with bytes that may be written, with room for `headroom` and `tailroom` more: the same
// one when it has all that, else a copy in its place, hints and notes included. nullptr, and the
// packet is released, when there is no memory or it would exceed kPacketBytesMax.
[[nodiscard]] inline Packet* writable(Packet* packet, std::uint32_t headroom = 0,
                                      std::uint32_t tailroom = 0) {
  if (!packet->shared() && packet->headroom() >= headroom && packet->tailroom() >= tailroom)
      [[likely]] {
    return packet;
  }
  return copy_in_its_place(packet, headroom, tailroom);
}

// The same, longer by `count` bytes in front or behind, which are not initialised.
[[nodiscard]] inline Packet* push_front(Packet* packet, std::uint32_t count) {
  packet = fits(*packet, count) ? writable(packet, count) : copy_in_its_place(packet, count, 0);
  if (packet != nullptr) [[likely]] {
    packet->data -= count;
    packet->length += count;
  }
  return packet;
}
[[nodiscard]] inline Packet* push_back(Packet* packet, std::uint32_t count) {
  packet = fits(*packet, count) ? writable(packet, 0, count) : copy_in_its_place(packet, 0, count);
  if (packet != nullptr) [[likely]] {
    packet->length += count;
  }
  return packet;
}

// Owns one packet, where a batch would be too much.
struct PacketRelease {
  void operator()(Packet* packet) const { release(packet); }
};
using PacketPtr = std::unique_ptr<Packet, PacketRelease>;

class Batch {
 public:
  Batch(Packet** packets, std::size_t size) : packets_(packets), size_(size) {}

  std::size_t size() const { return size_; }
  Packet** begin() const { return packets_; }
  Packet** end() const { return packets_ + size_; }
  Packet*& operator[](std::size_t i) const { return packets_[i]; }

  void release() const {
    for (Packet* packet : *this) {
      graph::release(packet);
    }
  }

 private:
  Packet** packets_;
  std::size_t size_;
};

// The memory behind the pools of a graph: it makes slots, in bundles, up to a limit, and passes on
// free ones from pools that have too many to those that have none. So packets that always cross in
// one direction do not eat up memory: their slots come home.
//
// Threads: any.
class PacketStock {
 public:
  static constexpr std::size_t kPacketsMaxDefault = 1 << 18;

  explicit PacketStock(std::size_t packets_max);
  PacketStock(const PacketStock&) = delete;
  PacketStock& operator=(const PacketStock&) = delete;
  // REQUIRES: all slots are free.
  ~PacketStock();

 private:
  friend class PacketPool;

  static constexpr std::size_t kBundleSlotsMin = 16;
  static constexpr std::size_t kBundleSlotsMax = 256;
  static constexpr std::size_t kBundlesMin = 16;

  // Free slots, linked like those in a pool.
  struct Bundle {
    Packet* first = nullptr;
    std::size_t count = 0;
  };

  Bundle take();  // empty: the limit is reached, or there is no memory
  void put(Bundle bundle);

  void lock() {
    while (locked_.test_and_set(std::memory_order_acquire)) {
    }
  }
  void unlock() { locked_.clear(std::memory_order_release); }
  static Bundle made_of(std::byte* chunk, std::size_t slots);

  // Held for a few instructions, once per bundle; a new chunk's slots are made outside.
  std::atomic_flag locked_;
  std::vector<Bundle> spare_;
  std::vector<std::byte*> chunks_;
  std::size_t packets_max_;
  std::size_t bundle_slots_;  // few where few packets are allowed: little memory
  std::size_t slots_ = 0;     // in all chunks
};

class PacketPool {
 public:
  static constexpr std::size_t kPacketsMaxDefault = PacketStock::kPacketsMaxDefault;
  // Slots are an odd number of cache lines long, so that equal offsets fall into all cache sets.
  static constexpr std::size_t kSlotBytes = 35 * 64;

  // With a stock of its own, or one of several that draw on a stock, which outlives it.
  explicit PacketPool(std::size_t packets_max = kPacketsMaxDefault)
      : own_stock_(std::make_unique<PacketStock>(packets_max)), stock_(*own_stock_) {}
  explicit PacketPool(PacketStock& stock) : stock_(stock) {}
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;
  ~PacketPool();

  // A packet of `length` bytes that are not initialised, with default notes and no hints.
  inline Packet* make(std::uint32_t length, std::uint32_t headroom = kHeadroom);
  inline Packet* make(base::ByteView bytes, std::uint32_t headroom = kHeadroom);
  // Another descriptor of the same bytes.
  inline Packet* share(Packet& packet);

  std::size_t in_use() const { return in_use_; }
  std::uint64_t refused() const { return refused_; }

  // A packet leaves for a pool of the same stock, and comes from one. REQUIRES: it is
  // self_contained(); between the two calls nobody touches it.
  void let_go(const Packet& packet) {
    --in_use_;
    packet.capacity > kBufferBytes ? --large_in_use_ : --slots_;
  }
  void take_in(Packet& packet) {
    ++in_use_;
    packet.capacity > kBufferBytes ? ++large_in_use_ : ++slots_;
    packet.pool = this;
  }
  // Free slots beyond kFreeBundlesMax bundles go back to the stock. For several lanes, each round.
  void trim() {
    if (free_slots() > kFreeBundlesMax * stock_.bundle_slots_) [[unlikely]] {
      hand_back();
    }
  }

 private:
  friend class PacketStock;
  friend inline void release(Packet* packet);

  static constexpr std::size_t kBufferBytes = kSlotBytes - sizeof(Packet);
  static constexpr std::size_t kFreeBundlesMax = 4;

#if defined(SUPERFLUID_ADDRESS_SANITIZER)
  static constexpr bool kTight = true;
  static void forbid(const void* begin, std::size_t size) {
    __asan_poison_memory_region(begin, size);
  }
  static void permit(const void* begin, std::size_t size) {
    __asan_unpoison_memory_region(begin, size);
  }
#else
  static constexpr bool kTight = false;
  static void forbid(const void*, std::size_t) {}
  static void permit(const void*, std::size_t) {}
#endif

  // Most packets are short: asking memcpy for so few bytes costs more than moving them.
  static void copy(std::uint8_t* to, const std::uint8_t* from, std::size_t count) {
    constexpr std::size_t kStep = 16;
    constexpr std::size_t kShort = 8 * kStep;
    if (count < kStep || count > kShort) {
      std::memcpy(to, from, count);
      return;
    }
    for (std::size_t at = 0; at + kStep < count; at += kStep) {
      std::memcpy(to + at, from + at, kStep);
    }
    std::memcpy(to + count - kStep, from + count - kStep, kStep);
  }
  static std::uint8_t* buffer_of(Packet* slot) { return reinterpret_cast<std::uint8_t*>(slot + 1); }
  static Packet* next_free(const Packet& slot) { return reinterpret_cast<Packet*>(slot.data); }
  // As a slot is that uses its own buffer alone.
  static void make_ready(Packet* slot) {
    slot->owner = slot;
    slot->references = 1;
    slot->head = buffer_of(slot);
    slot->end = slot->head + slot->capacity;
  }
  std::size_t large_max() const { return stock_.packets_max_ / 16 + 1; }
  std::size_t free_slots() const { return slots_ - (in_use_ - large_in_use_); }

  inline Packet* take_slot(std::size_t buffer_bytes);
  Packet* take_large(std::size_t buffer_bytes);
  Packet* refuse() {
    ++refused_;
    return nullptr;
  }
  inline void give_back(Packet* slot);
  void give_back_large(Packet* slot);
  bool grow();
  void hand_back();

  std::unique_ptr<PacketStock> own_stock_;
  PacketStock& stock_;
  Packet* free_ = nullptr;  // linked through data
  std::size_t slots_ = 0;   // free ones and those in use
  std::size_t in_use_ = 0;
  std::size_t large_in_use_ = 0;
  std::uint64_t refused_ = 0;
};

// A slot whose own buffer has so many bytes, used by itself.
inline Packet* PacketPool::take_slot(std::size_t buffer_bytes) {
  Packet* slot = nullptr;
  if (buffer_bytes > kBufferBytes) [[unlikely]] {
    slot = take_large(buffer_bytes);
    if (slot == nullptr) {
      return refuse();
    }
  } else {
    if (free_ == nullptr && !grow()) [[unlikely]] {
      return refuse();
    }
    slot = free_;
    free_ = next_free(*slot);
    permit(buffer_of(slot), buffer_bytes);
    if constexpr (kTight) {
      slot->end = buffer_of(slot) + buffer_bytes;
    }
  }
  ++in_use_;
  return slot;
}

inline Packet* PacketPool::make(std::uint32_t length, std::uint32_t headroom) {
  if (length > kPacketBytesMax || headroom > kPacketBytesMax) [[unlikely]] {
    return refuse();
  }
  Packet* const packet = take_slot(std::size_t{headroom} + length);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  packet->data = packet->head + headroom;
  packet->length = length;
  packet->notes = {};
  packet->mac = packet->network = packet->transport = nullptr;
  return packet;
}

inline Packet* PacketPool::make(base::ByteView bytes, std::uint32_t headroom) {
  if (bytes.size() > kPacketBytesMax) [[unlikely]] {
    return refuse();
  }
  Packet* const packet = make(static_cast<std::uint32_t>(bytes.size()), headroom);
  if (packet != nullptr && !bytes.empty()) [[likely]] {
    copy(packet->data, bytes.data(), bytes.size());
  }
  return packet;
}

inline Packet* PacketPool::share(Packet& packet) {
  Packet* const other = take_slot(0);
  if (other == nullptr) [[unlikely]] {
    return nullptr;
  }
  Packet* const owner = packet.owner;
  const std::uint32_t own_users = owner->references + 1;
  const std::uint32_t capacity = other->capacity;
  *other = packet;
  other->capacity = capacity;
  other->references = 0;  // nobody uses its own buffer
  owner->references = own_users;
  return other;
}

inline void PacketPool::give_back(Packet* slot) {
  if (slot->capacity > kBufferBytes) [[unlikely]] {
    give_back_large(slot);
    return;
  }
  --in_use_;
  forbid(buffer_of(slot), kBufferBytes);
  slot->data = reinterpret_cast<std::uint8_t*>(free_);
  free_ = slot;
}

inline void release(Packet* packet) {
  Packet* const owner = packet->owner;
  if (owner == packet && packet->references == 1) [[likely]] {
    packet->pool->give_back(packet);
    return;
  }
  const bool last = --owner->references == 0;
  if (owner != packet) {
    PacketPool::make_ready(packet);
    packet->pool->give_back(packet);
  }
  if (last) {
    owner->references = 1;
    owner->pool->give_back(owner);
  }
}

}  // namespace superfluid::graph
