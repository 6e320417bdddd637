// SPDX-License-Identifier: Apache-2.0
#include "graph/names.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/text.h"
#include "graph/element.h"
#include "graph/router.h"

namespace superfluid::graph {
namespace {

// The compound that a name lies in, with a slash behind it; empty for none.
std::string_view compound_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == name.npos ? std::string_view() : name.substr(0, slash + 1);
}

struct Suffixed {
  std::string_view name;
  std::string_view suffix;  // with its colon; empty for none
};

Suffixed split_suffix(std::string_view text) {
  const std::size_t colon = std::min(text.rfind(':'), text.size());
  return {text.substr(0, colon), text.substr(colon)};
}

bool is_one_of(std::string_view suffix, std::initializer_list<std::string_view> suffixes) {
  return std::ranges::any_of(
      suffixes, [&](std::string_view each) { return base::equal_ignoring_case(suffix, each); });
}

// The meaning of a text that has none of the suffixes but these.
template <typename T>
std::optional<T> find(std::string_view text, const Element* user,
                      std::optional<T> Names::Meanings::*kind,
                      std::initializer_list<std::string_view> suffixes) {
  const Suffixed parts = split_suffix(text);
  if (user == nullptr || (!parts.suffix.empty() && !is_one_of(parts.suffix, suffixes))) {
    return std::nullopt;
  }
  return user->router().names().find(parts.name, *user, kind);
}

}  // namespace

Names::Meanings& Names::define(std::string_view name, const Element& definer) {
  return *meanings_.try_emplace(base::cat(compound_of(definer.name()), name), {}).first;
}

const Names::Meanings* Names::find_entry(std::string_view name, const Element& user,
                                         const std::function<bool(const Meanings&)>& fits) const {
  std::string_view compound = compound_of(user.name());
  for (bool outermost = meanings_.empty(); !outermost;) {
    const Meanings* const found = meanings_.find(base::cat(compound, name));
    if (found != nullptr && fits(*found)) {
      return found;
    }
    outermost = compound.empty();
    compound = compound_of(compound.substr(0, outermost ? 0 : compound.size() - 1));
  }
  return nullptr;
}

const Names::Meanings* Names::find_interface(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (source_ == nullptr || std::ranges::none_of(name, is_letter)) {
    return nullptr;  // numbers and signs are looked up, too
  }
  if (!std::exchange(asked_, true)) {
    for (auto& [interface, meanings] : source_->interfaces()) {
      interfaces_.try_emplace(std::move(interface), std::move(meanings));
    }
  }
  return interfaces_.find(name);
}

std::optional<net::Ipv4Address> Names::gateway_of(std::string_view interface) const {
  return source_->gateway(interface);
}

namespace {

std::optional<net::Ipv4Address> named_gateway(std::string_view text, const Element& user) {
  const std::string_view name = split_suffix(text).name;
  Names& names = user.router().names();
  if (const auto given = names.find_defined(text, user, &Names::Meanings::ip)) {
    return given;
  }
  auto range = names.find_defined(name, user, &Names::Meanings::range);
  const Names::Meanings* const interface = range ? nullptr : names.find_interface(name);
  if (interface != nullptr) {
    if (const auto gateway = names.gateway_of(name)) {
      return gateway;
    }
    range = interface->range;
  }
  return range ? std::optional(
                     net::Ipv4Address::from_host((range->address.host() & range->mask.host()) | 1))
               : std::nullopt;
}

}  // namespace

std::optional<net::Ipv4Address> named_ipv4(std::string_view text, const Element* user) {
  const Suffixed parts = split_suffix(text);
  if (user == nullptr) {
    return std::nullopt;
  }
  if (is_one_of(parts.suffix, {":gw"})) {
    return named_gateway(text, *user);
  }
  if (is_one_of(parts.suffix, {":bcast"})) {
    const auto range = named_range(parts.name, user);
    return range ? std::optional(
                       net::Ipv4Address::from_host(range->address.host() | ~range->mask.host()))
                 : std::nullopt;
  }
  return find(text, user, &Names::Meanings::ip, {":ip", ":ip4"});
}

std::optional<Names::Range> named_range(std::string_view text, const Element* user) {
  return find(text, user, &Names::Meanings::range, {":net", ":ipnet", ":ip4net"});
}

std::optional<net::MacAddress> named_mac(std::string_view text, const Element* user) {
  return find(text, user, &Names::Meanings::ether, {":eth", ":ether", ":ethernet"});
}

std::optional<net::Ipv6Address> named_ipv6(std::string_view text, const Element* user) {
  return find(text, user, &Names::Meanings::ip6, {":ip6"});
}

std::optional<net::Ipv6Prefix> named_ipv6_prefix(std::string_view text, const Element* user) {
  return find(text, user, &Names::Meanings::ip6_prefix, {":ip6net"});
}

std::optional<std::uint16_t> named_port(std::string_view text, const Element* user, bool udp) {
  return user == nullptr
             ? std::nullopt
             : user->router().names().find_defined(
                   text, *user, udp ? &Names::Meanings::udp_port : &Names::Meanings::tcp_port);
}

}  // namespace superfluid::graph
