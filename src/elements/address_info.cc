// SPDX-License-Identifier: Apache-2.0
#include "elements/address_info.h"

#include "elements/ip_argument.h"
#include "graph/names.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using graph::Names;

const graph::ElementClass AddressInfo::kClass{
    .name = "AddressInfo",
    .ports = "0/0",
    .processing = "a/a",
    .make = graph::make_element<AddressInfo>,
    .configured_first = true,
};

namespace {

// Everything that a word can be. A name may be several kinds at once.
Names::Meanings meanings_of(std::string_view word, const graph::Element& user) {
  Names::Meanings found;
  if (net::MacAddress mac; parse_argument(word, mac, &user).empty()) {
    found.ether = mac;
  }
  if (const auto address = read_address(word, &user)) {
    found.ip = *address;
  } else if (const auto range = read_range(word, &user)) {
    found.range = Names::Range{range->address, range->mask};
    if ((range->address.host() & ~range->mask.host()) != 0) {
      found.ip = range->address;
    }
  }
  if (net::Ipv6Address address; parse_argument(word, address, &user).empty()) {
    found.ip6 = address;
  } else if (const std::size_t slash = word.find('/'); slash != word.npos) {
    const auto length = base::parse_u64(word.substr(slash + 1));
    if (graph::parse_argument(word.substr(0, slash), address).empty() && length && *length <= 128) {
      found.ip6_prefix = net::Ipv6Prefix::make(address, static_cast<unsigned>(*length));
      if (found.ip6_prefix->address() != address) {
        found.ip6 = address;
      }
    }
  } else if (const auto prefix = graph::named_ipv6_prefix(word, &user)) {
    found.ip6_prefix = *prefix;
  }
  return found;
}

int kinds(const Names::Meanings& meanings) {
  return int{meanings.ip.has_value()} + int{meanings.range.has_value()} +
         int{meanings.ether.has_value()} + int{meanings.ip6.has_value()} +
         int{meanings.ip6_prefix.has_value()};
}

// What the word says for certain replaces what others said; what it may also say does not.
template <typename T>
void take(std::optional<T>& known, const std::optional<T>& found, bool certain) {
  if (found && (certain || !known)) {
    known = found;
  }
}

}  // namespace

void AddressInfo::configure(graph::Arguments& arguments) {
  std::vector<std::string> rest;
  arguments.rest(rest).complete();
  for (const std::string& argument : rest) {
    const std::vector<std::string> words = graph::split_words(argument);
    if (words.size() == 1) {
      arguments.complain("expected 'NAME [ADDRS]'");
    }
    Names::Meanings all;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const Names::Meanings found = meanings_of(words[i], *this);
      const bool certain = kinds(found) == 1;
      if (kinds(found) == 0) {
        arguments.complain(
            base::cat("'", base::escape(words[i]), "' is not a recognizable address"));
      }
      take(all.ip, found.ip, certain);
      take(all.range, found.range, certain);
      take(all.ether, found.ether, certain);
      take(all.ip6, found.ip6, certain);
      take(all.ip6_prefix, found.ip6_prefix, certain);
    }
    if (kinds(all) != 0) {
      Names::Meanings& known = router().names().define(words[0], *this);
      take(known.ip, all.ip, true);
      take(known.range, all.range, true);
      take(known.ether, all.ether, true);
      take(known.ip6, all.ip6, true);
      take(known.ip6_prefix, all.ip6_prefix, true);
    }
  }
}

}  // namespace superfluid::elements
