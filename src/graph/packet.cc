// SPDX-License-Identifier: Apache-2.0
#include "graph/packet.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"

namespace superfluid::graph {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kStrippedMax = 256;  // bytes before data that a copy keeps

#if defined(SUPERFLUID_ADDRESS_SANITIZER)
extern "C" void __asan_poison_memory_region(const volatile void* begin, std::size_t size);
extern "C" void __asan_unpoison_memory_region(const volatile void* begin, std::size_t size);
constexpr bool kTight = true;
void forbid(const void* begin, std::size_t size) { __asan_poison_memory_region(begin, size); }
void permit(const void* begin, std::size_t size) { __asan_unpoison_memory_region(begin, size); }
#else
constexpr bool kTight = false;
void forbid(const void*, std::size_t) {}
void permit(const void*, std::size_t) {}
#endif

std::uint8_t* buffer_of(Packet* slot) { return reinterpret_cast<std::uint8_t*>(slot + 1); }

void forget_hints(Packet& packet) { packet.mac = packet.network = packet.transport = nullptr; }

}  // namespace

PacketPool::~PacketPool() {
  base::check(in_use_ == 0, "every packet is released before its pool");
  for (std::byte* chunk : chunks_) {
    permit(chunk, kChunkSlots * kSlotBytes);
    ::operator delete(chunk, kChunkSlots* kSlotBytes, kAlignment);
  }
}

bool PacketPool::grow() {
  const std::size_t more = std::min(kChunkSlots, packets_max_ - slots_);
  if (more == 0) {
    return false;
  }
  auto* chunk = static_cast<std::byte*>(::operator new(kChunkSlots* kSlotBytes, kAlignment));
  chunks_.push_back(chunk);
  slots_ += more;
  for (std::size_t i = more; i-- > 0;) {
    auto* slot = new (chunk + i * kSlotBytes) Packet;
    slot->pool = this;
    slot->capacity = kBufferBytes;
    slot->owner = free_;
    free_ = slot;
    forbid(buffer_of(slot), kBufferBytes);
  }
  return true;
}

Packet* PacketPool::take_small(std::size_t buffer_bytes) {
  if (free_ == nullptr && !grow()) {
    return nullptr;
  }
  Packet* slot = free_;
  free_ = slot->owner;
  permit(buffer_of(slot), buffer_bytes);
  slot->end = buffer_of(slot) + (kTight ? buffer_bytes : kBufferBytes);
  return slot;
}

Packet* PacketPool::take_large(std::size_t buffer_bytes) {
  if (large_in_use_ >= large_max()) {
    return nullptr;
  }
  ++large_in_use_;
  auto* slot = new (::operator new(sizeof(Packet) + buffer_bytes, kAlignment)) Packet;
  slot->pool = this;
  slot->capacity = static_cast<std::uint32_t>(buffer_bytes);
  slot->end = buffer_of(slot) + buffer_bytes;
  return slot;
}

// A slot whose own buffer has so many bytes, used by itself.
Packet* PacketPool::take_slot(std::size_t buffer_bytes) {
  Packet* slot = buffer_bytes <= kBufferBytes ? take_small(buffer_bytes) : take_large(buffer_bytes);
  if (slot == nullptr) {
    ++refused_;
    return nullptr;
  }
  ++in_use_;
  slot->owner = slot;
  slot->references = 1;
  slot->head = buffer_of(slot);
  return slot;
}

void PacketPool::give_back(Packet* slot) {
  --in_use_;
  if (slot->capacity > kBufferBytes) {
    --large_in_use_;
    ::operator delete(slot, sizeof(Packet) + slot->capacity, kAlignment);
    return;
  }
  forbid(buffer_of(slot), kBufferBytes);
  slot->owner = free_;
  free_ = slot;
}

Packet* PacketPool::make(std::uint32_t length, std::uint32_t headroom) {
  if (length > kPacketBytesMax || headroom > kPacketBytesMax) {
    ++refused_;
    return nullptr;
  }
  Packet* packet = take_slot(std::size_t{headroom} + length);
  if (packet == nullptr) {
    return nullptr;
  }
  packet->data = packet->head + headroom;
  packet->length = length;
  packet->notes = {};
  forget_hints(*packet);
  return packet;
}

Packet* PacketPool::make(base::ByteView bytes, std::uint32_t headroom) {
  if (bytes.size() > kPacketBytesMax) {
    ++refused_;
    return nullptr;
  }
  Packet* packet = make(static_cast<std::uint32_t>(bytes.size()), headroom);
  if (packet != nullptr && !bytes.empty()) {
    std::memcpy(packet->data, bytes.data(), bytes.size());
  }
  return packet;
}

Packet* PacketPool::share(Packet& packet) {
  Packet* other = take_slot(0);
  if (other == nullptr) {
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

void release(Packet* packet) {
  Packet* const owner = packet->owner;
  --owner->references;
  if (owner != packet) {
    packet->pool->give_back(packet);
  }
  if (owner->references == 0) {
    owner->pool->give_back(owner);
  }
}

namespace {

// Whether so many bytes may be added; else the packet is released.
bool fitting(Packet* packet, std::uint32_t count) {
  if (std::uint64_t{packet->length} + count <= kPacketBytesMax) [[likely]] {
    return true;
  }
  release(packet);
  return false;
}

}  // namespace

Packet* writable(Packet* packet, std::uint32_t headroom, std::uint32_t tailroom) {
  if (!packet->shared() && packet->headroom() >= headroom && packet->tailroom() >= tailroom)
      [[likely]] {
    return packet;
  }
  // What was stripped off the front stays in front, so that it can be put back.
  const auto kept =
      static_cast<std::uint32_t>(std::min<std::size_t>(packet->headroom(), kStrippedMax));
  const std::uint32_t in_front = std::max(headroom, kept) + kHeadroom;
  Packet* copy = nullptr;
  if (std::uint64_t{packet->length} + headroom + tailroom <= kPacketBytesMax) {
    copy = packet->pool->make(packet->length + tailroom, in_front);
  }
  if (copy != nullptr) {
    copy->length = packet->length;
    std::memcpy(copy->data - kept, packet->data - kept, std::size_t{kept} + packet->length);
    copy->notes = packet->notes;
    const auto moved = [&](const std::uint8_t* hint) -> std::uint8_t* {
      const bool copied = hint >= packet->data - kept && hint <= packet->data + packet->length;
      return copied ? copy->data + (hint - packet->data) : nullptr;
    };
    copy->mac = moved(packet->mac);
    copy->network = moved(packet->network);
    copy->transport = moved(packet->transport);
  }
  release(packet);
  return copy;
}

Packet* push_front(Packet* packet, std::uint32_t count) {
  packet = fitting(packet, count) ? writable(packet, count) : nullptr;
  if (packet != nullptr) {
    packet->data -= count;
    packet->length += count;
  }
  return packet;
}

Packet* push_back(Packet* packet, std::uint32_t count) {
  packet = fitting(packet, count) ? writable(packet, 0, count) : nullptr;
  if (packet != nullptr) {
    packet->length += count;
  }
  return packet;
}

}  // namespace superfluid::graph
