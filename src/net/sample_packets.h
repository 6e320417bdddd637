// SPDX-License-Identifier: Apache-2.0
// For this room's tests alone: whole packets made by the builders, one of every kind, with random
// fields. sample_packets_test.cc has the other half.

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/cursor.h"
#include "base/rng.h"
#include "net/dissect.h"

namespace superfluid::net::testing {

using Bytes = std::vector<std::uint8_t>;

// What `build` writes, in a block of exactly its size, so that a read behind it is seen. At most 2
// KiB.
Bytes built(const std::function<void(base::Writer&)>& build);

struct SamplePacket {
  std::string_view kind;
  Bytes frame;                   // begins with Ethernet
  std::vector<Protocol> layers;  // that dissect() must find, kPayload included
};

// Every kind once. Lengths and checksums are right.
std::vector<SamplePacket> sample_packets(base::Rng& rng);

}  // namespace superfluid::net::testing
