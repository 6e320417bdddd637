// SPDX-License-Identifier: Apache-2.0
#include "graph/crossing.h"

#include <algorithm>

#include "base/text.h"
#include "graph/router.h"

namespace superfluid::graph {

const ElementClass Crossing::kClass{"LaneCrossing", "1/1", "h/h", nullptr};

Crossing::~Crossing() {
  Packet* packets[kBatchMax];
  while (const std::size_t count = take(packets, kBatchMax)) {
    Batch(packets, count).release();
  }
}

void Crossing::attach() {
  task_.attach(schedule());
  downstream_ = router().full_signal(*this, 0);
  downstream_.listen(task_);
}

std::string Crossing::text() const {
  return base::cat(name(), "\t", from_.index(), " -> ", to().index(), "\t", packets_, "\t", drops_);
}

void Crossing::push(std::uint32_t /*port*/, Batch batch) {
  const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint32_t room = kSlots - (tail - head_.load(std::memory_order_acquire));
  std::uint32_t taken = 0;
  for (Packet* packet : batch) {
    if (taken == room) {
      ++drops_;
      release(packet);
      continue;
    }
    Packet* const alone = packet->self_contained() ? packet : copy_in_its_place(packet, 0, 0);
    if (alone == nullptr) {
      ++drops_;
      continue;
    }
    alone->pool->let_go(*alone);
    ring_[(tail + taken++) % kSlots] = alone;
  }
  packets_ += taken;
  tail_.store(tail + taken);
  if (room - taken <= kSlots - kFull && room_.active()) {
    room_.sleep();
    sender_waits_.store(true);
  }
  router().wake_if_asleep(to());
}

bool Crossing::run_task(Task& task) {
  bool moved = false;
  for (std::size_t i = 0; i < kTurnBatches; ++i) {
    Packet* packets[kBatchMax];
    const std::size_t count = held_back() ? 0 : take(packets, router().batch_max());
    if (count == 0) {
      task.unschedule();
      break;
    }
    moved = true;
    output(0).push(Batch(packets, count));
  }
  if (moved && used() <= kFree && sender_waits_.load()) {
    router().wake_if_asleep(from_);
  }
  return moved;
}

bool Crossing::arrivals() {
  const bool waiting = used() != 0 && !held_back();
  if (waiting) {
    task_.schedule();
  }
  return waiting;
}

bool Crossing::room_again() {
  if (room_.active() || used() > kFree) {
    return false;
  }
  sender_waits_.store(false);
  room_.wake();
  return true;
}

void Crossing::take_state(Element& old) {
  auto& before = static_cast<Crossing&>(old);
  std::uint32_t tail = tail_.load(std::memory_order_relaxed);
  std::uint32_t head = before.head_.load(std::memory_order_relaxed);
  for (; head != before.tail_.load(std::memory_order_relaxed); ++head) {
    ring_[tail++ % kSlots] = before.ring_[head % kSlots];
  }
  before.head_.store(head, std::memory_order_relaxed);
  tail_.store(tail, std::memory_order_relaxed);
  packets_ = before.packets_;
  drops_ = before.drops_;
}

std::size_t Crossing::take(Packet** into, std::size_t max) {
  const std::uint32_t head = head_.load(std::memory_order_relaxed);
  const std::size_t count =
      std::min<std::size_t>(max, tail_.load(std::memory_order_acquire) - head);
  for (std::size_t i = 0; i < count; ++i) {
    into[i] = ring_[(head + i) % kSlots];
    pool().take_in(*into[i]);
  }
  head_.store(head + static_cast<std::uint32_t>(count));
  return count;
}

}  // namespace superfluid::graph
