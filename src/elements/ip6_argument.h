// SPDX-License-Identifier: Apache-2.0
// IPv6 addresses and prefixes as Click's configurations write them.
//
// A prefix is `2001:db8::/32`, `2001:db8::/ffff:ffff::`, or one address; bits behind it do not
// count (`2001:db8::1/32` is the same), since many configurations write their own address there.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "graph/arguments.h"
#include "net/prefix.h"

namespace superfluid::elements {

std::optional<net::Ipv6Address> read_address6(std::string_view text, const graph::Element* user);
std::optional<net::Ipv6Prefix> read_prefix6(std::string_view text, const graph::Element* user);

// An argument that is a list of words.
struct Address6List {
  std::vector<net::Ipv6Address> addresses;

  bool contains(const net::Ipv6Address& address) const;
};
graph::Complaint parse_argument(std::string_view text, Address6List& list,
                                const graph::Element* user);

}  // namespace superfluid::elements
