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

PacketStock::PacketStock(std::size_t packets_max)
    : packets_max_(packets_max),
      bundle_slots_(std::clamp(packets_max / kBundlesMin, kBundleSlotsMin, kBundleSlotsMax)) {}

PacketStock::~PacketStock() {
  for (std::byte* chunk : chunks_) {
    PacketPool::permit(chunk, bundle_slots_ * PacketPool::kSlotBytes);
    ::operator delete(chunk, kAlignment);
  }
}

PacketStock::Bundle PacketStock::take() {
  lock();
  if (!spare_.empty()) {
    const Bundle bundle = spare_.back();
    spare_.pop_back();
    unlock();
    return bundle;
  }
  const std::size_t more = std::min(bundle_slots_, packets_max_ - slots_);
  slots_ += more;
  unlock();
  auto* const chunk = static_cast<std::byte*>(
      more == 0 ? nullptr
                : ::operator new(bundle_slots_ * PacketPool::kSlotBytes, kAlignment, std::nothrow));
  lock();
  if (chunk == nullptr) {
    slots_ -= more;
    unlock();
    return {};
  }
  chunks_.push_back(chunk);
  unlock();
  return made_of(chunk, more);
}

PacketStock::Bundle PacketStock::made_of(std::byte* chunk, std::size_t slots) {
  Packet* first = nullptr;
  for (std::size_t i = slots; i-- > 0;) {
    auto* slot = new (chunk + i * PacketPool::kSlotBytes) Packet;
    slot->capacity = PacketPool::kBufferBytes;
    PacketPool::make_ready(slot);
    slot->data = reinterpret_cast<std::uint8_t*>(first);
    first = slot;
    PacketPool::forbid(PacketPool::buffer_of(slot), PacketPool::kBufferBytes);
  }
  return {first, slots};
}

void PacketStock::put(Bundle bundle) {
  lock();
  spare_.push_back(bundle);
  unlock();
}

PacketPool::~PacketPool() { base::check(in_use_ == 0, "every packet is released before its pool"); }

bool PacketPool::grow() {
  const PacketStock::Bundle bundle = stock_.take();
  for (Packet* slot = bundle.first; slot != nullptr; slot = next_free(*slot)) {
    slot->pool = this;
  }
  free_ = bundle.first;
  slots_ += bundle.count;
  return free_ != nullptr;
}

void PacketPool::hand_back() {
  PacketStock::Bundle bundle{free_, stock_.bundle_slots_};
  Packet* last = free_;
  for (std::size_t i = 1; i < bundle.count; ++i) {
    last = next_free(*last);
  }
  free_ = next_free(*last);
  last->data = nullptr;
  slots_ -= bundle.count;
  stock_.put(bundle);
}

Packet* PacketPool::take_large(std::size_t buffer_bytes) {
  if (large_in_use_ >= large_max()) {
    return nullptr;
  }
  void* const memory = ::operator new(sizeof(Packet) + buffer_bytes, kAlignment, std::nothrow);
  if (memory == nullptr) {
    return nullptr;
  }
  ++large_in_use_;
  auto* slot = new (memory) Packet;
  slot->pool = this;
  slot->capacity = static_cast<std::uint32_t>(buffer_bytes);
  make_ready(slot);
  return slot;
}

void PacketPool::give_back_large(Packet* slot) {
  --in_use_;
  --large_in_use_;
  ::operator delete(slot, kAlignment);
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
