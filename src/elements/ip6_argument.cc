// SPDX-License-Identifier: Apache-2.0
#include "elements/ip6_argument.h"

#include <algorithm>
#include <bit>

#include "base/text.h"
#include "graph/words.h"

namespace superfluid::elements {
namespace {

// How many bits a mask has in front, when it has none behind them.
std::optional<unsigned> length_of(const net::Ipv6Address& mask) {
  unsigned length = 0;
  for (const std::uint8_t byte : mask.bytes) {
    length += static_cast<unsigned>(std::countl_one(byte));
    if (byte != 0xff) {
      break;
    }
  }
  const net::Ipv6Address ones{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  //
                               0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  return net::Ipv6Prefix::make(ones, length)->address() == mask ? std::optional(length)
                                                                : std::nullopt;
}

}  // namespace

std::optional<net::Ipv6Address> read_address6(std::string_view text, const graph::Element* user) {
  net::Ipv6Address address;
  return graph::parse_argument(text, address, user).empty() ? std::optional(address) : std::nullopt;
}

std::optional<net::Ipv6Prefix> read_prefix6(std::string_view text, const graph::Element* user) {
  const std::size_t slash = text.find('/');
  const auto address = read_address6(text.substr(0, slash), user);
  if (slash == text.npos) {
    return address ? net::Ipv6Prefix::make(*address, net::Ipv6Prefix::kLengthMax)
                   : graph::named_ipv6_prefix(text, user);
  }
  if (!address) {
    return std::nullopt;
  }
  const std::string_view width = text.substr(slash + 1);
  if (const auto mask = read_address6(width, user)) {
    const auto length = length_of(*mask);
    return length ? net::Ipv6Prefix::make(*address, *length) : std::nullopt;
  }
  const auto length = base::parse_u64(width);
  return length && *length <= net::Ipv6Prefix::kLengthMax
             ? net::Ipv6Prefix::make(*address, static_cast<unsigned>(*length))
             : std::nullopt;
}

bool Address6List::contains(const net::Ipv6Address& address) const {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

graph::Complaint parse_argument(std::string_view text, Address6List& list,
                                const graph::Element* user) {
  Address6List read;
  for (const std::string& word : graph::split_words(text)) {
    const auto address = read_address6(word, user);
    if (!address) {
      return base::cat("'", base::escape(word), "' is not an IPv6 address");
    }
    read.addresses.push_back(*address);
  }
  list = std::move(read);
  return {};
}

}  // namespace superfluid::elements
