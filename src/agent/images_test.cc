// SPDX-License-Identifier: Apache-2.0
#include "agent/images.h"

#include <gtest/gtest.h>

#include <set>

namespace superfluid::agent {
namespace {

vmm::Snapshot of_size(base::ByteCount ram) {
  vmm::Snapshot snapshot;
  snapshot.size.ram = ram;
  return snapshot;
}

ImageKey key(std::uint8_t n) { return {n}; }

TEST(Images, AreNamedByAllThatTheyDependOn) {
  const api::FunctionSpec spec{.graph = "Idle", .ports = {{.name = "eth0"}}};
  std::set<ImageKey> keys = {key_of(key(1), spec, {}), key_of(key(2), spec, {}),
                             key_of(key(1), spec, {.ram = base::mib(4)}),
                             key_of(key(1), spec, {.ports = 4})};
  const auto with = [&](auto change) {
    api::FunctionSpec other = spec;
    change(other);
    keys.insert(key_of(key(1), other, {}));
  };
  with([](auto& other) { other.graph = "Idle "; });
  with([](auto& other) { other.graph_name = "a"; });
  with([](auto& other) { other.ports.clear(); });
  with([](auto& other) { other.ports[0].name = "eth1"; });
  with([](auto& other) { other.ports[0].mtu = 1400; });
  EXPECT_EQ(keys.size(), 9u);
  // An identity is no part of an image.
  with([](auto& other) { other.name = "other"; });
  with([](auto& other) { other.ports[0].mac = net::MacAddress{{2}}; });
  EXPECT_EQ(keys.size(), 9u);
}

TEST(Images, TheLeastRecentlyUsedGoFirst) {
  ImageCache cache({.count_max = 2});
  cache.add(key(1), {});
  cache.add(key(2), {});
  EXPECT_NE(cache.find(key(1)), nullptr);
  cache.add(key(3), {});
  EXPECT_EQ(cache.find(key(2)), nullptr);
  EXPECT_NE(cache.find(key(1)), nullptr);
  EXPECT_NE(cache.find(key(3)), nullptr);
}

TEST(Images, BytesAreBoundedButTheLastStays) {
  ImageCache cache({.bytes_max = base::mib(3)});
  const ImagePtr held = cache.add(key(1), of_size(base::mib(2)));
  cache.add(key(2), of_size(base::mib(2)));
  EXPECT_EQ(cache.find(key(1)), nullptr);
  EXPECT_EQ(held->size.ram, base::mib(2));
  cache.add(key(3), of_size(base::mib(64)));
  EXPECT_EQ(cache.size(), 1u);
}

}  // namespace
}  // namespace superfluid::agent
