// SPDX-License-Identifier: Apache-2.0
#include "elements/mixed_queue.h"

#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass MixedQueue::kClass{"MixedQueue", "2/1-2", "h/lh",
                                             graph::make_element<MixedQueue>};

void MixedQueue::push(std::uint32_t port, Batch batch) {
  if (port == 0) {
    Queue::push(port, batch);
    return;
  }
  for (Packet* packet : batch) {
    if (empty() && full()) {  // of capacity 0
      drop(packet);
      continue;
    }
    Packet* const last = full() ? take_back() : nullptr;
    add_front(packet);
    if (last != nullptr) {
      drop(last);
    }
  }
  settle();
}

const graph::ElementClass FrontDropQueue::kClass{"FrontDropQueue", "1/1-2", "h/lh",
                                                 graph::make_element<FrontDropQueue>};

void FrontDropQueue::push(std::uint32_t, Batch batch) {
  for (Packet* packet : batch) {
    if (empty() && full()) {  // of capacity 0
      drop(packet);
      continue;
    }
    Packet* const oldest = full() ? take_front() : nullptr;
    add_back(packet);
    if (oldest != nullptr) {
      drop(oldest);
    }
  }
  settle();
}

}  // namespace superfluid::elements
