// SPDX-License-Identifier: Apache-2.0
#include "elements/dec_ip6_hlim.h"

#include "elements/ip6_header.h"
#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass DecIP6HLIM::kClass{"DecIP6HLIM", "1/1-2", "a/ah",
                                             graph::make_element<DecIP6HLIM>};

void DecIP6HLIM::configure(graph::Arguments& arguments) { arguments.complete(); }

Packet* DecIP6HLIM::act(Packet* packet) {
  const net::Ipv6Header* const seen = ipv6_header(*packet);
  if (seen == nullptr || seen->hop_limit <= 1) [[unlikely]] {
    ++drops_;
    reject(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet != nullptr) [[likely]] {
    --ipv6_header(*packet)->hop_limit;
  }
  return packet;
}

void DecIP6HLIM::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
