// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "agent/entry.h"
#include "base/sha256.h"
#include "base/text.h"
#include "os/random.h"

namespace superfluid::agent {
namespace {

template <std::size_t N>
void put_text(char (&to)[N], std::string_view text) {
  const std::size_t n = std::min(N - 1, text.size());
  std::copy_n(text.data(), n, to);
  to[n] = 0;
}

template <std::size_t N>
void put_bytes(std::uint8_t (&to)[N], const std::array<std::uint8_t, N>& bytes) {
  std::ranges::copy(bytes, to);
}

template <std::size_t N>
void put_random(std::uint8_t (&to)[N]) {
  static_assert(N % sizeof(std::uint64_t) == 0);
  for (std::size_t at = 0; at < N; at += sizeof(std::uint64_t)) {
    const std::uint64_t random = os::kernel_random();
    std::memcpy(to + at, &random, sizeof random);
  }
}

}  // namespace

vmm::ShellSize size_for(const api::FunctionSpec& spec) {
  // Few sizes, so that a shell fits many functions: whole large pages, and 2, 4 or 8 ports.
  const std::uint64_t large = abi::kLargePageBytes;
  const std::uint64_t ram = (spec.memory.count() + large - 1) / large * large;
  const std::size_t ports = spec.ports.size();
  const bool has_ring =
      std::ranges::find(spec.ports, api::PortKind::kRing, &api::PortSpec::kind) != spec.ports.end();
  return {.ram = base::bytes(ram),
          .ports = ports <= 2   ? 2u
                   : ports <= 4 ? 4u
                                : 8u,
          .slots = has_ring ? kSlotsOfRings : abi::kSlotsDefault};
}

std::string mark_of(std::string_view node) {
  base::Sha256 hash;
  hash.add(base::bytes_of(node));
  const base::Sha256::Digest digest = hash.finish();
  return base::cat(base::Hex{digest[0], 2}, base::Hex{digest[1], 2});
}

std::string new_id() { return base::cat(base::Hex{os::kernel_random(), 16}); }

net::MacAddress mac_for(const std::string& id, unsigned port) {
  base::Sha256 hash;
  hash.add(base::bytes_of(id));
  hash.add_number(port);
  const base::Sha256::Digest digest = hash.finish();
  // 02: administered locally, one receiver.
  return {{0x02, digest[0], digest[1], digest[2], digest[3], digest[4]}};
}

abi::DevicePage page_for(const api::Function& function) {
  abi::DevicePage page{};
  page.magic = abi::kDeviceMagic;
  page.version = abi::kAbiVersion;
  page.bytes = sizeof page;
  page.incarnation = 1;
  put_random(page.random_seed);
  put_random(page.instance_id);
  put_text(page.name, function.spec.name);
  const vmm::ShellSize size = size_for(function.spec);
  page.ram_bytes = size.ram.count();
  put_text(page.text_name, function.spec.graph_name);
  page.port_count = static_cast<std::uint32_t>(function.spec.ports.size());
  for (unsigned i = 0; i < page.port_count; ++i) {
    const api::PortSpec& spec = function.spec.ports[i];
    abi::DevicePort& port = page.ports[i];
    put_text(port.name, spec.name);
    put_bytes(port.mac, spec.mac.value_or(mac_for(function.id, i)).bytes);
    port.mtu = static_cast<std::uint16_t>(spec.mtu);
    if (spec.ipv4) {
      put_bytes(port.ipv4, spec.ipv4->address.bytes);
      port.ipv4_prefix = static_cast<std::uint8_t>(spec.ipv4->prefix);
    }
    if (spec.ipv4_gateway) {
      put_bytes(port.ipv4_gateway, spec.ipv4_gateway->bytes);
    }
    if (spec.ipv6) {
      put_bytes(port.ipv6, spec.ipv6->address.bytes);
      port.ipv6_prefix = static_cast<std::uint8_t>(spec.ipv6->prefix);
    }
    if (spec.ipv6_gateway) {
      put_bytes(port.ipv6_gateway, spec.ipv6_gateway->bytes);
    }
    port.slots = size.slots;
  }
  return page;
}

}  // namespace superfluid::agent
