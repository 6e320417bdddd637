// SPDX-License-Identifier: Apache-2.0
// The VLAN tag that the kernel took out of a frame and tells beside it (PACKET_AUXDATA), as it was
// on the wire. Private to the sources that receive from packet sockets.

#pragma once

#include <array>
#include <cstdint>
#include <optional>

struct msghdr;

namespace superfluid::os {

inline constexpr std::size_t kVlanTagBytes = 4;
using VlanTag = std::array<std::uint8_t, kVlanTagBytes>;

// nullopt: the frame had none.
std::optional<VlanTag> vlan_tag_of(msghdr& message);

}  // namespace superfluid::os
