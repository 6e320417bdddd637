// SPDX-License-Identifier: Apache-2.0
#include "elements/hub.h"

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass Hub::kClass{"Hub", "-/=", "h/h", graph::make_element<Hub>, "#/[^#]"};

void Hub::push(std::uint32_t port, Batch batch) {
  const std::uint32_t last = port + 1 == outputs() ? port - 1 : outputs() - 1;
  if (outputs() == 1) {
    drops_ += batch.size();
    batch.release();
    return;
  }
  for (std::uint32_t i = 0; i < last; ++i) {
    Packet* copies[graph::kBatchMax];
    std::size_t count = 0;
    for (std::size_t k = 0; i != port && k < batch.size(); ++k) {
      if (Packet* copy = pool().share(*batch[k])) {
        copies[count++] = copy;
      } else {
        ++drops_;
      }
    }
    if (count != 0) {
      output(i).push(Batch(copies, count));
    }
  }
  output(last).push(batch);
}

void Hub::add_handlers(graph::HandlerTable& handlers) { add_value(handlers, "drops", drops_); }

}  // namespace superfluid::elements
