// SPDX-License-Identifier: Apache-2.0
#include "net/gtpu.h"

#include <algorithm>

#include "base/check.h"

namespace superfluid::net {
namespace {

constexpr std::size_t kExtensionFrame = 2;  // the length in front, the next type behind
constexpr std::uint8_t kFirstElementWithLength = 128;

std::optional<std::size_t> fixed_length(GtpuElementType type) {
  switch (type) {
    case GtpuElementType::kRecovery: return 1;
    case GtpuElementType::kTeid: return 4;
    default: return std::nullopt;
  }
}

bool write_peer(base::Writer& writer, base::ByteView address) {
  writer.u8(static_cast<std::uint8_t>(GtpuElementType::kPeerAddress));
  writer.u16(static_cast<std::uint16_t>(address.size()));
  return writer.bytes(address);
}

}  // namespace

std::optional<std::uint16_t> GtpuView::sequence() const {
  return header->has_sequence() ? std::optional(optional_part->sequence.host()) : std::nullopt;
}

std::optional<std::uint8_t> GtpuView::npdu() const {
  return header->has_npdu() ? std::optional(optional_part->npdu) : std::nullopt;
}

GtpuExtensionType GtpuView::first_extension() const {
  return header->has_extension() ? optional_part->next_extension : GtpuExtensionType::kNone;
}

Parsed<GtpuView> parse_gtpu(base::ByteView bytes, Extent extent) {
  base::Cursor cursor(bytes);
  GtpuView view{cursor.view<GtpuHeader>(), nullptr, {}, {}};
  if (view.header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  if (view.header->version() != 1 || !view.header->is_gtp()) {
    return std::unexpected(Malformed::kBadVersion);
  }
  const std::size_t length = view.header->length.host();
  if (extent == Extent::kWhole && length > cursor.remaining()) {
    return std::unexpected(Malformed::kBadTotalLength);
  }
  base::Cursor inside(cursor.rest().first(std::min(length, cursor.remaining())));
  if (view.header->has_optional_part()) {
    view.optional_part = inside.view<GtpuOptionalPart>();
    if (view.optional_part == nullptr) {
      return std::unexpected(Malformed::kBadTotalLength);
    }
  }
  GtpuExtensionReader reader(view.first_extension(), inside.rest());
  if (const auto walked = walk(reader); !walked) {
    return std::unexpected(walked.error());
  }
  view.payload = reader.rest();
  view.extensions = inside.rest().first(inside.remaining() - view.payload.size());
  return view;
}

std::optional<GtpuExtension> GtpuExtensionReader::next() {
  if (refused() || type_ == GtpuExtensionType::kNone) {
    return std::nullopt;
  }
  if (count_ == kGtpuExtensionsMax) {
    return refuse(Malformed::kTooManyHeaders);
  }
  const auto words = cursor_.u8();
  if (!words || *words == 0) {
    return refuse(Malformed::kBadOption);
  }
  const auto content = cursor_.take(4u * *words - kExtensionFrame);
  const auto next_type = cursor_.u8();
  if (!content || !next_type) {
    return refuse(Malformed::kBadOption);
  }
  ++count_;
  const GtpuExtensionType type = type_;
  type_ = static_cast<GtpuExtensionType>(*next_type);
  return GtpuExtension{type, *content};
}

Parsed<PduSessionContainer> parse_pdu_session_container(base::ByteView content) {
  base::Cursor cursor(content);
  const auto first = cursor.u8();
  const auto second = cursor.u8();
  if (!second) {
    return std::unexpected(Malformed::kTruncated);
  }
  const unsigned type = *first >> 4;
  if (type > static_cast<unsigned>(PduSessionType::kUplink)) {
    return std::unexpected(Malformed::kBadValue);
  }
  PduSessionContainer container;
  container.type = static_cast<PduSessionType>(type);
  container.qfi = *second & 0x3f;
  if (container.type == PduSessionType::kDownlink) {
    container.rqi = (*second & 0x40) != 0;
    if ((*second & 0x80) != 0) {
      const auto third = cursor.u8();
      if (!third) {
        return std::unexpected(Malformed::kTruncated);
      }
      container.ppi = static_cast<std::uint8_t>(*third >> 5);
    }
  }
  return container;
}

std::optional<GtpuElement> GtpuElementReader::next() {
  if (refused() || cursor_.at_end()) {
    return std::nullopt;
  }
  if (count_ == kGtpuElementsMax) {
    return refuse(Malformed::kTooManyHeaders);
  }
  const std::uint8_t code = *cursor_.u8();
  const auto type = static_cast<GtpuElementType>(code);
  std::optional<std::size_t> length = fixed_length(type);
  if (code >= kFirstElementWithLength) {
    length = cursor_.u16();
  }
  const auto value = length ? cursor_.take(*length) : std::nullopt;
  if (!value) {
    return refuse(Malformed::kBadOption);
  }
  ++count_;
  return GtpuElement{type, *value};
}

bool write_gtpu(base::Writer& writer, const GtpuFields& fields, std::size_t payload_length) {
  base::check(fields.extensions.size() <= kGtpuExtensionsMax, "GTP-U's extensions are few");
  if (payload_length > 0xffff) {
    return writer.refuse();
  }
  const bool has_extensions = !fields.extensions.empty();
  const bool optional_part = has_extensions || fields.sequence || fields.npdu;
  std::size_t length = payload_length + (optional_part ? sizeof(GtpuOptionalPart) : 0);
  for (const GtpuExtension& extension : fields.extensions) {
    base::check(extension.content.size() % 4 == 2 && extension.content.size() <= 4 * 255 - 2 &&
                    extension.type != GtpuExtensionType::kNone,
                "a GTP-U extension has a type and 4n + 2 bytes");
    length += kExtensionFrame + extension.content.size();
  }
  if (length > 0xffff) {
    return writer.refuse();
  }
  const unsigned flags =
      0x30u | (has_extensions ? 4u : 0u) | (fields.sequence ? 2u : 0u) | (fields.npdu ? 1u : 0u);
  writer.put(GtpuHeader{
      .flags = static_cast<std::uint8_t>(flags),
      .message = fields.message,
      .length = base::be16(static_cast<std::uint16_t>(length)),
      .teid = base::be32(fields.teid),
  });
  if (!optional_part) {
    return writer.ok();
  }
  writer.u16(fields.sequence.value_or(0));
  writer.u8(fields.npdu.value_or(0));
  // Each extension's type stands before it: in the optional part, then behind the one before.
  for (const GtpuExtension& extension : fields.extensions) {
    writer.u8(static_cast<std::uint8_t>(extension.type));
    writer.u8(static_cast<std::uint8_t>((extension.content.size() + kExtensionFrame) / 4));
    writer.bytes(extension.content);
  }
  return writer.u8(static_cast<std::uint8_t>(GtpuExtensionType::kNone));
}

bool write_pdu_session_container(base::Writer& writer, const PduSessionContainer& container) {
  base::check(container.qfi <= 0x3f && container.ppi.value_or(0) <= 7,
              "a PDU session container's fields fit their bits");
  const bool downlink = container.type == PduSessionType::kDownlink;
  base::check(downlink || (!container.rqi && !container.ppi),
              "RQI and PPI are of downlink containers only");
  const unsigned second =
      container.qfi | (container.rqi ? 0x40u : 0u) | (container.ppi ? 0x80u : 0u);
  writer.u8(static_cast<std::uint8_t>(static_cast<unsigned>(container.type) << 4));
  writer.u8(static_cast<std::uint8_t>(second));
  if (container.ppi) {
    writer.u8(static_cast<std::uint8_t>(*container.ppi << 5));
    writer.fill(3, 0);  // up to the next 4n + 2
  }
  return writer.ok();
}

bool write_gtpu_recovery(base::Writer& writer) {
  writer.u8(static_cast<std::uint8_t>(GtpuElementType::kRecovery));
  return writer.u8(0);  // not used any more, but it must be there and be zero
}

bool write_gtpu_teid(base::Writer& writer, std::uint32_t teid) {
  writer.u8(static_cast<std::uint8_t>(GtpuElementType::kTeid));
  return writer.u32(teid);
}

bool write_gtpu_peer_address(base::Writer& writer, const Ipv4Address& address) {
  return write_peer(writer, address.bytes);
}

bool write_gtpu_peer_address(base::Writer& writer, const Ipv6Address& address) {
  return write_peer(writer, address.bytes);
}

}  // namespace superfluid::net
