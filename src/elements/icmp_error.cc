// SPDX-License-Identifier: Apache-2.0
#include "elements/icmp_error.h"

#include <algorithm>

#include "elements/ip_header.h"
#include "elements/ip_names.h"
#include "elements/values.h"
#include "graph/router.h"
#include "net/icmp.h"
#include "net/options.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

namespace {

constexpr std::uint8_t kTtl = 200;
constexpr std::uint8_t kSourceQuench = 4;
constexpr std::uint32_t kMtuMin = 128;
constexpr std::uint32_t kMtuMax = 65'535;

bool is_error(std::uint8_t type) {
  return type == kSourceQuench ||
         net::IcmpHeader{static_cast<net::IcmpType>(type), 0, {}, {}}.is_error();
}

bool is_error(const net::Ipv4View& datagram) {
  return datagram.header->protocol == net::IpProtocol::kIcmpv4 &&
         (datagram.payload.empty() || is_error(datagram.payload[0]));
}

// A source route with at least room for its pointer, which is at a whole address.
struct SourceRoute {
  std::uint8_t kind;
  base::ByteView addresses;  // that were visited
  std::size_t begin;         // in the header
  std::size_t end;
};

std::optional<SourceRoute> source_route_of(const net::Ipv4View& datagram) {
  net::OptionReader options(datagram.options);
  while (const auto option = options.next()) {
    const auto kind = static_cast<net::Ipv4OptionKind>(option->kind);
    if ((kind != net::Ipv4OptionKind::kLooseSourceRoute &&
         kind != net::Ipv4OptionKind::kStrictSourceRoute) ||
        option->data.empty()) {
      continue;
    }
    const std::size_t pointer = option->data[0];  // of the next address, counted from 1
    const std::size_t length = option->data.size() + 2;
    if (pointer >= 4 && pointer % 4 == 0 && pointer <= length + 1) {
      const std::size_t begin = sizeof(net::Ipv4Header) + options.position();
      return SourceRoute{option->kind, option->data.subspan(1, pointer - 4), begin, begin + length};
    }
  }
  return std::nullopt;
}

// The option that takes the route back.
base::ByteView reverse(const SourceRoute& route, std::span<std::uint8_t, 40> into) {
  base::Writer writer(into);
  writer.u8(route.kind);
  writer.u8(static_cast<std::uint8_t>(3 + route.addresses.size()));
  writer.u8(4);
  for (std::size_t left = route.addresses.size(); left != 0; left -= 4) {
    writer.bytes(route.addresses.subspan(left - 4, 4));
  }
  return writer.written();
}

}  // namespace

const graph::ElementClass ICMPError::kClass{"ICMPError", "1/1", "a/a",
                                            graph::make_element<ICMPError>};

void ICMPError::configure(graph::Arguments& arguments) {
  std::string type;
  std::string code = "0";
  arguments.required("SRC", source_)
      .required("TYPE", type)
      .positional("CODE", code)
      .positional("BADADDRS", bad_addresses_)
      .keyword("MTU", mtu_)
      .keyword("PMTU", path_mtu_)
      .keyword("SET_FIX_ANNO", set_fix_note_)
      .complete();
  if (!type.empty()) {
    read_type(arguments, type, code);
  }
  if (mtu_ < kMtuMin || mtu_ > kMtuMax) {
    arguments.complain(cat("MTU must be between ", kMtuMin, " and ", kMtuMax));
  }
}

void ICMPError::read_type(graph::Arguments& arguments, std::string_view type,
                          std::string_view code) {
  const auto number = read_number_or_name(type, NameKind::kIcmpType);
  if (!number) {
    arguments.complain(cat("TYPE: '", base::escape(type), "' is not an ICMP type"));
    return;
  }
  if (*number > 255) {
    arguments.complain("ICMP type must be between 0 and 255");
    return;
  }
  type_ = static_cast<std::uint8_t>(*number);
  if (!is_error(type_)) {
    arguments.complain(cat("ICMP type ", type_, " is not an error type"));
    return;
  }
  const auto named = find_icmp_code(code, type_);
  const auto code_number = named ? named : read_number(code);
  if (!code_number || *code_number > 255) {
    arguments.complain("argument 2 takes ICMP code (integer between 0 and 255)");
    return;
  }
  code_ = static_cast<std::uint8_t>(*code_number);
}

