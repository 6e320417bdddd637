// SPDX-License-Identifier: Apache-2.0
// TrafficRate: so many packets, or so many bytes, a second: what the elements have in common that
// come as X and BandwidthX.
//
// As an argument, packets are an integer, and bytes a bandwidth (`10Mbps`, `1.5 MBps`), printed
// with the unit that suits.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "graph/arguments.h"
#include "graph/packet.h"

namespace superfluid::elements {

enum class TrafficUnit : std::uint8_t { kPackets, kBytes };

// What one packet counts.
inline std::uint32_t units_of(const graph::Packet& packet, TrafficUnit unit) {
  return unit == TrafficUnit::kPackets ? 1 : packet.length;
}

struct TrafficRate {
  TrafficUnit unit;
  std::uint32_t per_second = 0;
};

graph::Complaint parse_argument(std::string_view text, TrafficRate& rate);
std::string show(const TrafficRate& rate);

}  // namespace superfluid::elements
