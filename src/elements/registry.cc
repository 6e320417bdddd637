// SPDX-License-Identifier: Apache-2.0
#include "elements/registry.h"

#include "elements/average_counter.h"
#include "elements/check_length.h"
#include "elements/check_paint.h"
#include "elements/counter.h"
#include "elements/discard.h"
#include "elements/error.h"
#include "elements/hash_switch.h"
#include "elements/idle.h"
#include "elements/infinite_source.h"
#include "elements/message.h"
#include "elements/null.h"
#include "elements/paint.h"
#include "elements/paint_switch.h"
#include "elements/paint_tee.h"
#include "elements/queue.h"
#include "elements/random_switch.h"
#include "elements/round_robin_switch.h"
#include "elements/strip.h"
#include "elements/suppressor.h"
#include "elements/switch.h"
#include "elements/tee.h"
#include "elements/truncate.h"
#include "elements/unqueue.h"
#include "elements/unstrip.h"

namespace superfluid::elements {

void register_elements(graph::Registry& registry) {
  registry.add(AverageCounter::kClass);
  registry.add(CheckLength::kClass);
  registry.add(CheckPaint::kClass);
  registry.add(Counter::kClass);
  registry.add(Discard::kClass);
  registry.add(Error::kClass);
  registry.add(HashSwitch::kClass);
  registry.add(Idle::kClass);
  registry.add(InfiniteSource::kClass);
  registry.add(Message::kClass);
  registry.add(Null::kClass);
  registry.add(Paint::kClass);
  registry.add(PaintSwitch::kClass);
  registry.add(PaintTee::kClass);
  registry.add(PullTee::kClass);
  registry.add(Queue::kClass);
  registry.add(RandomSwitch::kClass);
  registry.add(RoundRobinSwitch::kClass);
  registry.add(StaticSwitch::kClass);
  registry.add(Strip::kClass);
  registry.add(Suppressor::kClass);
  registry.add(Switch::kClass);
  registry.add(Tee::kClass);
  registry.add(Truncate::kClass);
  registry.add(Unqueue::kClass);
  registry.add(Unstrip::kClass);

  registry.add_alias("SimpleQueue", Queue::kClass);
  registry.add_alias("NotifierQueue", Queue::kClass);
  registry.add_alias("ThreadSafeQueue", Queue::kClass);
}

}  // namespace superfluid::elements
