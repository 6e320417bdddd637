// SPDX-License-Identifier: Apache-2.0
// IPv6 (RFC 8200): the fixed header, the chain of extension headers behind it, and the options
// inside two of those.
//
// Jumbograms (RFC 2675) are refused as a bad total length: no link here carries them. ESP and "no
// next header" end the chain like any transport.

#pragma once

#include <optional>

#include "base/cursor.h"
#include "net/address.h"
#include "net/ip_protocol.h"
#include "net/malformed.h"
#include "net/options.h"

namespace superfluid::net {

struct Ipv6Header {
  base::be32 version_class_flow;
  base::be16 payload_length;
  IpProtocol next_header;
  std::uint8_t hop_limit;
  Ipv6Address source;
  Ipv6Address destination;

  unsigned version() const { return version_class_flow.host() >> 28; }
  unsigned dscp() const { return version_class_flow.host() >> 22 & 0x3f; }
  unsigned ecn() const { return version_class_flow.host() >> 20 & 3; }
  std::uint32_t flow_label() const { return version_class_flow.host() & 0xfffff; }
};
static_assert(sizeof(Ipv6Header) == 40 && alignof(Ipv6Header) == 1);

struct Ipv6FragmentHeader {
  IpProtocol next_header;
  std::uint8_t reserved;
  base::be16 offset_and_more;
  base::be32 identification;

  std::size_t offset() const { return offset_and_more.host() & 0xfff8; }  // in bytes
  bool more() const { return (offset_and_more.host() & 1) != 0; }
  FragmentPlace place() const {
    return offset() != 0 ? FragmentPlace::kLater
           : more()      ? FragmentPlace::kFirst
                         : FragmentPlace::kWhole;  // an atomic fragment (RFC 6946)
  }
};
static_assert(sizeof(Ipv6FragmentHeader) == 8 && alignof(Ipv6FragmentHeader) == 1);

// The fixed part of a routing header; what follows depends on the type.
struct Ipv6RoutingHeader {
  IpProtocol next_header;
  std::uint8_t length_in_eights;
  std::uint8_t type;
  std::uint8_t segments_left;
};
static_assert(sizeof(Ipv6RoutingHeader) == 4 && alignof(Ipv6RoutingHeader) == 1);

struct Ipv6View {
  const Ipv6Header* header;
  base::ByteView payload;  // extension headers included, padding behind the packet not
};

Parsed<Ipv6View> parse_ipv6(base::ByteView bytes, Extent extent = Extent::kWhole);

inline constexpr std::size_t kIpv6ExtensionsMax = 8;

struct Ipv6Extension {
  IpProtocol type;
  IpProtocol next;
  base::ByteView bytes;  // the whole header, at least 8 bytes
};

// Walks the extension headers. At most
// kIpv6ExtensionsMax; a hop-by-hop header anywhere but first is a bad value.
class Ipv6ExtensionReader : public ListReader {
 public:
  explicit Ipv6ExtensionReader(const Ipv6View& view)
      : cursor_(view.payload), protocol_(view.header->next_header) {}

  std::optional<Ipv6Extension> next();
  // Whether rest() begins with another extension header, which next() will hand out or refuse.
  bool at_extension() const;

  // When next() has come to its end without a problem: what rest() is, and of which part.
  IpProtocol protocol() const { return protocol_; }
  base::ByteView rest() const { return cursor_.rest(); }
  FragmentPlace fragment_place() const { return place_; }
  // False when a routing header names further stops: the transport's checksum was made for the
  // last one, not for the header's destination.
  bool destination_is_final() const { return destination_is_final_; }

 private:
  base::Cursor cursor_;
  IpProtocol protocol_;
  FragmentPlace place_ = FragmentPlace::kWhole;
  bool destination_is_final_ = true;
  std::size_t count_ = 0;
};

// The transport behind the extension headers.
struct Ipv6Upper {
  IpProtocol protocol;
  base::ByteView payload;
  FragmentPlace fragment_place;
  bool destination_is_final;
};

Parsed<Ipv6Upper> skip_extensions(const Ipv6View& view);

// Walks the options of a hop-by-hop or destination options header, without its padding.
class Ipv6OptionReader : public ListReader {
 public:
  explicit Ipv6OptionReader(const Ipv6Extension& extension) : cursor_(extension.bytes.subspan(2)) {}

  std::optional<Option> next();

 private:
  base::Cursor cursor_;
};

struct Ipv6Fields {
  unsigned dscp = 0;             // 0 to 63
  unsigned ecn = 0;              // 0 to 3
  std::uint32_t flow_label = 0;  // 20 bits
  IpProtocol next_header;
  std::uint8_t hop_limit = 64;
  Ipv6Address source;
  Ipv6Address destination;
};

// The header of a packet that carries `payload_length` bytes, extension headers included. Refused
// when the length does not fit 16 bits.
bool write_ipv6(base::Writer& writer, const Ipv6Fields& fields, std::size_t payload_length);

// A hop-by-hop, routing or destination options header: `content` is what stands behind its length,
// 8n + 6 bytes of it.
bool write_ipv6_extension(base::Writer& writer, IpProtocol next_header, base::ByteView content);

struct Ipv6FragmentFields {
  IpProtocol next_header;
  std::size_t offset = 0;  // in bytes, a multiple of 8
  bool more = false;
  std::uint32_t identification = 0;
};

bool write_ipv6_fragment(base::Writer& writer, const Ipv6FragmentFields& fields);

}  // namespace superfluid::net
