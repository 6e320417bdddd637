// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_gw_options.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/router.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

constexpr std::uint8_t kEnd = 0;
constexpr std::uint8_t kPadding = 1;

enum TimestampForm : std::uint8_t { kTimesOnly = 0, kWithAddresses = 1, kAskedFor = 3 };

template <typename T>
void put(base::ByteSpan bytes, std::size_t at, const T& value) {
  std::memcpy(bytes.subspan(at, sizeof value).data(), &value, sizeof value);
}

// Of universal time.
base::be32 milliseconds_since_midnight(base::Duration since_epoch) {
  constexpr std::int64_t kDay = 86'400'000;
  return base::be32(static_cast<std::uint32_t>(since_epoch.count() / 1'000'000 % kDay));
}

}  // namespace

const graph::ElementClass IPGWOptions::kClass{"IPGWOptions", "1/1-2", "a/ah",
                                              graph::make_element<IPGWOptions>};

void IPGWOptions::configure(graph::Arguments& arguments) {
  arguments.required("MYADDR", address_).positional("OTHERADDRS", others_).complete();
}

Packet* IPGWOptions::act(Packet* packet) {
  const net::Ipv4Header* const header = ipv4_header(*packet);
  if (header == nullptr) [[unlikely]] {
    return refuse(packet, 0);
  }
  return header->header_length() <= sizeof *header ? packet : handle(packet);
}

Packet* IPGWOptions::refuse(Packet* packet, std::size_t wrong_byte) {
  ++drops_;
  packet->notes.icmp_pointer = static_cast<std::uint8_t>(wrong_byte);
  reject(packet);
  return nullptr;
}

// The options are handled beside the packet, so that one that is refused is still as it came.
Packet* IPGWOptions::handle(Packet* packet) {
  const std::size_t length = ipv4_header(*packet)->header_length() - sizeof(net::Ipv4Header);
  const base::ByteView before = packet->from(packet->network).subspan(sizeof(net::Ipv4Header));
  if (length > before.size()) {
    return refuse(packet, 0);
  }
  std::array<std::uint8_t, net::kIpv4OptionsBytesMax> bytes;
  const base::ByteSpan options = std::span(bytes).first(length);
  std::ranges::copy(before.first(length), options.begin());
  if (const Problem wrong = handle_all(options)) {
    return refuse(packet, sizeof(net::Ipv4Header) + *wrong);
  }
  if (std::ranges::equal(options, before.first(length))) {
    return packet;
  }
  packet = writable(packet);
  if (packet == nullptr) {
    return nullptr;
  }
  net::Ipv4Header& header = *ipv4_header(*packet);
  std::ranges::copy(options, packet->network + sizeof header);
  header.checksum = {};
  header.checksum = net::internet_checksum({packet->network, sizeof header + length});
  return packet;
}

IPGWOptions::Problem IPGWOptions::handle_all(base::ByteSpan options) const {
  std::size_t at = 0;
  while (at < options.size() && options[at] != kEnd) {
    if (options[at] == kPadding) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? options[at + 1] : 0;
    if (length < 2 || length > options.size() - at) {
      return at + 1;
    }
    const base::ByteSpan option = options.subspan(at, length);
    Problem wrong;
    switch (static_cast<net::Ipv4OptionKind>(option[0])) {
      case net::Ipv4OptionKind::kRecordRoute: wrong = record_route(option); break;
      case net::Ipv4OptionKind::kTimestamp: wrong = stamp(option); break;
      default: break;
    }
    if (wrong) {
      return at + *wrong;
    }
    at += length;
  }
  return std::nullopt;
}

// RFC 791: kind, length, pointer (counted from 1) to the next free entry, entries.
IPGWOptions::Problem IPGWOptions::record_route(base::ByteSpan option) const {
  if (option.size() < 3) {
    return 1;
  }
  const std::size_t pointer = option[2];
  if (pointer == option.size() + 1) {
    return std::nullopt;  // full
  }
  if (pointer < 4 || pointer + 3 > option.size()) {
    return 2;
  }
  put(option, pointer - 1, address_);
  option[2] = static_cast<std::uint8_t>(pointer + 4);
  return std::nullopt;
}

// Kind, length, pointer, overflow count and form of the entries in four bits each, entries.
IPGWOptions::Problem IPGWOptions::stamp(base::ByteSpan option) const {
  if (option.size() < 4) {
    return 1;
  }
  const std::size_t pointer = option[2];
  const auto form = static_cast<TimestampForm>(option[3] & 0xf);
  if (form != kTimesOnly && form != kWithAddresses && form != kAskedFor) {
    return 3;
  }
  if (pointer == option.size() + 1) {
    if (form == kAskedFor) {
      return std::nullopt;
    }
    if (option[3] >= 0xf0) {
      return 3;
    }
    option[3] = static_cast<std::uint8_t>(option[3] + 0x10);
    return std::nullopt;
  }
  const std::size_t entry = form == kTimesOnly ? 4 : 8;
  if (pointer < 5 || pointer + entry - 1 > option.size()) {
    return 2;
  }
  const base::be32 now = milliseconds_since_midnight(schedule().clock().since_epoch());
  if (form == kAskedFor) {
    net::Ipv4Address asked;
    std::memcpy(&asked, option.data() + pointer - 1, sizeof asked);
    if (asked != address_ && !others_.contains(asked)) {
      return std::nullopt;
    }
  } else if (form == kWithAddresses) {
    put(option, pointer - 1, address_);
  }
  put(option, pointer - 1 + entry - sizeof now, now);
  option[2] = static_cast<std::uint8_t>(pointer + entry);
  return std::nullopt;
}

void IPGWOptions::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
