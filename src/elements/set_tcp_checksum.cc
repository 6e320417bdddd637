// SPDX-License-Identifier: Apache-2.0
#include "elements/set_tcp_checksum.h"

#include "elements/ip_header.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "net/tcp.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass SetTCPChecksum::kClass{"SetTCPChecksum", "1/1", "a/a",
                                                 graph::make_element<SetTCPChecksum>};

void SetTCPChecksum::configure(graph::Arguments& arguments) {
  arguments.positional("FIXOFF", fix_offset_).complete();
}

Packet* SetTCPChecksum::act(Packet* packet) {
  const Ipv4Datagram seen = ipv4_datagram(*packet);
  if (seen.header == nullptr || seen.payload_length < sizeof(net::TcpHeader)) [[unlikely]] {
    if (++drops_ == 1) {
      router().errors().write(base::cat(name(), ": bad lengths\n"));
    }
    release(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  const Ipv4Datagram datagram = ipv4_datagram(*packet);
  auto* const tcp = header_at<net::TcpHeader>(*packet, datagram.payload);
  const bool fragment = datagram.header->fragment_place() != net::FragmentPlace::kWhole;
  if (fix_offset_ && tcp->header_length() < sizeof(net::TcpHeader)) {
    tcp->words_and_reserved = static_cast<std::uint8_t>(0x50 | (tcp->words_and_reserved & 0xf));
  } else if (fix_offset_ && tcp->header_length() > datagram.payload_length && !fragment) {
    tcp->words_and_reserved = static_cast<std::uint8_t>(datagram.payload_length / 4 << 4 |
                                                        (tcp->words_and_reserved & 0xf));
  }
  tcp->checksum = {};
  net::InternetSum sum = net::PseudoHeader(datagram.header->source, datagram.header->destination)
                             .sum(net::IpProtocol::kTcp, datagram.payload_length);
  sum.add(datagram.bytes());
  tcp->checksum = sum.checksum();
  return packet;
}

void SetTCPChecksum::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
