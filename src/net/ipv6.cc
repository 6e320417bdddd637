// SPDX-License-Identifier: Apache-2.0
#include "net/ipv6.h"

#include <algorithm>

#include "base/check.h"

namespace superfluid::net {
namespace {

constexpr std::size_t kExtensionBytesMin = 8;
constexpr std::size_t kAuthenticationBytesMin = 12;

bool is_extension(IpProtocol protocol) {
  switch (protocol) {
    case IpProtocol::kHopByHop:
    case IpProtocol::kRouting:
    case IpProtocol::kFragment:
    case IpProtocol::kAuthentication:
    case IpProtocol::kDestinationOptions: return true;
    default: return false;
  }
}

// The length of the extension header whose second byte is `length_field`.
std::size_t extension_length(IpProtocol type, std::uint8_t length_field) {
  switch (type) {
    case IpProtocol::kFragment: return sizeof(Ipv6FragmentHeader);
    case IpProtocol::kAuthentication: return 4u * (length_field + 2u);
    default: return 8u * (length_field + 1u);
  }
}

}  // namespace

Parsed<Ipv6View> parse_ipv6(base::ByteView bytes, Extent extent) {
  base::Cursor cursor(bytes);
  const auto* header = cursor.view<Ipv6Header>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  if (header->version() != 6) {
    return std::unexpected(Malformed::kBadVersion);
  }
  const std::size_t length = header->payload_length.host();
  const bool jumbogram = length == 0 && header->next_header == IpProtocol::kHopByHop;
  if (jumbogram || (extent == Extent::kWhole && length > cursor.remaining())) {
    return std::unexpected(Malformed::kBadTotalLength);
  }
  return Ipv6View{header, cursor.rest().first(std::min(length, cursor.remaining()))};
}

bool Ipv6ExtensionReader::at_extension() const {
  return place_ != FragmentPlace::kLater && is_extension(protocol_);
}

std::optional<Ipv6Extension> Ipv6ExtensionReader::next() {
  if (refused() || !at_extension()) {
    return std::nullopt;
  }
  if (count_ == kIpv6ExtensionsMax) {
    return refuse(Malformed::kTooManyHeaders);
  }
  if (protocol_ == IpProtocol::kHopByHop && count_ != 0) {
    return refuse(Malformed::kBadValue);
  }
  if (cursor_.remaining() < kExtensionBytesMin) {
    return refuse(Malformed::kTruncated);
  }
  const IpProtocol type = protocol_;
  const std::size_t length = extension_length(type, cursor_.rest()[1]);
  if (type == IpProtocol::kAuthentication && length < kAuthenticationBytesMin) {
    return refuse(Malformed::kBadOption);
  }
  const auto bytes = cursor_.take(length);
  if (!bytes) {
    return refuse(Malformed::kBadOption);
  }
  // *bytes has at least kExtensionBytesMin bytes, as extension_length() gives no less.
  if (type == IpProtocol::kFragment) {
    place_ = base::Cursor(*bytes).view<Ipv6FragmentHeader>()->place();
  } else if (type == IpProtocol::kRouting) {
    const auto* routing = base::Cursor(*bytes).view<Ipv6RoutingHeader>();
    destination_is_final_ = destination_is_final_ && routing->segments_left == 0;
  }
  ++count_;
  protocol_ = static_cast<IpProtocol>((*bytes)[0]);
  return Ipv6Extension{type, protocol_, *bytes};
}

Parsed<Ipv6Upper> skip_extensions(const Ipv6View& view) {
  Ipv6ExtensionReader reader(view);
  if (const auto walked = walk(reader); !walked) {
    return std::unexpected(walked.error());
  }
  return Ipv6Upper{reader.protocol(), reader.rest(), reader.fragment_place(),
                   reader.destination_is_final()};
}

std::optional<Option> Ipv6OptionReader::next() {
  constexpr std::uint8_t kPad1 = 0;
  constexpr std::uint8_t kPadN = 1;
  while (!refused() && !cursor_.at_end()) {
    const std::uint8_t kind = *cursor_.u8();
    if (kind == kPad1) {
      continue;
    }
    const auto length = cursor_.u8();
    const auto data = length ? cursor_.take(*length) : std::nullopt;
    if (!data) {
      refuse(Malformed::kBadOption);
    } else if (kind != kPadN) {
      return Option{kind, *data};
    }
  }
  return std::nullopt;
}

bool write_ipv6(base::Writer& writer, const Ipv6Fields& fields, std::size_t payload_length) {
  base::check(fields.dscp <= 63 && fields.ecn <= 3 && fields.flow_label <= 0xfffff,
              "IPv6's DSCP, ECN and flow label fit their bits");
  if (payload_length > 0xffff) {
    return writer.refuse();
  }
  return writer.put(Ipv6Header{
      .version_class_flow =
          base::be32(6u << 28 | fields.dscp << 22 | fields.ecn << 20 | fields.flow_label),
      .payload_length = base::be16(static_cast<std::uint16_t>(payload_length)),
      .next_header = fields.next_header,
      .hop_limit = fields.hop_limit,
      .source = fields.source,
      .destination = fields.destination,
  });
}

bool write_ipv6_extension(base::Writer& writer, IpProtocol next_header, base::ByteView content) {
  base::check(content.size() % 8 == 6 && content.size() <= 8 * 255 + 6,
              "an extension header's content has 8n + 6 bytes");
  writer.u8(static_cast<std::uint8_t>(next_header));
  writer.u8(static_cast<std::uint8_t>(content.size() / 8));
  return writer.bytes(content);
}

bool write_ipv6_fragment(base::Writer& writer, const Ipv6FragmentFields& fields) {
  base::check(fields.offset % 8 == 0 && fields.offset <= 0xfff8,
              "IPv6's fragment offset is a multiple of 8 that fits its bits");
  const std::size_t offset_and_more = fields.offset | (fields.more ? 1u : 0u);
  return writer.put(Ipv6FragmentHeader{
      .next_header = fields.next_header,
      .reserved = 0,
      .offset_and_more = base::be16(static_cast<std::uint16_t>(offset_and_more)),
      .identification = base::be32(fields.identification),
  });
}

}  // namespace superfluid::net
