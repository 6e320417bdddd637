// SPDX-License-Identifier: Apache-2.0
#include "graph/packet.h"

#include <algorithm>
#include <new>

#include "base/check.h"

namespace superfluid::graph {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kStrippedMax = 256;  // bytes before data that a copy keeps

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
    make_ready(slot);
    slot->data = reinterpret_cast<std::uint8_t*>(free_);
    free_ = slot;
    forbid(buffer_of(slot), kBufferBytes);
  }
  return true;
}

Packet* PacketPool::take_large(std::size_t buffer_bytes) {
  if (large_in_use_ >= large_max()) {
    return nullptr;
  }
  ++large_in_use_;
  auto* slot = new (::operator new(sizeof(Packet) + buffer_bytes, kAlignment)) Packet;
  slot->pool = this;
  slot->capacity = static_cast<std::uint32_t>(buffer_bytes);
  make_ready(slot);
  return slot;
}

void PacketPool::give_back_large(Packet* slot) {
  --in_use_;
  --large_in_use_;
  ::operator delete(slot, sizeof(Packet) + slot->capacity, kAlignment);
}

Packet* copy_in_its_place(Packet* packet, std::uint32_t headroom, std::uint32_t tailroom) {
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

}  // namespace superfluid::graph
