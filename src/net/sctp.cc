// SPDX-License-Identifier: Apache-2.0
#include "net/sctp.h"

#include <algorithm>
#include <array>

#include "base/crc32c.h"

namespace superfluid::net {
namespace {

struct ChunkHeader {
  SctpChunkType type;
  std::uint8_t flags;
  base::be16 length;  // of this header and the value, without padding
};
static_assert(sizeof(ChunkHeader) == 4 && alignof(ChunkHeader) == 1);

constexpr std::size_t kChecksumOffset = 8;

std::size_t padding_of(std::size_t length) { return (4 - length % 4) % 4; }

// The CRC of a packet as if its checksum field were zero.
std::uint32_t crc_of(base::ByteView packet) {
  constexpr std::array<std::uint8_t, sizeof(base::be32)> kZeros{};
  std::uint32_t crc = base::crc32c(packet.first(kChecksumOffset));
  crc = base::crc32c(kZeros, crc);
  return base::crc32c(packet.subspan(kChecksumOffset + kZeros.size()), crc);
}

}  // namespace

Parsed<SctpView> parse_sctp(base::ByteView bytes) {
  base::Cursor cursor(bytes);
  const auto* header = cursor.view<SctpHeader>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  return SctpView{header, bytes, cursor.rest()};
}

Parsed<void> verify_checksum(const SctpView& view) {
  if (crc_of(view.packet) != view.header->crc()) {
    return std::unexpected(Malformed::kBadChecksum);
  }
  return {};
}

std::optional<SctpChunk> SctpChunkReader::next() {
  if (refused() || cursor_.at_end()) {
    return std::nullopt;
  }
  if (count_ == kSctpChunksMax) {
    return refuse(Malformed::kTooManyHeaders);
  }
  const auto* header = cursor_.view<ChunkHeader>();
  if (header == nullptr) {
    return refuse(Malformed::kTruncated);
  }
  const std::size_t length = header->length.host();
  if (length < sizeof(ChunkHeader)) {
    return refuse(Malformed::kBadOption);
  }
  const auto value = cursor_.take(length - sizeof(ChunkHeader));
  if (!value) {
    return refuse(Malformed::kBadOption);
  }
  cursor_.skip(std::min(padding_of(length), cursor_.remaining()));
  ++count_;
  return SctpChunk{header->type, header->flags, *value};
}

bool write_sctp_chunk(base::Writer& writer, const SctpChunk& chunk) {
  const std::size_t length = sizeof(ChunkHeader) + chunk.value.size();
  if (length > 0xffff) {
    return writer.refuse();
  }
  writer.put(ChunkHeader{chunk.type, chunk.flags, base::be16(static_cast<std::uint16_t>(length))});
  writer.bytes(chunk.value);
  return writer.fill(padding_of(length), 0);
}

bool write_sctp(base::Writer& writer, const SctpFields& fields, base::ByteView chunks) {
  const std::size_t start = writer.position();
  writer.put(SctpHeader{
      .source_port = base::be16(fields.source_port),
      .destination_port = base::be16(fields.destination_port),
      .verification_tag = base::be32(fields.verification_tag),
      .checksum = base::be32(0),
  });
  if (!writer.bytes(chunks)) {
    return false;
  }
  const std::uint32_t crc = crc_of(writer.written().subspan(start));
  writer.patch<SctpHeader>(start)->checksum = base::be32(__builtin_bswap32(crc));
  return true;
}

}  // namespace superfluid::net
