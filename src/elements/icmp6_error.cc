// SPDX-License-Identifier: Apache-2.0
#include "elements/icmp6_error.h"

#include <algorithm>
#include <array>

#include "elements/ip6_header.h"
#include "elements/values.h"
#include "graph/router.h"
#include "net/ipv6.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;
using net::Icmpv6Type;

namespace {

constexpr std::size_t kErrorBytesMax = 1280;  // every link carries that much
constexpr std::uint8_t kHopLimit = 255;
constexpr std::uint8_t kUnknownOption = 2;  // of parameter problems

bool is_error_or_redirect(Icmpv6Type type) {
  return type == Icmpv6Type::kRedirect ||
         (type >= Icmpv6Type::kDestinationUnreachable && type <= Icmpv6Type::kParameterProblem);
}

// Whether an error about this one might cause an error about the error.
bool is_itself_an_error(const net::Ipv6View& ip) {
  const auto upper = net::skip_extensions(ip);
  if (!upper) {
    return false;
  }
  if (upper->protocol != net::IpProtocol::kIcmpv6) {
    return false;
  }
  const auto icmp = net::parse_icmpv6(upper->payload);
  // Of a later fragment nobody knows.
  return upper->fragment_place == net::FragmentPlace::kLater || !icmp || icmp->header->is_error() ||
         icmp->header->type == Icmpv6Type::kRedirect;
}

// A redirect's body: the better hop, the destination, and as an option of whole eights the packet.
void write_redirect(base::Writer& writer, const Packet& packet, base::ByteView quoted) {
  writer.put(packet.notes.destination);
  writer.put(ipv6_header(packet)->destination);
  constexpr std::size_t kOptionHead = 8;
  const std::size_t room = std::min(quoted.size(), writer.remaining() - kOptionHead) & ~7ul;
  writer.u8(static_cast<std::uint8_t>(net::NdOptionType::kRedirectedHeader));
  writer.u8(static_cast<std::uint8_t>((kOptionHead + room) / 8));
  writer.fill(kOptionHead - 2, 0);
  writer.bytes(quoted.first(room));
}

}  // namespace

const graph::ElementClass ICMP6Error::kClass{"ICMP6Error", "1/1", "a/a",
                                             graph::make_element<ICMP6Error>};

void ICMP6Error::configure(graph::Arguments& arguments) {
  std::uint8_t type = 0;
  arguments.required("SRC", source_)
      .required("TYPE", type)
      .required("CODE", code_)
      .keyword("MTU", mtu_)
      .complete();
  type_ = static_cast<Icmpv6Type>(type);
  if (!arguments.complaints().empty()) {
    return;
  }
  if (!is_error_or_redirect(type_)) {
    arguments.complain(cat("ICMP6 type ", type, " is not an error or redirect type"));
  }
  if (source_.is_unspecified() || source_.is_multicast()) {
    arguments.complain("SRC: not the address of a host");
  }
}

bool ICMP6Error::may_answer(const Packet& packet) const {
  const auto ip = net::parse_ipv6(packet.from(packet.network), net::Extent::kCut);
  if (!ip || is_itself_an_error(*ip)) {
    return false;
  }
  const net::Ipv6Address& from = ip->header->source;
  if (from.is_unspecified() || from.is_multicast()) {
    return false;
  }
  const auto kind = static_cast<graph::PacketKind>(packet.notes.kind);
  const bool to_many = ip->header->destination.is_multicast() ||
                       kind == graph::PacketKind::kBroadcast ||
                       kind == graph::PacketKind::kMulticast;
  return !to_many || type_ == Icmpv6Type::kPacketTooBig ||
         (type_ == Icmpv6Type::kParameterProblem && code_ == kUnknownOption);
}

std::uint32_t ICMP6Error::word_of(const Packet& packet) const {
  return type_ == Icmpv6Type::kPacketTooBig       ? mtu_
         : type_ == Icmpv6Type::kParameterProblem ? packet.notes.icmp_pointer
                                                  : 0;
}

Packet* ICMP6Error::answer(const Packet& packet) {
  const net::Ipv6Address to = ipv6_header(packet)->source;
  const base::ByteView quoted = packet.from(packet.network);
  constexpr std::size_t kHeaders = sizeof(net::Ipv6Header) + sizeof(net::Icmpv6Header);
  std::array<std::uint8_t, kErrorBytesMax - kHeaders> body;
  base::Writer content(body);
  if (type_ == Icmpv6Type::kRedirect) {
    write_redirect(content, packet, quoted);
  } else {
    content.bytes(quoted.first(std::min(quoted.size(), body.size())));
  }
  std::array<std::uint8_t, kErrorBytesMax> bytes;
  base::Writer writer(bytes);
  net::write_ipv6(writer,
                  {.next_header = net::IpProtocol::kIcmpv6,
                   .hop_limit = kHopLimit,
                   .source = source_,
                   .destination = to},
                  sizeof(net::Icmpv6Header) + content.position());
  net::write_icmpv6(writer, {.type = type_, .code = code_, .word = word_of(packet)},
                    net::PseudoHeader(source_, to), content.written());
  Packet* const made = pool().make(writer.written());
  if (made != nullptr) {
    made->network = made->data;
    made->transport = made->data + sizeof(net::Ipv6Header);
    made->notes.destination = to;
  }
  return made;
}

Packet* ICMP6Error::act(Packet* packet) {
  Packet* const made = may_answer(*packet) ? answer(*packet) : nullptr;
  release(packet);
  drops_ += made == nullptr ? 1 : 0;
  return made;
}

void ICMP6Error::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
