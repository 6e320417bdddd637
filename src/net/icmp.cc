// SPDX-License-Identifier: Apache-2.0
#include "net/icmp.h"

#include "net/checksum.h"

namespace superfluid::net {

Parsed<IcmpView> parse_icmp(base::ByteView bytes) {
  base::Cursor cursor(bytes);
  const auto* header = cursor.view<IcmpHeader>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  return IcmpView{header, bytes, cursor.rest()};
}

Parsed<void> verify_checksum(const IcmpView& view) {
  if (!internet_checksum_holds(view.message)) {
    return std::unexpected(Malformed::kBadChecksum);
  }
  return {};
}

bool write_icmp(base::Writer& writer, const IcmpFields& fields, base::ByteView payload) {
  const std::size_t start = writer.position();
  writer.put(IcmpHeader{
      .type = fields.type,
      .code = fields.code,
      .checksum = base::be16(0),
      .words = {base::be16(fields.words[0]), base::be16(fields.words[1])},
  });
  if (!writer.bytes(payload)) {
    return false;
  }
  writer.patch<IcmpHeader>(start)->checksum = internet_checksum(writer.written().subspan(start));
  return true;
}

}  // namespace superfluid::net
