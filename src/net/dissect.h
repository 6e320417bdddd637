// SPDX-License-Identifier: Apache-2.0
// dissect(): a whole packet, outermost header first, as a list of layers; describe_fields(): one
// layer as names and values. `superfluid packet decode`, traces and error messages all read packets
// through these two.
//
// The fast path does not: elements know which header they want and parse just that one (net/ipv4.h
// and its siblings).
//
// Invariants
//   1. Layers do not overlap and lie in order inside the packet: layer i ends at or before layer
//      i+1 begins.
//   2. dissect() never fails: what cannot be parsed is the last layer's payload, and `problem` says
//      why and where. A header whose fixed part is here is a layer even when the length it states
//      or one of its options is wrong; nothing behind it is read then.
//   3. At most kLayersMax layers; tunnels inside tunnels beyond that end in kTooManyHeaders.
//   4. Nothing is allocated by dissect(). describe_fields() hands its sink views that live for the
//      call only.
//   5. A packet of which the capture kept only the first bytes has the layers that the whole one
//      begins with, as far as their fixed parts are here, and no problem but one with `cut`.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_vector.h"
#include "net/malformed.h"

namespace superfluid::net {

enum class Protocol : std::uint8_t {
  kEthernet,
  kVlan,  // 802.1Q and 802.1ad, one layer per tag
  kArp,
  kIpv4,
  kIpv6,           // the fixed header
  kIpv6Extension,  // one layer per extension header
  kIcmpv4,
  kIcmpv6,  // with its neighbour discovery options
  kTcp,
  kUdp,
  kSctp,
  kVxlan,
  kGtpu,     // with its extension headers
  kPayload,  // bytes that nothing above claims, always last
};

// "ethernet", "vlan", ...: stable names, as --json prints them.
std::string_view name_of(Protocol protocol);

// What the first byte of a packet is.
enum class LinkType : std::uint8_t { kEthernet, kRawIp };

struct Layer {
  Protocol protocol;
  std::uint32_t offset;  // of the layer's first byte in the packet
  std::uint32_t length;  // of this layer's own header, without what it carries
};

struct Problem {
  Malformed reason;
  Protocol where;        // the header that could not be read, or not to its end
  std::uint32_t offset;  // the field or option at fault, else where that header begins
  // The capture kept too little: kTruncated, at the end of the bytes. Nothing is known to be wrong.
  bool cut = false;
};

struct Dissection {
  static constexpr std::size_t kLayersMax = 24;

  base::FixedVector<Layer, kLayersMax> layers;
  std::optional<Problem> problem;
};

// length_on_wire: of the packet before a capture cut it. Lengths up to there are believed.
Dissection dissect(base::ByteView packet, LinkType link, std::size_t length_on_wire);
inline Dissection dissect(base::ByteView packet, LinkType link) {
  return dissect(packet, link, packet.size());
}

// Receives a layer's fields in wire order.
class FieldSink {
 public:
  virtual ~FieldSink() = default;
  // A number as people read it, e.g. ("ttl", 64).
  virtual void number(std::string_view name, std::uint64_t value) = 0;
  // A number usually written in hexadecimal, with its width in digits, e.g. ("checksum", 0xbeef,
  // 4).
  virtual void hex(std::string_view name, std::uint64_t value, unsigned digits) = 0;
  // Addresses, flags by name, verdicts, e.g. ("source", "10.0.0.1"), ("flags", "SYN,ACK").
  virtual void text(std::string_view name, std::string_view value) = 0;
};

// The fields of packet's layer `index` of `dissection` (which was made from the same packet).
void describe_fields(base::ByteView packet, const Dissection& dissection, std::size_t index,
                     FieldSink& sink);

}  // namespace superfluid::net
