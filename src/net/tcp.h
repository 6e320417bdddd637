// SPDX-License-Identifier: Apache-2.0
// TCP (RFC 9293) with the options that middleboxes meet: MSS, window scale, SACK permitted, SACK,
// timestamps.

#pragma once

#include <optional>

#include "base/cursor.h"
#include "base/fixed_vector.h"
#include "net/checksum.h"
#include "net/malformed.h"

namespace superfluid::net {

// The low eight flag bits; combine with |.
enum TcpFlag : std::uint8_t {
  kTcpFin = 0x01,
  kTcpSyn = 0x02,
  kTcpRst = 0x04,
  kTcpPsh = 0x08,
  kTcpAck = 0x10,
  kTcpUrg = 0x20,
  kTcpEce = 0x40,
  kTcpCwr = 0x80,
};

struct TcpHeader {
  base::be16 source_port;
  base::be16 destination_port;
  base::be32 sequence;
  base::be32 acknowledgment;
  std::uint8_t words_and_reserved;  // header length in words of 4 bytes
  std::uint8_t flags;
  base::be16 window;
  base::be16 checksum;
  base::be16 urgent_pointer;

  std::size_t header_length() const { return 4u * (words_and_reserved >> 4); }
  bool has(TcpFlag flag) const { return (flags & flag) != 0; }
};
static_assert(sizeof(TcpHeader) == 20 && alignof(TcpHeader) == 1);

inline constexpr std::size_t kTcpOptionsBytesMax = 40;

struct TcpView {
  const TcpHeader* header;
  base::ByteView options;
  base::ByteView segment;  // header, options and payload: what the checksum covers
  base::ByteView payload;
};

// bytes: the whole payload of the IP packet, since TCP has no length of its own.
Parsed<TcpView> parse_tcp(base::ByteView bytes);
Parsed<void> verify_checksum(const TcpView& view, const PseudoHeader& pseudo_header);

struct TcpSackBlock {
  std::uint32_t left;   // first sequence number of the block
  std::uint32_t right;  // the one behind its last

  friend constexpr bool operator==(const TcpSackBlock&, const TcpSackBlock&) = default;
};

struct TcpTimestamps {
  std::uint32_t value;
  std::uint32_t echo;

  friend constexpr bool operator==(const TcpTimestamps&, const TcpTimestamps&) = default;
};

enum class TcpOptionKind : std::uint8_t {
  kMss = 2,
  kWindowScale = 3,
  kSackPermitted = 4,
  kSack = 5,
  kTimestamps = 8,
};

inline constexpr std::size_t kTcpSackBlocksMax = 4;

struct TcpOptions {
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;
  bool sack_permitted = false;
  std::optional<TcpTimestamps> timestamps;
  base::FixedVector<TcpSackBlock, kTcpSackBlocksMax> sack;

  friend bool operator==(const TcpOptions&, const TcpOptions&) = default;
};

// Options of other kinds are passed over; of one that comes twice, the last counts. kBadOption
// where a known option has a length that is not its own.
Parsed<TcpOptions> parse_tcp_options(base::ByteView options);
// Those in front of the first bad one, all if there is none: parse_tcp_options() takes them.
base::ByteView readable_tcp_options(base::ByteView options);

// Padded with zeros to a multiple of 4. Refused beyond kTcpOptionsBytesMax, which timestamps and
// four blocks of SACK exceed.
bool write_tcp_options(base::Writer& writer, const TcpOptions& options);

struct TcpFields {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  std::uint16_t urgent_pointer = 0;
  base::ByteView options = {};  // at most 40 bytes, padded here to a multiple of 4 with zeros
};

bool write_tcp(base::Writer& writer, const TcpFields& fields, const PseudoHeader& pseudo_header,
               base::ByteView payload);

}  // namespace superfluid::net
