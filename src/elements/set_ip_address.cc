// SPDX-License-Identifier: Apache-2.0
#include "elements/set_ip_address.h"

#include "elements/ip_argument.h"
#include "elements/ip_header.h"
#include "graph/handler.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass SetIPAddress::kClass{"SetIPAddress", "1/1", "a/a",
                                               graph::make_element<SetIPAddress>};

void SetIPAddress::configure(graph::Arguments& arguments) {
  AddressNote note;
  arguments.required("IPADDR", address_).keyword("ANNO", note).complete();
}

Packet* SetIPAddress::act(Packet* packet) {
  set_ipv4_destination(packet->notes, address_);
  return packet;
}

void SetIPAddress::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("addr", [this] { return std::string(to_text(address_).view()); });
  handlers.write("addr", [this](std::string_view text) {
    return graph::parse_handler_value(text, address_, *this);
  });
}

}  // namespace superfluid::elements
