// SPDX-License-Identifier: Apache-2.0
// ICMPv6 (RFC 4443) and the five messages of neighbour discovery (RFC 4861) with their options.

#pragma once

#include <optional>

#include "base/cursor.h"
#include "net/address.h"
#include "net/checksum.h"
#include "net/malformed.h"
#include "net/options.h"

namespace superfluid::net {

enum class Icmpv6Type : std::uint8_t {
  kDestinationUnreachable = 1,
  kPacketTooBig = 2,
  kTimeExceeded = 3,
  kParameterProblem = 4,
  kEchoRequest = 128,
  kEchoReply = 129,
  kRouterSolicitation = 133,
  kRouterAdvertisement = 134,
  kNeighborSolicitation = 135,
  kNeighborAdvertisement = 136,
  kRedirect = 137,
};

struct Icmpv6Header {
  Icmpv6Type type;
  std::uint8_t code;
  base::be16 checksum;
  base::be32 word;

  bool is_echo() const {
    return type == Icmpv6Type::kEchoRequest || type == Icmpv6Type::kEchoReply;
  }
  bool is_error() const { return static_cast<std::uint8_t>(type) < 128; }
  bool is_neighbor_discovery() const {
    return type >= Icmpv6Type::kRouterSolicitation && type <= Icmpv6Type::kRedirect;
  }
  // Of echo messages.
  std::uint16_t identifier() const { return static_cast<std::uint16_t>(word.host() >> 16); }
  std::uint16_t sequence() const { return static_cast<std::uint16_t>(word.host()); }
  // Of "packet too big".
  std::uint32_t mtu() const { return word.host(); }
  // Of router advertisements.
  unsigned current_hop_limit() const { return word.host() >> 24; }
  bool is_managed() const { return (word.host() & 0x800000) != 0; }
  bool has_other_configuration() const { return (word.host() & 0x400000) != 0; }
  std::uint16_t router_lifetime_s() const { return static_cast<std::uint16_t>(word.host()); }
  // Of neighbour advertisements.
  bool is_router() const { return (word.host() & 0x80000000) != 0; }
  bool is_solicited() const { return (word.host() & 0x40000000) != 0; }
  bool is_override() const { return (word.host() & 0x20000000) != 0; }
};
static_assert(sizeof(Icmpv6Header) == 8 && alignof(Icmpv6Header) == 1);

struct Icmpv6View {
  const Icmpv6Header* header;
  base::ByteView message;  // header and payload: what the checksum covers
  base::ByteView payload;  // of an error: the datagram that it answers
};

Parsed<Icmpv6View> parse_icmpv6(base::ByteView bytes);
Parsed<void> verify_checksum(const Icmpv6View& view, const PseudoHeader& pseudo_header);

// What follows the header of a router advertisement, before its options.
struct RouterTimers {
  base::be32 reachable_ms;
  base::be32 retransmit_ms;
};
static_assert(sizeof(RouterTimers) == 8 && alignof(RouterTimers) == 1);

// A neighbour discovery message behind its header; what its type does not have is nullptr.
struct NeighborView {
  const RouterTimers* timers;      // of router advertisements
  const Ipv6Address* target;       // of neighbour solicitations and advertisements, and redirects
  const Ipv6Address* destination;  // of redirects
  base::ByteView options;
};

// REQUIRES view.header->is_neighbor_discovery(). The options are not walked.
Parsed<NeighborView> parse_neighbor(const Icmpv6View& view);

enum class NdOptionType : std::uint8_t {
  kSourceLinkAddress = 1,
  kTargetLinkAddress = 2,
  kPrefixInformation = 3,
  kRedirectedHeader = 4,
  kMtu = 5,
};

struct NdOption {
  NdOptionType type;
  base::ByteView data;  // behind type and length, 8n + 6 bytes

  // Of link addresses, on Ethernet.
  MacAddress mac() const;
};

inline constexpr std::size_t kNdOptionsMax = 32;

// Walks ND options. At most kNdOptionsMax.
class NdOptionReader : public ListReader {
 public:
  explicit NdOptionReader(base::ByteView options) : cursor_(options) {}

  std::optional<NdOption> next();

 private:
  base::Cursor cursor_;
  std::size_t count_ = 0;
};

struct Icmpv6Fields {
  Icmpv6Type type;
  std::uint8_t code = 0;
  std::uint32_t word = 0;
};

constexpr std::uint32_t echo_word(std::uint16_t identifier, std::uint16_t sequence) {
  return static_cast<std::uint32_t>(identifier) << 16 | sequence;
}

bool write_icmpv6(base::Writer& writer, const Icmpv6Fields& fields,
                  const PseudoHeader& pseudo_header, base::ByteView payload);

// What answers "who has `target`?" and asks it, with the link address option that belongs there.
bool write_neighbor_solicitation(base::Writer& writer, const PseudoHeader& pseudo_header,
                                 const Ipv6Address& target, const MacAddress& source_link);
struct NeighborAdvertisementFields {
  Ipv6Address target;
  MacAddress target_link;
  bool router = false;
  bool solicited = true;
  bool replaces = true;  // the override flag
};
bool write_neighbor_advertisement(base::Writer& writer, const PseudoHeader& pseudo_header,
                                  const NeighborAdvertisementFields& fields);

}  // namespace superfluid::net
