// SPDX-License-Identifier: Apache-2.0
#include "elements/queue.h"

#include <algorithm>
#include <bit>

#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass Queue::kClass{"Queue", "1/1", "h/l", graph::make_element<Queue>};

// Wakes nobody: who listened may be gone.
Queue::~Queue() {
  for (std::size_t i = 0; i < length_; ++i) {
    release(slot(head_ + i));
  }
}

void Queue::configure(graph::Arguments& arguments) {
  arguments.positional("CAPACITY", capacity_).complete();
  if (capacity_ > kCapacityMax) {
    arguments.complain(base::cat("CAPACITY: out of range, maximum ", kCapacityMax));
  }
}

base::Status Queue::initialize() {
  nonempty_.sleep();
  resize(capacity_);
  return {};
}

void Queue::push(std::uint32_t, Batch batch) {
  const std::size_t fitting = std::min(batch.size(), capacity_ - length_);
  for (std::size_t i = 0; i < fitting; ++i) {
    slot(head_ + length_ + i) = batch[i];
  }
  length_ += fitting;
  highwater_ = std::max(highwater_, length_);
  if (fitting < batch.size()) {
    drops_ += batch.size() - fitting;
    Batch(batch.begin() + fitting, batch.size() - fitting).release();
  }
  if (length_ == capacity_) {
    nonfull_.sleep();
  }
  if (fitting != 0) {
    nonempty_.wake();
  }
}

std::size_t Queue::pull(std::uint32_t, Packet** into, std::size_t max) {
  const std::size_t taken = std::min(max, length_);
  for (std::size_t i = 0; i < taken; ++i) {
    into[i] = slot(head_ + i);
  }
  head_ += taken;
  length_ -= taken;
  if (taken != 0) {
    nonfull_.wake();
  } else {
    nonempty_.sleep();
  }
  return taken;
}

// Keeps the oldest packets that fit.
void Queue::resize(std::uint32_t capacity) {
  const std::size_t slots = std::bit_ceil(std::max<std::size_t>(1, capacity));
  auto ring = std::make_unique_for_overwrite<Packet*[]>(slots);
  const std::size_t kept = std::min<std::size_t>(length_, capacity);
  for (std::size_t i = 0; i < length_; ++i) {
    if (i < kept) {
      ring[i] = slot(head_ + i);
    } else {
      release(slot(head_ + i));
      ++drops_;
    }
  }
  ring_ = std::move(ring);
  ring_mask_ = slots - 1;
  head_ = 0;
  length_ = kept;
  capacity_ = capacity;
  length_ < capacity_ ? nonfull_.wake() : nonfull_.sleep();
}

void Queue::clear() {
  Packet* packets[graph::kBatchMax];
  while (const std::size_t taken = pull(0, packets, graph::kBatchMax)) {
    Batch(packets, taken).release();
  }
}

void Queue::take_state(Element& old) {
  auto& before = static_cast<Queue&>(old);
  Packet* packets[graph::kBatchMax];
  while (const std::size_t taken = before.pull(0, packets, graph::kBatchMax)) {
    push(0, Batch(packets, taken));
  }
  drops_ += before.drops_;
  highwater_ = std::max(highwater_, before.highwater_);
}

void Queue::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("length", [this] { return length_; });
  handlers.value("highwater_length", [this] { return highwater_; });
  handlers.value("drops", [this] { return drops_; });
  handlers.value("capacity", [this] { return capacity_; });
  handlers.write("reset_counts", [this](std::string_view) -> base::Status {
    drops_ = 0;
    highwater_ = length_;
    return {};
  });
  handlers.write("reset", [this](std::string_view) -> base::Status {
    clear();
    return {};
  });
  handlers.write("capacity", [this](std::string_view text) -> base::Status {
    std::uint32_t capacity = 0;
    SF_CHECKED(graph::parse_handler_value(text, capacity));
    if (capacity > kCapacityMax) {
      return base::fail(base::ErrorCode::kInvalid,
                        base::cat("out of range, maximum ", kCapacityMax));
    }
    resize(capacity);
    return {};
  });
}

}  // namespace superfluid::elements
