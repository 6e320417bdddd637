// SPDX-License-Identifier: Apache-2.0
#include "elements/suppressor.h"

#include "elements/values.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass Suppressor::kClass{"Suppressor", "-/=", "a/a",
                                             graph::make_element<Suppressor>, "#/#"};

void Suppressor::configure(graph::Arguments& arguments) {
  arguments.complete();
  gates_.resize(inputs());
}

void Suppressor::push(std::uint32_t port, Batch batch) {
  if (gates_[port].open) {
    output(port).push(batch);
  } else {
    batch.release();
  }
}

std::size_t Suppressor::pull(std::uint32_t port, Packet** into, std::size_t max) {
  return gates_[port].open ? input(port).pull(into, max) : 0;
}

void Suppressor::add_handlers(graph::HandlerTable& handlers) {
  for (std::size_t i = 0; i < gates_.size(); ++i) {
    add_setting(handlers, base::cat("active", i), gates_[i].open);
  }
  add_button(handlers, "reset", [this] { gates_.assign(gates_.size(), {}); });
}

}  // namespace superfluid::elements
