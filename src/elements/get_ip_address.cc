// SPDX-License-Identifier: Apache-2.0
#include "elements/get_ip_address.h"

#include "elements/ip_argument.h"
#include "elements/ip_header.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass GetIPAddress::kClass{"GetIPAddress", "1/1", "a/a",
                                               graph::make_element<GetIPAddress>};

void GetIPAddress::configure(graph::Arguments& arguments) {
  std::int32_t offset = -1;
  AddressNote note;
  std::string field;
  arguments.positional("OFFSET", offset).positional("ANNO", note).keyword("IP", field).complete();
  if ((offset >= 0) == !field.empty()) {
    arguments.complain("set one of OFFSET, IP");
  } else if (field == "src") {
    from_ = From::kSource;
  } else if (field == "dst") {
    from_ = From::kDestination;
  } else if (!field.empty()) {
    arguments.complain("bad IP");
  } else {
    offset_ = static_cast<std::uint32_t>(offset);
  }
}

Packet* GetIPAddress::act(Packet* packet) {
  const net::Ipv4Address* address = nullptr;
  if (from_ == From::kOffset) {
    if (offset_ < packet->length) {
      address = header_at<net::Ipv4Address>(*packet, packet->data + offset_);
    }
  } else if (const net::Ipv4Header* header = ipv4_header(*packet)) {
    address = from_ == From::kSource ? &header->source : &header->destination;
  }
  set_ipv4_destination(packet->notes, address == nullptr ? net::Ipv4Address{} : *address);
  return packet;
}

}  // namespace superfluid::elements
