// SPDX-License-Identifier: Apache-2.0
#include "net/udp.h"

#include <algorithm>

namespace superfluid::net {

Parsed<UdpView> parse_udp(base::ByteView bytes, Extent extent) {
  const auto* header = base::Cursor(bytes).view<UdpHeader>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  const std::size_t length = header->length.host();
  if (length < sizeof(UdpHeader) || (extent == Extent::kWhole && length > bytes.size())) {
    return std::unexpected(Malformed::kBadTotalLength);
  }
  const base::ByteView datagram = bytes.first(std::min(length, bytes.size()));
  return UdpView{header, datagram, datagram.subspan(sizeof(UdpHeader))};
}

Parsed<void> verify_checksum(const UdpView& view, const PseudoHeader& pseudo_header) {
  if (view.header->checksum.raw() == 0) {
    return pseudo_header.is_ipv6() ? Parsed<void>(std::unexpected(Malformed::kBadChecksum))
                                   : Parsed<void>();
  }
  InternetSum sum = pseudo_header.sum(IpProtocol::kUdp, view.datagram.size());
  sum.add(view.datagram);
  if (!sum.holds()) {
    return std::unexpected(Malformed::kBadChecksum);
  }
  return {};
}

bool write_udp(base::Writer& writer, const UdpFields& fields, const PseudoHeader& pseudo_header,
               base::ByteView payload) {
  const std::size_t length = sizeof(UdpHeader) + payload.size();
  if (length > 0xffff) {
    return writer.refuse();
  }
  const std::size_t start = writer.position();
  writer.put(UdpHeader{
      .source_port = base::be16(fields.source_port),
      .destination_port = base::be16(fields.destination_port),
      .length = base::be16(static_cast<std::uint16_t>(length)),
      .checksum = base::be16(0),
  });
  if (!writer.bytes(payload)) {
    return false;
  }
  if (fields.checksum == UdpChecksum::kFull) {
    InternetSum sum = pseudo_header.sum(IpProtocol::kUdp, length);
    sum.add(writer.written().subspan(start));
    writer.patch<UdpHeader>(start)->checksum = sum.udp_checksum();
  }
  return true;
}

}  // namespace superfluid::net
