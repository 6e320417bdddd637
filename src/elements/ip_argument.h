// SPDX-License-Identifier: Apache-2.0
// IPv4 addresses and ranges as Click's configurations write them, for arguments, routes and
// filters.
//
// A range is `10.0.0.0/8`, `10/8` (bytes left out at the end are zero), or `10.0.0.0/255.0.0.0`.
// Other than a net::Ipv4Prefix it may have address bits behind its mask, which say where in the
// range a router's own address lies, and a mask that is no prefix.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/arguments.h"
#include "net/address.h"

namespace superfluid::elements {

struct AddressRange {
  net::Ipv4Address address;
  net::Ipv4Address mask;

  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

// How many bits a mask has in front, when it has none behind them.
std::optional<unsigned> prefix_length(const net::Ipv4Address& mask);
net::Ipv4Address prefix_mask(unsigned length);  // REQUIRES: length <= 32

// These and all below take names too, where there is a user who knows them (graph/names.h).
std::optional<net::Ipv4Address> read_address(std::string_view text, const graph::Element* user);
// With a slash.
std::optional<AddressRange> read_range(std::string_view text, const graph::Element* user);
// With a slash, or one address; of a name that is both, the address.
std::optional<AddressRange> read_range_or_address(std::string_view text,
                                                  const graph::Element* user);

// Arguments that are lists of words.
struct AddressList {
  std::vector<net::Ipv4Address> addresses;

  bool contains(const net::Ipv4Address& address) const;
};
struct RangeList {
  std::vector<AddressRange> ranges;
};
graph::Complaint parse_argument(std::string_view text, AddressList& list,
                                const graph::Element* user);
graph::Complaint parse_argument(std::string_view text, RangeList& list, const graph::Element* user);

// `DST_ANNO`, or an address: where an encapsulated packet is sent.
struct Destination {
  bool annotated = false;  // the packet's own annotation
  net::Ipv4Address address;
};
std::optional<Destination> read_destination(std::string_view text, const graph::Element* user);
// What their handler `dst` reads and takes.
base::Result<std::string> destination_text(const Destination& destination);
base::Status write_destination(std::string_view text, Destination& destination,
                               const graph::Element& user);

// The only place where an address can be noted; elements read it so that ANNO may be said.
struct AddressNote {};
graph::Complaint parse_argument(std::string_view text, AddressNote& note);

}  // namespace superfluid::elements
