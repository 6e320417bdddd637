// SPDX-License-Identifier: Apache-2.0
// Names: what a graph calls addresses and ports. AddressInfo and PortInfo define them, and the
// machine's network interfaces are names too; whoever reads an argument that is one looks its text
// up here when it is no address by itself.
//
// A name belongs to the compound in which it was defined: elements there and in compounds within
// see it. A suffix says which of a name's meanings is asked for:
//   n:ip n:ip4               its IPv4 address                    n:ip6     its IPv6 address
//   n:net n:ipnet n:ip4net   its range of IPv4 addresses         n:ip6net  its IPv6 prefix
//   n:eth n:ether n:ethernet its Ethernet address
//   n:bcast                  the last address of its range
//   n:gw                     an interface's gateway, else the first address of the range
//
// Invariants
//   1. Meanings of inner compounds win over those of outer ones, each kind by itself; those of
//      interfaces come last. Of two in one compound, the later one counts.
//   2. A router asks for the interfaces once, when a name is looked up that it does not define, and
//      for a gateway only where one is named: a machine may have a million routes.
//
// Threads: the router's. A user, where there is one, is the element that reads.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash_map.h"
#include "net/address.h"
#include "net/prefix.h"

namespace superfluid::graph {

class Element;
class InterfaceSource;

class Names {
 public:
  // With the address bits behind the mask that were given.
  struct Range {
    net::Ipv4Address address;
    net::Ipv4Address mask;
  };
  // What one name means in one compound.
  struct Meanings {
    std::optional<net::Ipv4Address> ip;
    std::optional<Range> range;
    std::optional<net::MacAddress> ether;
    std::optional<net::Ipv6Address> ip6;
    std::optional<net::Ipv6Prefix> ip6_prefix;
    std::optional<std::uint16_t> tcp_port;
    std::optional<std::uint16_t> udp_port;
  };

  // To be filled; valid until the next call.
  Meanings& define(std::string_view name, const Element& definer);
  // The nearest meaning of a kind, as `user` sees it.
  template <typename T>
  std::optional<T> find(std::string_view name, const Element& user,
                        std::optional<T> Meanings::*kind) {
    const auto known = find_defined(name, user, kind);
    const Meanings* const interface = known ? nullptr : find_interface(name);
    return interface == nullptr ? known : interface->*kind;
  }
  // The same without those of interfaces.
  template <typename T>
  std::optional<T> find_defined(std::string_view name, const Element& user,
                                std::optional<T> Meanings::*kind) const {
    const Meanings* const found = find_entry(
        name, user, [kind](const Meanings& meanings) { return (meanings.*kind).has_value(); });
    return found == nullptr ? std::nullopt : found->*kind;
  }

  // Asked for interfaces; nullptr: there are none.
  void set_interfaces(InterfaceSource* source) { source_ = source; }
  // nullptr when there is no such interface.
  const Meanings* find_interface(std::string_view name);
  // Of an interface that there is.
  std::optional<net::Ipv4Address> gateway_of(std::string_view interface) const;

 private:
  const Meanings* find_entry(std::string_view name, const Element& user,
                             const std::function<bool(const Meanings&)>& fits) const;

  base::HashMap<std::string, Meanings> meanings_;    // by compound and name
  base::HashMap<std::string, Meanings> interfaces_;  // once asked_
  InterfaceSource* source_ = nullptr;
  bool asked_ = false;
};

// Knows the machine's network interfaces.
class InterfaceSource {
 public:
  virtual ~InterfaceSource() = default;
  virtual std::vector<std::pair<std::string, Names::Meanings>> interfaces() = 0;
  // The router to which packets for everybody else go over this interface.
  virtual std::optional<net::Ipv4Address> gateway(std::string_view interface) = 0;
};

// Without a user, nothing has a name.
std::optional<net::Ipv4Address> named_ipv4(std::string_view text, const Element* user);
std::optional<Names::Range> named_range(std::string_view text, const Element* user);
std::optional<net::MacAddress> named_mac(std::string_view text, const Element* user);
std::optional<net::Ipv6Address> named_ipv6(std::string_view text, const Element* user);
std::optional<net::Ipv6Prefix> named_ipv6_prefix(std::string_view text, const Element* user);
std::optional<std::uint16_t> named_port(std::string_view text, const Element* user, bool udp);

}  // namespace superfluid::graph
