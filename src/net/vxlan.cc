// SPDX-License-Identifier: Apache-2.0
#include "net/vxlan.h"

#include "base/check.h"

namespace superfluid::net {

Parsed<VxlanView> parse_vxlan(base::ByteView bytes) {
  base::Cursor cursor(bytes);
  const auto* header = cursor.view<VxlanHeader>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  if (!header->has_network()) {
    return std::unexpected(Malformed::kBadValue);
  }
  return VxlanView{header, cursor.rest()};
}

bool write_vxlan(base::Writer& writer, std::uint32_t network) {
  base::check(network <= 0xffffff, "a VXLAN network has 24 bits");
  return writer.put(VxlanHeader{base::be32(0x08000000), base::be32(network << 8)});
}

}  // namespace superfluid::net
