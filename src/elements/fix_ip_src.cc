// SPDX-License-Identifier: Apache-2.0
#include "elements/fix_ip_src.h"

#include "elements/ip_header.h"
#include "graph/arguments.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass FixIPSrc::kClass{"FixIPSrc", "1/1", "a/a", graph::make_element<FixIPSrc>};

void FixIPSrc::configure(graph::Arguments& arguments) {
  arguments.required("IPADDR", address_).complete();
}

Packet* FixIPSrc::act(Packet* packet) {
  if (!packet->notes.fix_ip_source || ipv4_datagram(*packet).header == nullptr) [[likely]] {
    return packet;
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  net::Ipv4Header& header = *ipv4_header(*packet);
  packet->notes.fix_ip_source = false;
  header.source = address_;
  header.checksum = {};
  header.checksum = net::internet_checksum({packet->network, header.header_length()});
  return packet;
}

}  // namespace superfluid::elements
