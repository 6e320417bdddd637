// SPDX-License-Identifier: Apache-2.0
// ICMP for IPv4 (RFC 792). Every message has the same eight bytes in front; what their last four
// mean depends on the type. An error quotes the datagram that caused it, usually cut: parse that
// with Extent::kCut.

#pragma once

#include "base/cursor.h"
#include "net/malformed.h"

namespace superfluid::net {

enum class IcmpType : std::uint8_t {
  kEchoReply = 0,
  kDestinationUnreachable = 3,
  kRedirect = 5,
  kEchoRequest = 8,
  kTimeExceeded = 11,
  kParameterProblem = 12,
};

struct IcmpHeader {
  IcmpType type;
  std::uint8_t code;
  base::be16 checksum;
  base::be16 words[2];

  bool is_echo() const { return type == IcmpType::kEchoReply || type == IcmpType::kEchoRequest; }
  bool is_error() const {
    return type == IcmpType::kDestinationUnreachable || type == IcmpType::kRedirect ||
           type == IcmpType::kTimeExceeded || type == IcmpType::kParameterProblem;
  }
  // Of echo messages.
  std::uint16_t identifier() const { return words[0].host(); }
  std::uint16_t sequence() const { return words[1].host(); }
  // Of "fragmentation needed" (destination unreachable, code 4).
  std::uint16_t next_hop_mtu() const { return words[1].host(); }
};
static_assert(sizeof(IcmpHeader) == 8 && alignof(IcmpHeader) == 1);

inline constexpr std::uint8_t kIcmpFragmentationNeeded = 4;

struct IcmpView {
  const IcmpHeader* header;
  base::ByteView message;  // header and payload: what the checksum covers
  base::ByteView payload;  // of an error: the datagram that it answers
};

Parsed<IcmpView> parse_icmp(base::ByteView bytes);
Parsed<void> verify_checksum(const IcmpView& view);

struct IcmpFields {
  IcmpType type;
  std::uint8_t code = 0;
  std::uint16_t words[2] = {};  // identifier and sequence of an echo
};

bool write_icmp(base::Writer& writer, const IcmpFields& fields, base::ByteView payload);

}  // namespace superfluid::net
