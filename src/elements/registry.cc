// SPDX-License-Identifier: Apache-2.0
#include "elements/registry.h"

#include "elements/discard.h"
#include "elements/idle.h"
#include "elements/infinite_source.h"
#include "elements/null.h"
#include "elements/queue.h"
#include "elements/unqueue.h"

namespace superfluid::elements {

void register_elements(graph::Registry& registry) {
  registry.add(Discard::kClass);
  registry.add(Idle::kClass);
  registry.add(InfiniteSource::kClass);
  registry.add(Null::kClass);
  registry.add(Queue::kClass);
  registry.add(Unqueue::kClass);

  registry.add_alias("SimpleQueue", Queue::kClass);
  registry.add_alias("NotifierQueue", Queue::kClass);
  registry.add_alias("ThreadSafeQueue", Queue::kClass);
}

}  // namespace superfluid::elements
