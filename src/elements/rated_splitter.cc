// SPDX-License-Identifier: Apache-2.0
#include "elements/rated_splitter.h"

#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;

const graph::ElementClass RatedSplitter::kClass{"RatedSplitter", "1/1-2", "h/h",
                                                graph::make_element<RatedSplitter>};
const graph::ElementClass BandwidthRatedSplitter::kClass{
    "BandwidthRatedSplitter", "1/1-2", "h/h", graph::make_element<BandwidthRatedSplitter>};

void AnyRatedSplitter::configure(graph::Arguments& arguments) {
  bucket_.read(arguments);
  arguments.complete();
  bucket_.settle(arguments);
}

// All of a batch come at once, so those within the rate are its first.
void AnyRatedSplitter::push(std::uint32_t, Batch batch) {
  bucket_.refill(schedule().now());
  std::size_t within = 0;
  while (within < batch.size() && bucket_.may_pass()) {
    bucket_.pay(*batch[within++]);
  }
  if (within != 0) {
    output(0).push(Batch(batch.begin(), within));
  }
  const Batch beyond(batch.begin() + within, batch.size() - within);
  if (beyond.size() != 0 && outputs() == 2) {
    output(1).push(beyond);
  } else {
    beyond.release();
  }
}

void AnyRatedSplitter::add_handlers(graph::HandlerTable& handlers) {
  bucket_.add_handlers(handlers, [] {});
}

}  // namespace superfluid::elements
