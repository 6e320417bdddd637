// SPDX-License-Identifier: Apache-2.0
#include "net/icmpv6.h"

#include <algorithm>

#include "base/check.h"

namespace superfluid::net {
namespace {

// The body of both neighbour messages as they are built here.
struct NeighborBody {
  Ipv6Address target;
  NdOptionType option;
  std::uint8_t option_eights;
  MacAddress link;
};
static_assert(sizeof(NeighborBody) == 24 && alignof(NeighborBody) == 1);

base::ByteView bytes_of(const NeighborBody& body) {
  return {reinterpret_cast<const std::uint8_t*>(&body), sizeof body};
}

}  // namespace

Parsed<Icmpv6View> parse_icmpv6(base::ByteView bytes) {
  base::Cursor cursor(bytes);
  const auto* header = cursor.view<Icmpv6Header>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  return Icmpv6View{header, bytes, cursor.rest()};
}

Parsed<void> verify_checksum(const Icmpv6View& view, const PseudoHeader& pseudo_header) {
  InternetSum sum = pseudo_header.sum(IpProtocol::kIcmpv6, view.message.size());
  sum.add(view.message);
  if (!sum.holds()) {
    return std::unexpected(Malformed::kBadChecksum);
  }
  return {};
}

Parsed<NeighborView> parse_neighbor(const Icmpv6View& view) {
  const Icmpv6Type type = view.header->type;
  base::Cursor cursor(view.payload);
  NeighborView neighbor{};
  bool whole = true;
  if (type == Icmpv6Type::kRouterAdvertisement) {
    neighbor.timers = cursor.view<RouterTimers>();
    whole = neighbor.timers != nullptr;
  } else if (type != Icmpv6Type::kRouterSolicitation) {
    neighbor.target = cursor.view<Ipv6Address>();
    whole = neighbor.target != nullptr;
  }
  if (type == Icmpv6Type::kRedirect) {
    neighbor.destination = cursor.view<Ipv6Address>();
    whole = neighbor.destination != nullptr;
  }
  if (!whole) {
    return std::unexpected(Malformed::kTruncated);
  }
  neighbor.options = cursor.rest();
  return neighbor;
}

MacAddress NdOption::mac() const {
  MacAddress address;  // data has at least six bytes, as no option is shorter than eight
  std::copy_n(data.begin(), address.bytes.size(), address.bytes.begin());
  return address;
}

std::optional<NdOption> NdOptionReader::next() {
  if (refused() || cursor_.at_end()) {
    return std::nullopt;
  }
  if (count_ == kNdOptionsMax) {
    return refuse(Malformed::kTooManyHeaders);
  }
  const std::uint8_t type = *cursor_.u8();
  const auto eights = cursor_.u8();
  if (!eights || *eights == 0) {
    return refuse(Malformed::kBadOption);
  }
  const auto data = cursor_.take(8u * *eights - 2);
  if (!data) {
    return refuse(Malformed::kBadOption);
  }
  ++count_;
  return NdOption{static_cast<NdOptionType>(type), *data};
}

bool write_icmpv6(base::Writer& writer, const Icmpv6Fields& fields,
                  const PseudoHeader& pseudo_header, base::ByteView payload) {
  const std::size_t start = writer.position();
  writer.put(Icmpv6Header{
      .type = fields.type,
      .code = fields.code,
      .checksum = base::be16(0),
      .word = base::be32(fields.word),
  });
  if (!writer.bytes(payload)) {
    return false;
  }
  const base::ByteView message = writer.written().subspan(start);
  InternetSum sum = pseudo_header.sum(IpProtocol::kIcmpv6, message.size());
  sum.add(message);
  writer.patch<Icmpv6Header>(start)->checksum = sum.checksum();
  return true;
}

bool write_neighbor_solicitation(base::Writer& writer, const PseudoHeader& pseudo_header,
                                 const Ipv6Address& target, const MacAddress& source_link) {
  const NeighborBody body{target, NdOptionType::kSourceLinkAddress, 1, source_link};
  return write_icmpv6(writer, {.type = Icmpv6Type::kNeighborSolicitation}, pseudo_header,
                      bytes_of(body));
}

bool write_neighbor_advertisement(base::Writer& writer, const PseudoHeader& pseudo_header,
                                  const NeighborAdvertisementFields& fields) {
  const NeighborBody body{fields.target, NdOptionType::kTargetLinkAddress, 1, fields.target_link};
  const std::uint32_t flags = (fields.router ? 0x80000000u : 0u) |
                              (fields.solicited ? 0x40000000u : 0u) |
                              (fields.replaces ? 0x20000000u : 0u);
  return write_icmpv6(writer, {.type = Icmpv6Type::kNeighborAdvertisement, .word = flags},
                      pseudo_header, bytes_of(body));
}

}  // namespace superfluid::net
