// SPDX-License-Identifier: Apache-2.0
// GTP-U (3GPP TS 29.281, version 1 over UDP port kGtpuPort): the tunnel that carries a subscriber's
// packets, its extension headers, the PDU Session Container of 5G (TS 38.415) among them, and the
// information elements of its signalling messages.

#pragma once

#include <optional>
#include <span>

#include "base/cursor.h"
#include "net/address.h"
#include "net/ip_protocol.h"
#include "net/malformed.h"
#include "net/options.h"

namespace superfluid::net {

enum class GtpuMessage : std::uint8_t {
  kEchoRequest = 1,
  kEchoResponse = 2,
  kErrorIndication = 26,
  kEndMarker = 254,
  kGpdu = 255,  // carries a packet
};

struct GtpuHeader {
  std::uint8_t flags;
  GtpuMessage message;
  base::be16 length;  // of everything behind these eight bytes
  base::be32 teid;

  unsigned version() const { return flags >> 5; }
  bool is_gtp() const { return (flags & 0x10) != 0; }  // else GTP', the charging protocol
  bool has_extension() const { return (flags & 0x04) != 0; }
  bool has_sequence() const { return (flags & 0x02) != 0; }
  bool has_npdu() const { return (flags & 0x01) != 0; }
  bool has_optional_part() const { return (flags & 0x07) != 0; }
};
static_assert(sizeof(GtpuHeader) == 8 && alignof(GtpuHeader) == 1);

enum class GtpuExtensionType : std::uint8_t {
  kNone = 0x00,
  kUdpPort = 0x40,
  kPduSessionContainer = 0x85,
  kPdcpPduNumber = 0xc0,
};

// There when any of the three flags is set; a field whose own flag is not set means nothing.
struct GtpuOptionalPart {
  base::be16 sequence;
  std::uint8_t npdu;
  GtpuExtensionType next_extension;
};
static_assert(sizeof(GtpuOptionalPart) == 4 && alignof(GtpuOptionalPart) == 1);

struct GtpuView {
  const GtpuHeader* header;
  const GtpuOptionalPart* optional_part;  // nullptr without any of the three flags
  base::ByteView extensions;              // checked: a walk over them finds no problem
  base::ByteView payload;                 // of a G-PDU the packet, else information elements

  std::optional<std::uint16_t> sequence() const;
  std::optional<std::uint8_t> npdu() const;
  GtpuExtensionType first_extension() const;
};

// kBadVersion for anything but GTP version 1, GTP' included.
Parsed<GtpuView> parse_gtpu(base::ByteView bytes, Extent extent = Extent::kWhole);

struct GtpuExtension {
  GtpuExtensionType type;
  base::ByteView content;  // 4n + 2 bytes
};

inline constexpr std::size_t kGtpuExtensionsMax = 8;

// Walks the extension headers, at most kGtpuExtensionsMax.
class GtpuExtensionReader : public ListReader {
 public:
  GtpuExtensionReader(GtpuExtensionType first, base::ByteView bytes)
      : cursor_(bytes), type_(first) {}
  explicit GtpuExtensionReader(const GtpuView& view)
      : GtpuExtensionReader(view.first_extension(), view.extensions) {}

  std::optional<GtpuExtension> next();
  // When next() has come to its end without a problem: what follows the last extension.
  base::ByteView rest() const { return cursor_.rest(); }

 private:
  base::Cursor cursor_;
  GtpuExtensionType type_;
  std::size_t count_ = 0;
};

enum class PduSessionType : std::uint8_t { kDownlink = 0, kUplink = 1 };

// What the user plane needs of the container; its optional measurements are passed over.
struct PduSessionContainer {
  PduSessionType type = PduSessionType::kDownlink;
  std::uint8_t qfi = 0;                  // QoS flow, 0 to 63
  bool rqi = false;                      // reflective QoS, downlink only
  std::optional<std::uint8_t> ppi = {};  // paging policy, 0 to 7, downlink only

  friend bool operator==(const PduSessionContainer&, const PduSessionContainer&) = default;
};

// content: of an extension of type kPduSessionContainer.
Parsed<PduSessionContainer> parse_pdu_session_container(base::ByteView content);

// Information elements of echo responses and error indications.
enum class GtpuElementType : std::uint8_t {
  kRecovery = 14,
  kTeid = 16,
  kPeerAddress = 133,
};

struct GtpuElement {
  GtpuElementType type;
  base::ByteView value;
};

inline constexpr std::size_t kGtpuElementsMax = 16;

// Walks information elements, at most kGtpuElementsMax. A type below 128 has no length on the wire:
// unknown ones are a bad option.
class GtpuElementReader : public ListReader {
 public:
  explicit GtpuElementReader(base::ByteView payload) : cursor_(payload) {}

  std::optional<GtpuElement> next();

 private:
  base::Cursor cursor_;
  std::size_t count_ = 0;
};

struct GtpuFields {
  GtpuMessage message = GtpuMessage::kGpdu;
  std::uint32_t teid = 0;
  std::optional<std::uint16_t> sequence = {};
  std::optional<std::uint8_t> npdu = {};
  std::span<const GtpuExtension> extensions = {};  // at most kGtpuExtensionsMax
};

// The header of a message that carries `payload_length` bytes. Refused when the length does not fit
// 16 bits.
bool write_gtpu(base::Writer& writer, const GtpuFields& fields, std::size_t payload_length);

// The content of a PDU Session Container.
bool write_pdu_session_container(base::Writer& writer, const PduSessionContainer& container);

bool write_gtpu_recovery(base::Writer& writer);
bool write_gtpu_teid(base::Writer& writer, std::uint32_t teid);
bool write_gtpu_peer_address(base::Writer& writer, const Ipv4Address& address);
bool write_gtpu_peer_address(base::Writer& writer, const Ipv6Address& address);

}  // namespace superfluid::net
