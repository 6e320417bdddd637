// SPDX-License-Identifier: Apache-2.0
#include "net/ethernet.h"

#include "base/check.h"

namespace superfluid::net {
namespace {

// What is behind a type field: everything, or as much as an 802.3 length says.
Parsed<base::ByteView> payload_behind(base::be16 type_or_length, base::ByteView rest) {
  const std::uint16_t value = type_or_length.host();
  if (value >= kEtherTypeMin) {
    return rest;
  }
  if (value > rest.size()) {
    return std::unexpected(Malformed::kBadTotalLength);
  }
  return rest.first(value);
}

}  // namespace

Parsed<EthernetView> parse_ethernet(base::ByteView frame) {
  base::Cursor cursor(frame);
  const auto* header = cursor.view<EthernetHeader>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  const auto payload = payload_behind(header->type_or_length, cursor.rest());
  if (!payload) {
    return std::unexpected(payload.error());
  }
  return EthernetView{header, *payload};
}

Parsed<VlanView> parse_vlan(base::ByteView bytes) {
  base::Cursor cursor(bytes);
  const auto* tag = cursor.view<VlanTag>();
  if (tag == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  const auto payload = payload_behind(tag->type_or_length, cursor.rest());
  if (!payload) {
    return std::unexpected(payload.error());
  }
  return VlanView{tag, *payload};
}

bool write_ethernet(base::Writer& writer, const EthernetFields& fields) {
  return writer.put(EthernetHeader{fields.destination, fields.source,
                                   base::be16(static_cast<std::uint16_t>(fields.ethertype))});
}

bool write_vlan(base::Writer& writer, const VlanFields& fields) {
  base::check(fields.priority <= 7 && fields.vlan <= 0xfff, "a VLAN tag's fields fit their bits");
  const unsigned control =
      fields.priority << 13 | (fields.drop_eligible ? 0x1000u : 0u) | fields.vlan;
  return writer.put(VlanTag{base::be16(static_cast<std::uint16_t>(control)),
                            base::be16(static_cast<std::uint16_t>(fields.ethertype))});
}

}  // namespace superfluid::net
