// SPDX-License-Identifier: Apache-2.0
#include "elements/gtpu_encap.h"

#include <cstring>

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

namespace {

constexpr std::uint8_t kQfiMax = 63;
constexpr std::size_t kQfiOffset = 14;  // behind the container's length and type
constexpr std::string_view kBadTeid = "expected a number of 32 bits or ANNO";
constexpr std::string_view kBadQfi = "expected a number from 0 to 63 or PAINT";

}  // namespace

const graph::ElementClass GTPUEncap::kClass{"GTPUEncap", "1/1", "a/a",
                                            graph::make_element<GTPUEncap>};

bool GTPUEncap::read_teid(std::string_view text, Tunnel& tunnel) {
  std::uint32_t teid = 0;
  if (text == "ANNO") {
    tunnel.teid.reset();
    return true;
  }
  if (!graph::parse_argument(text, teid).empty()) {
    return false;
  }
  tunnel.teid = teid;
  return true;
}

bool GTPUEncap::read_qfi(std::string_view text, Tunnel& tunnel) {
  std::uint8_t qfi = 0;
  if (text == "PAINT") {
    tunnel.qfi.reset();
  } else if (graph::parse_argument(text, qfi).empty() && qfi <= kQfiMax) {
    tunnel.qfi = qfi;
  } else {
    return false;
  }
  tunnel.has_qfi = true;
  return true;
}

void GTPUEncap::configure(graph::Arguments& arguments) {
  std::string teid;
  std::string qfi;
  std::string direction = "DL";
  arguments.required("TEID", teid)
      .positional("QFI", qfi)
      .keyword("PDU_TYPE", direction)
      .keyword("SEQUENCE", numbered_)
      .complete();
  if (!arguments.complaints().empty()) {
    return;
  }
  if (!read_teid(teid, tunnel_)) {
    arguments.complain(cat("TEID: ", kBadTeid));
  }
  if (!qfi.empty() && !read_qfi(qfi, tunnel_)) {
    arguments.complain(cat("QFI: ", kBadQfi));
  }
  if (direction == "UL") {
    direction_ = net::PduSessionType::kUplink;
  } else if (direction != "DL") {
    arguments.complain("PDU_TYPE: expected DL or UL");
  }
}

base::Status GTPUEncap::initialize() {
  make_header();
  return {};
}

void GTPUEncap::make_header() {
  std::array<std::uint8_t, 2> container{};
  base::Writer content(container);
  net::write_pdu_session_container(content, {.type = direction_, .qfi = tunnel_.qfi.value_or(0)});
  const net::GtpuExtension extension{net::GtpuExtensionType::kPduSessionContainer, container};
  net::GtpuFields fields{.teid = tunnel_.teid.value_or(0)};
  if (numbered_) {
    fields.sequence = 0;
  }
  if (tunnel_.has_qfi) {
    fields.extensions = {&extension, 1};
  }
  base::Writer writer(header_);
  net::write_gtpu(writer, fields, 0);
  header_length_ = static_cast<std::uint32_t>(writer.position());
}

Packet* GTPUEncap::act(Packet* packet) {
  const std::size_t counted = packet->length + header_length_ - sizeof(net::GtpuHeader);
  const bool qfi_noted = tunnel_.has_qfi && !tunnel_.qfi;
  if (counted > 0xffff || (qfi_noted && packet->notes.paint > kQfiMax)) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet = push_front(packet, header_length_);
  if (packet == nullptr) [[unlikely]] {
    ++drops_;
    return nullptr;
  }
  std::memcpy(packet->data, header_.data(), header_length_);
  auto* const header = reinterpret_cast<net::GtpuHeader*>(packet->data);
  header->length.set(static_cast<std::uint16_t>(counted));
  if (!tunnel_.teid) {
    header->teid.set(packet->notes.aggregate);
  }
  if (numbered_) {
    reinterpret_cast<net::GtpuOptionalPart*>(header + 1)->sequence.set(next_sequence_++);
  }
  if (qfi_noted) {
    packet->data[kQfiOffset] = packet->notes.paint;
  }
  return packet;
}

base::Status GTPUEncap::send_end_marker() {
  if (!output(0).connected() || !tunnel_.teid) {
    return base::fail(base::ErrorCode::kConflict, tunnel_.teid
                                                      ? "packets are pulled from this element"
                                                      : "the tunnel is each packet's own");
  }
  std::array<std::uint8_t, sizeof(net::GtpuHeader)> bytes{};
  base::Writer writer(bytes);
  net::write_gtpu(writer, {.message = net::GtpuMessage::kEndMarker, .teid = *tunnel_.teid}, 0);
  Packet* const packet = pool().make(bytes);
  if (packet == nullptr) {
    return base::fail(base::ErrorCode::kExhausted, "there is no memory for a packet");
  }
  output(0).push(packet);
  return {};
}

// After a write.
base::Status GTPUEncap::take(bool is_right, std::string_view complaint) {
  if (!is_right) {
    return base::fail(base::ErrorCode::kInvalid, complaint);
  }
  make_header();
  return {};
}

void GTPUEncap::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("teid", [this] { return tunnel_.teid ? cat(*tunnel_.teid) : "ANNO"; });
  handlers.value("qfi", [this] {
    const std::string value = tunnel_.qfi ? cat(*tunnel_.qfi) : "PAINT";
    return tunnel_.has_qfi ? value : "";
  });
  handlers.write("teid", [this](std::string_view text) {
    return take(read_teid(base::trim(text), tunnel_), kBadTeid);
  });
  handlers.write("qfi", [this](std::string_view text) {
    return take(read_qfi(base::trim(text), tunnel_), kBadQfi);
  });
  handlers.write("end_marker", [this](std::string_view) { return send_end_marker(); });
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
