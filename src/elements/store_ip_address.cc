// SPDX-License-Identifier: Apache-2.0
#include "elements/store_ip_address.h"

#include <cstring>

#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/words.h"
#include "net/checksum.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass StoreIPAddress::kClass{"StoreIPAddress", "1/1-2", "a/ah",
                                                 graph::make_element<StoreIPAddress>};

void StoreIPAddress::configure(graph::Arguments& arguments) {
  std::vector<std::string> rest;
  arguments.rest(rest).complete();
  if (rest.empty() || rest.size() > 2) {
    arguments.complain(rest.empty() ? "required OFFSET argument missing" : "too many arguments");
    return;
  }
  if (rest.size() == 2) {
    if (graph::Complaint wrong = graph::parse_argument(rest[0], address_, this); !wrong.empty()) {
      arguments.complain(base::cat("ADDR: ", wrong));
    }
  }
  const std::string place = graph::unquote(rest.back());
  if (base::equal_ignoring_case(place, "src")) {
    place_ = Place::kSource;
  } else if (base::equal_ignoring_case(place, "dst")) {
    place_ = Place::kDestination;
  } else if (!graph::parse_argument(place, offset_).empty()) {
    arguments.complain("type mismatch: OFFSET requires integer");
  }
}

Packet* StoreIPAddress::refuse(Packet* packet) {
  ++drops_;
  reject(packet);
  return nullptr;
}

Packet* StoreIPAddress::act(Packet* packet) {
  const net::Ipv4Address address = address_ ? *address_ : ipv4_destination(packet->notes);
  if (place_ != Place::kOffset) {
    return store_in_header(packet, address);
  }
  if (packet->length < sizeof address || offset_ > packet->length - sizeof address) {
    return refuse(packet);
  }
  if (!address_ && address == net::Ipv4Address{}) {
    return packet;
  }
  packet = writable(packet);
  if (packet != nullptr) {
    std::memcpy(packet->data + offset_, &address, sizeof address);
  }
  return packet;
}

Packet* StoreIPAddress::store_in_header(Packet* packet, const net::Ipv4Address& address) {
  const net::Ipv4Header* const seen = ipv4_header(*packet);
  if (seen == nullptr || seen->header_length() < sizeof *seen) {
    return refuse(packet);
  }
  packet = writable(packet);
  if (packet == nullptr) {
    return nullptr;
  }
  net::Ipv4Header& header = *ipv4_header(*packet);
  net::Ipv4Address& field = place_ == Place::kSource ? header.source : header.destination;
  net::ChecksumDelta delta;
  delta.replace(field, address);
  field = address;
  header.checksum = delta.apply(header.checksum);
  if (header.fragment_offset() != 0) {
    return packet;
  }
  std::uint8_t* const transport = packet->network + header.header_length();
  if (header.protocol == net::IpProtocol::kTcp) {
    if (auto* const tcp = header_at<net::TcpHeader>(*packet, transport)) {
      tcp->checksum = delta.apply(tcp->checksum);
    }
  } else if (header.protocol == net::IpProtocol::kUdp) {
    if (auto* const udp = header_at<net::UdpHeader>(*packet, transport)) {
      udp->checksum = delta.apply_udp(udp->checksum);
    }
  }
  return packet;
}

void StoreIPAddress::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
