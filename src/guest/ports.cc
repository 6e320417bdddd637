// SPDX-License-Identifier: Apache-2.0
#include "guest/ports.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "elements/ip_argument.h"

namespace superfluid::guest {
namespace {

using base::cat;
using Meanings = graph::Names::Meanings;

constexpr unsigned kIpv4Bits = 32;
constexpr unsigned kIpv6Bits = 128;

template <std::size_t size>
bool is_zero(const std::uint8_t (&bytes)[size]) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

template <typename Address, std::size_t size>
std::optional<Address> address_of(const std::uint8_t (&bytes)[size]) {
  if (is_zero(bytes)) {
    return std::nullopt;
  }
  Address address;
  std::ranges::copy(bytes, address.bytes.begin());
  return address;
}

template <std::size_t size>
bool same(const std::uint8_t (&a)[size], const std::uint8_t (&b)[size]) {
  return std::ranges::equal(a, b);
}

}  // namespace

Ports& Ports::of(const graph::Router& router) {
  auto* const ports = static_cast<Ports*>(router.host());
  base::check(ports != nullptr, "elements of guest run in a guest");
  return *ports;
}

std::size_t Ports::count() const {
  return std::min<std::size_t>(memory_.device_page().port_count, abi::kPortsMax);
}

std::string_view Ports::name(std::size_t port) const { return text_of(page(port).name); }

net::MacAddress Ports::mac(std::size_t port) const {
  net::MacAddress mac;
  std::ranges::copy(page(port).mac, mac.bytes.begin());
  return mac;
}

std::optional<std::size_t> Ports::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < count(); ++i) {
    if (name(i) == wanted) {
      return i;
    }
  }
  const auto number = base::parse_u64(wanted);
  return number && *number < count() ? std::optional<std::size_t>(*number) : std::nullopt;
}

std::string Ports::known() const {
  if (count() == 0) {
    return "this instance has no ports";
  }
  std::string list = count() == 1 ? "this instance's port is " : "this instance's ports are ";
  for (std::size_t i = 0; i < count(); ++i) {
    list += cat(i == 0 ? "" : i + 1 == count() ? " and " : ", ", base::escape(name(i)));
  }
  return list;
}

void Ports::remove_reader(const PortReader& reader) {
  std::ranges::replace(readers_, &reader, nullptr);
}

void Ports::stop_waiting(const PortWriter& writer) {
  std::erase(waiting_, &writer);
  std::erase(stranded_, &writer);
}

void Ports::open(graph::TextSink& console) {
  told_broken_ = {};
  abi::GuestPage& said = memory_.guest_page();
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    said.ports[i] = {};
    ports_[i].close();
    if (i >= count() || page(i).role == abi::PortRole::kNone) {
      continue;
    }
    const std::uint64_t begin = page(i).window;
    const std::uint64_t bytes = page(i).window_bytes;
    const bool inside =
        begin >= abi::kRamBase && begin < abi::kRangeEnd && bytes <= abi::kRangeEnd - begin;
    if (inside) {
      ports_[i].open(page(i), reinterpret_cast<std::uint8_t*>(memory_.at(begin)), said.ports[i]);
    }
    if (!ports_[i].is_open()) {
      console.write(
          cat("port ", base::escape(name(i)), ": its rings are not where they could be\n"));
    }
  }
  tell(stranded_);
}

bool Ports::poll() {
  bool dropped = false;
  for (std::size_t i = 0; i < count(); ++i) {
    if (readers_[i] != nullptr) {
      readers_[i]->look();
    } else if (const std::size_t frames = ports_[i].drop_all(kDropsPerTurn)) {
      frames_ += frames;
      dropped = true;
    }
  }
  return dropped;
}

bool Ports::has_served() const {
  return std::ranges::any_of(ports_, [](const Port& each) { return each.is_served_by_monitor(); });
}

bool Ports::has_peers() const {
  return std::ranges::any_of(
      ports_, [](const Port& each) { return each.is_open() && !each.is_served_by_monitor(); });
}

// Those who find no room again wait anew.
void Ports::tell(std::vector<PortWriter*>& writers) {
  const std::vector<PortWriter*> told = std::exchange(writers, {});
  for (PortWriter* const writer : told) {
    writer->try_again();
  }
}

bool Ports::may_sleep() {
  if (std::ranges::all_of(ports_, [](Port& each) { return each.may_sleep(); })) {
    return true;
  }
  awake();
  return false;
}

void Ports::awake() {
  std::ranges::for_each(ports_, [](Port& each) { each.awake(); });
}

void Ports::tell_broken(graph::TextSink& console) {
  for (std::size_t i = 0; i < count(); ++i) {
    if (!told_broken_[i] && ports_[i].broken()) {
      told_broken_[i] = true;
      console.write(
          cat("port ", base::escape(name(i)),
              ": its other side broke the rules of the ring, and is not heard any more\n"));
    }
  }
}

std::vector<std::pair<std::string, Meanings>> Ports::interfaces() {
  asked_ = true;
  std::vector<std::pair<std::string, Meanings>> named;
  for (std::size_t i = 0; i < count(); ++i) {
    const abi::DevicePort& port = page(i);
    Meanings meanings;
    meanings.ether = address_of<net::MacAddress>(port.mac);
    meanings.ip = address_of<net::Ipv4Address>(port.ipv4);
    if (meanings.ip && port.ipv4_prefix <= kIpv4Bits) {
      meanings.range = {*meanings.ip, elements::prefix_mask(port.ipv4_prefix)};
    }
    meanings.ip6 = address_of<net::Ipv6Address>(port.ipv6);
    if (meanings.ip6 && port.ipv6_prefix <= kIpv6Bits) {
      meanings.ip6_prefix = net::Ipv6Prefix::make(*meanings.ip6, port.ipv6_prefix);
    }
    named.emplace_back(name(i), std::move(meanings));
  }
  return named;
}

std::optional<net::Ipv4Address> Ports::gateway(std::string_view interface) {
  const auto port = find(interface);
  return port ? address_of<net::Ipv4Address>(page(*port).ipv4_gateway) : std::nullopt;
}

Ports::Identity Ports::identity() const {
  Identity identity;
  identity.count = static_cast<std::uint32_t>(count());
  std::copy_n(memory_.device_page().ports, count(), identity.ports.begin());
  return identity;
}

bool Ports::Identity::same_names(const Identity& other) const {
  return count == other.count &&
         std::equal(ports.begin(), ports.begin() + count, other.ports.begin(),
                    [](const abi::DevicePort& a, const abi::DevicePort& b) {
                      return text_of(a.name) == text_of(b.name);
                    });
}

bool Ports::Identity::same_addresses(const Identity& other) const {
  return count == other.count &&
         std::equal(ports.begin(), ports.begin() + count, other.ports.begin(),
                    [](const abi::DevicePort& a, const abi::DevicePort& b) {
                      return same(a.mac, b.mac) && same(a.ipv4, b.ipv4) &&
                             same(a.ipv4_gateway, b.ipv4_gateway) && same(a.ipv6, b.ipv6) &&
                             a.ipv4_prefix == b.ipv4_prefix && a.ipv6_prefix == b.ipv6_prefix;
                    });
}

}  // namespace superfluid::guest
