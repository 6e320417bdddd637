// SPDX-License-Identifier: Apache-2.0
#include "elements/set_timestamp.h"

#include "graph/arguments.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass SetTimestamp::kClass{"SetTimestamp", "1/1", "a/a",
                                               graph::make_element<SetTimestamp>};

void SetTimestamp::configure(graph::Arguments& arguments) {
  arguments.positional("TIMESTAMP", timestamp_).complete();
}

// One time for all that come together.
void SetTimestamp::stamp(Batch batch) const {
  const base::Duration time = timestamp_ ? *timestamp_ : schedule().clock().since_epoch();
  for (Packet* packet : batch) {
    packet->notes.timestamp = time;
  }
}

void SetTimestamp::push(std::uint32_t, Batch batch) {
  stamp(batch);
  output(0).push(batch);
}

std::size_t SetTimestamp::pull(std::uint32_t, Packet** into, std::size_t max) {
  const std::size_t found = input(0).pull(into, max);
  if (found != 0) {
    stamp(Batch(into, found));
  }
  return found;
}

}  // namespace superfluid::elements
