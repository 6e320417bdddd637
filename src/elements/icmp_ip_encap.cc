// SPDX-License-Identifier: Apache-2.0
#include "elements/icmp_ip_encap.h"

#include <cstring>

#include "elements/ip_header.h"
#include "elements/ip_names.h"
#include "elements/values.h"
#include "net/checksum.h"
#include "net/icmp.h"

namespace superfluid::elements {

using base::be16;
using base::cat;
using graph::Packet;

namespace {

constexpr std::uint8_t kTimestamp = 13;
constexpr std::uint8_t kInformationReply = 16;
constexpr std::uint8_t kTtl = 255;
constexpr std::uint32_t kTimestampsBytes = 12;  // behind the header of timestamp messages

bool is_timestamp(std::uint8_t type) { return type == kTimestamp || type == kTimestamp + 1; }

// Has an identifier and a sequence number.
bool is_sequenced(std::uint8_t type) {
  return type == static_cast<std::uint8_t>(net::IcmpType::kEchoReply) ||
         type == static_cast<std::uint8_t>(net::IcmpType::kEchoRequest) ||
         (type >= kTimestamp && type <= kInformationReply);
}

}  // namespace

const graph::ElementClass ICMPIPEncap::kClass{"ICMPIPEncap", "1/1", "a/a",
                                              graph::make_element<ICMPIPEncap>};

void ICMPIPEncap::configure(graph::Arguments& arguments) {
  std::string type;
  std::string code = "0";
  arguments.required("SRC", source_)
      .required("DST", destination_)
      .required("TYPE", type)
      .positional("CODE", code)
      .keyword("IDENTIFIER", identifier_)
      .complete();
  if (arguments.complaints().empty()) {
    read_type(arguments, type, code);
  }
}

void ICMPIPEncap::read_type(graph::Arguments& arguments, std::string_view type,
                            std::string_view code) {
  const auto type_number = read_number_or_name(type, NameKind::kIcmpType);
  if (!type_number || *type_number > 255) {
    arguments.complain("invalid TYPE");
    return;
  }
  type_ = static_cast<std::uint8_t>(*type_number);
  const auto named = find_icmp_code(code, type_);
  const auto code_number = named ? named : read_number(code);
  if (!code_number || *code_number > 255) {
    arguments.complain("invalid CODE");
    return;
  }
  code_ = static_cast<std::uint8_t>(*code_number);
}

std::uint32_t ICMPIPEncap::header_bytes() const {
  return sizeof(net::Ipv4Header) + sizeof(net::IcmpHeader) +
         (is_timestamp(type_) ? kTimestampsBytes : 0);
}

void ICMPIPEncap::write_ip(Packet& packet) {
  auto& header = *reinterpret_cast<net::Ipv4Header*>(packet.data);
  header = {};
  header.version_and_words = 0x45;
  header.total_length = be16(static_cast<std::uint16_t>(packet.length));
  header.identification = be16(number_);
  header.ttl = kTtl;
  header.protocol = net::IpProtocol::kIcmpv4;
  header.source = source_;
  header.destination = destination_;
  header.checksum = net::internet_checksum(packet.bytes().first(sizeof header));
}

void ICMPIPEncap::write_icmp(Packet& packet) const {
  const base::ByteSpan message = packet.bytes().subspan(sizeof(net::Ipv4Header));
  std::memset(message.data(), 0, header_bytes() - sizeof(net::Ipv4Header));
  auto& header = *reinterpret_cast<net::IcmpHeader*>(message.data());
  header.type = net::IcmpType{type_};
  header.code = code_;
  if (is_sequenced(type_)) {
    header.words[0] = be16(identifier_);
    header.words[1] = be16(number_);
  }
  header.checksum = net::internet_checksum(message);
}

Packet* ICMPIPEncap::act(Packet* packet) {
  if (packet->length > 0xffff - header_bytes()) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet = push_front(packet, header_bytes());
  if (packet == nullptr) [[unlikely]] {
    ++drops_;
    return nullptr;
  }
  packet->network = packet->data;
  packet->transport = packet->data + sizeof(net::Ipv4Header);
  set_ipv4_destination(packet->notes, destination_);
  write_ip(*packet);
  write_icmp(*packet);
  number_ = static_cast<std::uint16_t>(number_ == 0xffff ? 1 : number_ + 1);
  return packet;
}

void ICMPIPEncap::add_handlers(graph::HandlerTable& handlers) {
  add_address_setting(handlers, "src", source_, *this);
  add_address_setting(handlers, "dst", destination_, *this);
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
