// SPDX-License-Identifier: Apache-2.0
// Where elements find the IPv4 header that CheckIPHeader or MarkIPHeader noted on a packet.
//
// The note is a hint (graph/packet.h): these functions check that it lies in the packet with all
// the bytes that are asked for, so that a packet without one, or cut since, is refused, not read.

#pragma once

#include <algorithm>

#include "base/cursor.h"
#include "graph/packet.h"
#include "net/ipv4.h"

namespace superfluid::elements {

// The T at `at` when all its bytes are in the packet; nullptr otherwise.
template <base::WireLayout T>
T* header_at(const graph::Packet& packet, std::uint8_t* at) {
  return packet.from(at).size() < sizeof(T) ? nullptr : reinterpret_cast<T*>(at);
}

// Its first 20 bytes are there; its options and what its fields promise may not be.
inline net::Ipv4Header* ipv4_header(const graph::Packet& packet) {
  return header_at<net::Ipv4Header>(packet, packet.network);
}

// The destination annotation of an IPv4 packet: who its next hop is.
inline net::Ipv4Address ipv4_destination(const graph::Annotations& notes) {
  net::Ipv4Address address;
  std::copy_n(notes.destination.bytes.begin(), sizeof address, address.bytes.begin());
  return address;
}
inline void set_ipv4_destination(graph::Annotations& notes, const net::Ipv4Address& address) {
  std::copy_n(address.bytes.begin(), sizeof address, notes.destination.bytes.begin());
}

// The datagram at the network hint, its lengths checked. To be written to only when the packet may
// be.
struct Ipv4Datagram {
  net::Ipv4Header* header;
  std::uint8_t* payload;
  std::uint32_t payload_length;  // to the stated total length

  base::ByteView bytes() const { return {payload, payload_length}; }
};

// header is nullptr when there is no whole datagram.
inline Ipv4Datagram ipv4_datagram(const graph::Packet& packet) {
  net::Ipv4Header* const header = ipv4_header(packet);
  if (header == nullptr) {
    return {};
  }
  const std::size_t header_length = header->header_length();
  const std::size_t total_length = header->total_length.host();
  if (header_length < sizeof(net::Ipv4Header) || total_length < header_length ||
      total_length > packet.from(packet.network).size()) {
    return {};
  }
  return {header, packet.network + header_length,
          static_cast<std::uint32_t>(total_length - header_length)};
}

}  // namespace superfluid::elements
