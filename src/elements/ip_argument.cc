// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_argument.h"

#include <algorithm>
#include <bit>

#include "base/text.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;
using graph::Complaint;

namespace {

// One to four numbers with dots between; the bytes left out are zero, and behind the mask.
std::optional<AddressRange> read_short_address(std::string_view text) {
  net::Ipv4Address address;
  unsigned bits = 0;
  for (std::uint8_t& byte : address.bytes) {
    const std::size_t dot = text.find('.');
    const auto number = base::parse_u64(text.substr(0, dot));
    if (!number || *number > 255) {
      return std::nullopt;
    }
    byte = static_cast<std::uint8_t>(*number);
    bits += 8;
    if (dot == text.npos) {
      return AddressRange{address, prefix_mask(bits)};
    }
    text.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

std::optional<net::Ipv4Address> read_mask(std::string_view text, const graph::Element* user) {
  if (const auto length = base::parse_u64(text); length && *length <= 32) {
    return prefix_mask(static_cast<unsigned>(*length));
  }
  return read_address(text, user);
}

}  // namespace

std::optional<unsigned> prefix_length(const net::Ipv4Address& mask) {
  const auto length = static_cast<unsigned>(std::countl_one(mask.host()));
  return mask == prefix_mask(length) ? std::optional(length) : std::nullopt;
}

net::Ipv4Address prefix_mask(unsigned length) {
  return net::Ipv4Address::from_host(length == 0 ? 0 : ~std::uint32_t{0} << (32 - length));
}

std::optional<net::Ipv4Address> read_address(std::string_view text, const graph::Element* user) {
  net::Ipv4Address address;
  return parse_argument(text, address, user).empty() ? std::optional(address) : std::nullopt;
}

std::optional<AddressRange> read_range(std::string_view text, const graph::Element* user) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) {
    const auto named = graph::named_range(text, user);
    return named ? std::optional(AddressRange{named->address, named->mask}) : std::nullopt;
  }
  auto range = read_short_address(text.substr(0, slash));
  if (const auto named = range ? std::nullopt : graph::named_ipv4(text.substr(0, slash), user)) {
    range = AddressRange{*named, prefix_mask(32)};
  }
  const auto mask = read_mask(text.substr(slash + 1), user);
  if (!range || !mask || (mask->host() & ~range->mask.host()) != 0) {
    return std::nullopt;
  }
  range->mask = *mask;
  return range;
}

std::optional<AddressRange> read_range_or_address(std::string_view text,
                                                  const graph::Element* user) {
  if (const auto address = read_address(text, user)) {
    return AddressRange{*address, prefix_mask(32)};
  }
  return read_range(text, user);
}

bool AddressList::contains(const net::Ipv4Address& address) const {
  return std::ranges::find(addresses, address) != addresses.end();
}

Complaint parse_argument(std::string_view text, AddressList& list, const graph::Element* user) {
  AddressList read;
  for (const std::string& word : graph::split_words(text)) {
    const auto address = read_address(word, user);
    if (!address) {
      return cat("'", base::escape(word), "' is not an IP address");
    }
    read.addresses.push_back(*address);
  }
  list = std::move(read);
  return {};
}

Complaint parse_argument(std::string_view text, RangeList& list, const graph::Element* user) {
  RangeList read;
  for (const std::string& word : graph::split_words(text)) {
    const auto range = read_range_or_address(word, user);
    if (!range) {
      return cat("'", base::escape(word), "' is not an IP prefix");
    }
    read.ranges.push_back(*range);
  }
  list = std::move(read);
  return {};
}

std::optional<Destination> read_destination(std::string_view text, const graph::Element* user) {
  if (text == "DST_ANNO") {
    return Destination{.annotated = true, .address = {}};
  }
  const auto address = read_address(text, user);
  return address ? std::optional(Destination{.annotated = false, .address = *address})
                 : std::nullopt;
}

base::Result<std::string> destination_text(const Destination& destination) {
  return destination.annotated ? "DST_ANNO" : std::string(to_text(destination.address).view());
}

base::Status write_destination(std::string_view text, Destination& destination,
                               const graph::Element& user) {
  const auto read = read_destination(base::trim(text), &user);
  if (!read) {
    return base::fail(base::ErrorCode::kInvalid,
                      "DST argument should be IP address or 'DST_ANNO'");
  }
  destination = *read;
  return {};
}

Complaint parse_argument(std::string_view text, AddressNote&) {
  if (text == "DST_IP" || text == "0") {
    return {};
  }
  return cat("'", base::escape(text), "' is not the annotation of an address; try DST_IP");
}

}  // namespace superfluid::elements