bool ICMPError::is_single_host(const net::Ipv4Address& address) const {
  return !address.is_broadcast() && !address.is_multicast() && !bad_addresses_.contains(address);
}

// RFC 1812, 5.3.7.
bool ICMPError::is_valid_source(const net::Ipv4Address& address) const {
  const std::uint8_t net = address.bytes[0];
  return is_single_host(address) && net != 0 && net != 127 && net < 240;
}

bool ICMPError::may_answer(const Packet& packet, const net::Ipv4View& cause) const {
  const auto kind = static_cast<graph::PacketKind>(packet.notes.kind);
  return cause.header->fragment_offset() == 0 && !is_error(cause) &&
         is_single_host(cause.header->destination) && is_valid_source(cause.header->source) &&
         kind != graph::PacketKind::kBroadcast && kind != graph::PacketKind::kMulticast;
}

Packet* ICMPError::act(Packet* packet) {
  const auto cause = net::parse_ipv4(packet->from(packet->network), net::Extent::kCut);
  Packet* const error = cause && may_answer(*packet, *cause) ? answer(*packet, *cause) : nullptr;
  drops_ += error == nullptr ? 1 : 0;
  release(packet);
  return error;
}

Packet* ICMPError::answer(const Packet& packet, const net::Ipv4View& cause) {
  net::IcmpFields icmp{.type = static_cast<net::IcmpType>(type_), .code = code_};
  auto route = source_route_of(cause);
  if (icmp.type == net::IcmpType::kRedirect) {
    if (route) {
      return nullptr;
    }
    const std::uint32_t gateway = ipv4_destination(packet.notes).host();
    icmp.words[0] = static_cast<std::uint16_t>(gateway >> 16);
    icmp.words[1] = static_cast<std::uint16_t>(gateway);
  } else if (icmp.type == net::IcmpType::kParameterProblem && code_ == 0) {
    const std::uint8_t pointer = packet.notes.icmp_pointer;
    icmp.words[0] = static_cast<std::uint16_t>(pointer << 8);
    if (route && route->begin <= pointer && pointer < route->end) {
      route.reset();  // it is what was wrong
    }
  } else if (icmp.type == net::IcmpType::kDestinationUnreachable &&
             code_ == net::kIcmpFragmentationNeeded) {
    icmp.words[1] = path_mtu_;
  }
  std::array<std::uint8_t, net::kIpv4OptionsBytesMax> option_bytes{};
  const base::ByteView options = route ? reverse(*route, option_bytes) : base::ByteView();
  const std::size_t headers =
      sizeof(net::Ipv4Header) + (options.size() + 3) / 4 * 4 + sizeof(net::IcmpHeader);
  const base::ByteView whole =
      packet.from(packet.network).first(cause.header->header_length() + cause.payload.size());
  const base::ByteView quoted = whole.first(std::min<std::size_t>(whole.size(), mtu_ - headers));

  Packet* const error = pool().make(static_cast<std::uint32_t>(headers + quoted.size()));
  if (error == nullptr) {
    return nullptr;
  }
  base::Writer writer(error->bytes());
  net::write_ipv4(writer,
                  {.identification = ++identification_,
                   .ttl = kTtl,
                   .protocol = net::IpProtocol::kIcmpv4,
                   .source = source_,
                   .destination = cause.header->source,
                   .options = options},
                  sizeof(net::IcmpHeader) + quoted.size());
  net::write_icmp(writer, icmp, quoted);
  error->network = error->data;
  error->transport = error->data + headers - sizeof(net::IcmpHeader);
  set_ipv4_destination(error->notes, cause.header->source);
  error->notes.fix_ip_source = set_fix_note_;
  error->notes.timestamp = schedule().clock().since_epoch();
  return error;
}

void ICMPError::add_handlers(graph::HandlerTable& handlers) {
  add_address_setting(handlers, "src", source_, *this);
  add_value(handlers, "mtu", mtu_);
  handlers.write("mtu", [this](std::string_view text) -> base::Status {
    std::uint32_t mtu = 0;
    SF_CHECKED(graph::parse_handler_value(text, mtu));
    if (mtu < kMtuMin || mtu > kMtuMax) {
      return base::fail(base::ErrorCode::kInvalid,
                        cat("MTU must be between ", kMtuMin, " and ", kMtuMax));
    }
    mtu_ = mtu;
    return {};
  });
  add_setting(handlers, "pmtu", path_mtu_);
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
