// SPDX-License-Identifier: Apache-2.0
#include "elements/queue.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass Queue::kClass{"Queue", "1/1-2", "h/lh", graph::make_element<Queue>};

const graph::ElementClass NotifierQueue::kClass{"NotifierQueue", "1/1-2", "h/lh",
                                                graph::make_element<NotifierQueue>};

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
    add_back(batch[i]);
  }
  settle();
  if (fitting < batch.size()) {
    drop(Batch(batch.begin() + fitting, batch.size() - fitting));
  }
}

void Queue::settle() {
  highwater_ = std::max(highwater_, length_);
  if (full()) {
    nonfull_.sleep();
  }
  if (length_ != 0) {
    nonempty_.wake();
  }
}

void Queue::drop(Batch batch) {
  drops_ += batch.size();
  if (outputs() == 2) {
    output(1).push(batch);
  } else {
    batch.release();
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

void Queue::resize(std::uint32_t capacity) {
  std::vector<Packet*> surplus;
  while (length_ > capacity) {
    surplus.push_back(take_surplus());
  }
  const std::size_t slots = std::bit_ceil(std::max<std::size_t>(1, capacity));
  auto ring = std::make_unique_for_overwrite<Packet*[]>(slots);
  for (std::size_t i = 0; i < length_; ++i) {
    ring[i] = slot(head_ + i);
  }
  ring_ = std::move(ring);
  ring_mask_ = slots - 1;
  head_ = 0;
  capacity_ = capacity;
  full() ? nonfull_.sleep() : nonfull_.wake();
  for (Packet* packet : surplus) {
    drop(packet);
  }
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
    rewritten_ = true;
    return {};
  });
  handlers.value("config", [this] {
    return rewritten_ ? base::cat("CAPACITY ", capacity_) : router().config(*this);
  });
}

}  // namespace superfluid::elements
