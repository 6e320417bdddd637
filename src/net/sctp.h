// SPDX-License-Identifier: Apache-2.0
// SCTP (RFC 9260): the common header, its CRC32C, and the chunks behind it.

#pragma once

#include <optional>

#include "base/cursor.h"
#include "net/malformed.h"
#include "net/options.h"

namespace superfluid::net {

struct SctpHeader {
  base::be16 source_port;
  base::be16 destination_port;
  base::be32 verification_tag;
  base::be32 checksum;  // its bytes run the other way: the CRC's lowest byte comes first

  std::uint32_t crc() const { return __builtin_bswap32(checksum.host()); }
};
static_assert(sizeof(SctpHeader) == 12 && alignof(SctpHeader) == 1);

enum class SctpChunkType : std::uint8_t {
  kData = 0,
  kInit = 1,
  kInitAck = 2,
  kSack = 3,
  kHeartbeat = 4,
  kHeartbeatAck = 5,
  kAbort = 6,
  kShutdown = 7,
  kShutdownAck = 8,
  kError = 9,
  kCookieEcho = 10,
  kCookieAck = 11,
  kShutdownComplete = 14,
};

struct SctpView {
  const SctpHeader* header;
  base::ByteView packet;  // header and chunks: what the checksum covers
  base::ByteView chunks;
};

Parsed<SctpView> parse_sctp(base::ByteView bytes);
Parsed<void> verify_checksum(const SctpView& view);

struct SctpChunk {
  SctpChunkType type;
  std::uint8_t flags;
  base::ByteView value;  // without padding
};

inline constexpr std::size_t kSctpChunksMax = 64;

// Walks the chunks. At most kSctpChunksMax. The
// padding of the last chunk may be missing.
class SctpChunkReader : public ListReader {
 public:
  explicit SctpChunkReader(const SctpView& view) : cursor_(view.chunks) {}

  std::optional<SctpChunk> next();

 private:
  base::Cursor cursor_;
  std::size_t count_ = 0;
};

struct SctpFields {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t verification_tag = 0;
};

// A chunk, padded to a multiple of 4. Refused when its length does not fit 16 bits.
bool write_sctp_chunk(base::Writer& writer, const SctpChunk& chunk);

// chunks: as write_sctp_chunk() made them.
bool write_sctp(base::Writer& writer, const SctpFields& fields, base::ByteView chunks);

}  // namespace superfluid::net
