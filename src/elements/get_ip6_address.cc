// SPDX-License-Identifier: Apache-2.0
#include "elements/get_ip6_address.h"

#include "elements/ip_header.h"
#include "graph/arguments.h"
#include "graph/handler.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass GetIP6Address::kClass{"GetIP6Address", "1/1", "a/a",
                                                graph::make_element<GetIP6Address>};

void GetIP6Address::configure(graph::Arguments& arguments) {
  arguments.required("OFFSET", offset_).complete();
}

Packet* GetIP6Address::act(Packet* packet) {
  const net::Ipv6Address* address = nullptr;
  if (offset_ < packet->length) {
    address = header_at<net::Ipv6Address>(*packet, packet->data + offset_);
  }
  packet->notes.destination = address == nullptr ? net::Ipv6Address{} : *address;
  return packet;
}

const graph::ElementClass SetIP6Address::kClass{"SetIP6Address", "1/1", "a/a",
                                                graph::make_element<SetIP6Address>};

void SetIP6Address::configure(graph::Arguments& arguments) {
  arguments.required("IPADDR", address_).complete();
}

void SetIP6Address::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("addr", [this] { return std::string(to_text(address_).view()); });
  handlers.write("addr", [this](std::string_view text) {
    return graph::parse_handler_value(text, address_, *this);
  });
}

}  // namespace superfluid::elements
