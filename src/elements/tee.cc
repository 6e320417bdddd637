// SPDX-License-Identifier: Apache-2.0
#include "elements/tee.h"

#include <algorithm>

#include "graph/arguments.h"
#include "graph/router.h"

namespace superfluid::elements {
namespace {

using graph::Batch;
using graph::Packet;

// Without memory for a copy, that one is missing.
void push_copies(const graph::Element& element, std::uint32_t port, Batch batch) {
  Packet* copies[graph::kBatchMax];
  std::size_t count = 0;
  for (Packet* packet : batch) {
    if (Packet* copy = element.pool().share(*packet)) {
      copies[count++] = copy;
    }
  }
  if (count != 0) {
    element.output(port).push(Batch(copies, count));
  }
}

void configure_outputs(const graph::Element& element, graph::Arguments& arguments) {
  std::uint32_t outputs = element.outputs();
  arguments.positional("N", outputs).complete();
  if (outputs != element.outputs()) {
    arguments.complain(
        base::cat(element.outputs(), " outputs implies ", element.outputs(), " arms"));
  }
}

}  // namespace

void push_to_all(const graph::Element& element, Batch batch) {
  const std::uint32_t last = element.outputs() - 1;
  for (std::uint32_t port = 0; port < last; ++port) {
    push_copies(element, port, batch);
  }
  element.output(last).push(batch);
}

const graph::ElementClass Tee::kClass{"Tee", "1/1-", "h/h", graph::make_element<Tee>};

void Tee::configure(graph::Arguments& arguments) { configure_outputs(*this, arguments); }

const graph::ElementClass PullTee::kClass{"PullTee", "1/1-", "l/lh", graph::make_element<PullTee>};

void PullTee::configure(graph::Arguments& arguments) { configure_outputs(*this, arguments); }

std::size_t PullTee::pull(std::uint32_t, Packet** into, std::size_t max) {
  const std::size_t found = input(0).pull(into, std::min(max, graph::kBatchMax));
  for (std::uint32_t port = 1; port < outputs() && found != 0; ++port) {
    push_copies(*this, port, Batch(into, found));
  }
  return found;
}

}  // namespace superfluid::elements
