// SPDX-License-Identifier: Apache-2.0
#include "net/ipv4.h"

#include <algorithm>

#include "base/check.h"
#include "net/checksum.h"

namespace superfluid::net {

Parsed<Ipv4View> parse_ipv4(base::ByteView bytes, Extent extent) {
  const auto* header = base::Cursor(bytes).view<Ipv4Header>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  if (header->version() != 4) {
    return std::unexpected(Malformed::kBadVersion);
  }
  const std::size_t header_length = header->header_length();
  if (header_length < sizeof(Ipv4Header) || header_length > bytes.size()) {
    return std::unexpected(Malformed::kBadHeaderLength);
  }
  const std::size_t total_length = header->total_length.host();
  if (total_length < header_length || (extent == Extent::kWhole && total_length > bytes.size())) {
    return std::unexpected(Malformed::kBadTotalLength);
  }
  // header_length <= end <= bytes.size(), by the two checks above.
  const std::size_t end = std::min(total_length, bytes.size());
  return Ipv4View{
      header,
      bytes.subspan(sizeof(Ipv4Header), header_length - sizeof(Ipv4Header)),
      bytes.subspan(header_length, end - header_length),
  };
}

Parsed<void> verify_checksum(const Ipv4View& view) {
  const base::ByteView header(reinterpret_cast<const std::uint8_t*>(view.header),
                              view.header->header_length());
  if (!internet_checksum_holds(header)) {
    return std::unexpected(Malformed::kBadChecksum);
  }
  return {};
}

bool write_ipv4(base::Writer& writer, const Ipv4Fields& fields, std::size_t payload_length) {
  base::check(fields.dscp <= 63 && fields.ecn <= 3, "IPv4's DSCP and ECN fit their bits");
  base::check(fields.fragment_offset % 8 == 0 && fields.fragment_offset <= 8 * 0x1fff,
              "IPv4's fragment offset is a multiple of 8 that fits its bits");
  base::check(fields.options.size() <= kIpv4OptionsBytesMax, "IPv4's options fit its header");
  const std::size_t padding = (4 - fields.options.size() % 4) % 4;
  const std::size_t header_length = sizeof(Ipv4Header) + fields.options.size() + padding;
  if (payload_length > 0xffff - header_length) {
    return writer.refuse();
  }
  const std::size_t start = writer.position();
  const std::size_t flags = (fields.dont_fragment ? 0x4000u : 0u) |
                            (fields.more_fragments ? 0x2000u : 0u) | fields.fragment_offset / 8;
  writer.put(Ipv4Header{
      .version_and_words = static_cast<std::uint8_t>(0x40 | header_length / 4),
      .dscp_and_ecn = static_cast<std::uint8_t>(fields.dscp << 2 | fields.ecn),
      .total_length = base::be16(static_cast<std::uint16_t>(header_length + payload_length)),
      .identification = base::be16(fields.identification),
      .flags_and_offset = base::be16(static_cast<std::uint16_t>(flags)),
      .ttl = fields.ttl,
      .protocol = fields.protocol,
      .checksum = base::be16(0),
      .source = fields.source,
      .destination = fields.destination,
  });
  writer.bytes(fields.options);
  writer.fill(padding, 0);
  if (!writer.ok()) {
    return false;
  }
  writer.patch<Ipv4Header>(start)->checksum =
      internet_checksum(writer.written().subspan(start, header_length));
  return true;
}

}  // namespace superfluid::net
