// SPDX-License-Identifier: Apache-2.0
#include "elements/set_ip_checksum.h"

#include "base/text.h"
#include "elements/ip_header.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass SetIPChecksum::kClass{"SetIPChecksum", "1/1", "a/a",
                                                graph::make_element<SetIPChecksum>};

Packet* SetIPChecksum::act(Packet* packet) {
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  std::uint8_t* const at = packet->network != nullptr ? packet->network : packet->data;
  auto* const header = header_at<net::Ipv4Header>(*packet, at);
  const std::size_t length = header == nullptr ? 0 : header->header_length();
  if (length < sizeof(net::Ipv4Header) || length > packet->from(at).size()) [[unlikely]] {
    if (++drops_ == 1) {
      router().errors().write(base::cat(name(), ": bad input packet\n"));
    }
    release(packet);
    return nullptr;
  }
  header->checksum = {};
  header->checksum = net::internet_checksum({at, length});
  return packet;
}

void SetIPChecksum::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
