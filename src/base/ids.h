// SPDX-License-Identifier: Apache-2.0
// Strong ids: a PortId is not a VmId, and neither is a number to calculate with.
//
//   struct PortTag;
//   using PortId = base::StrongId<PortTag>;

#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace superfluid::base {

template <typename Tag, std::unsigned_integral Rep = std::uint32_t>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }

  friend constexpr bool operator==(StrongId, StrongId) = default;
  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  Rep value_ = 0;
};

}  // namespace superfluid::base

template <typename Tag, std::unsigned_integral Rep>
struct std::hash<superfluid::base::StrongId<Tag, Rep>> {
  std::size_t operator()(superfluid::base::StrongId<Tag, Rep> id) const noexcept {
    // Ids are often dense, or a power of two (up to 2^32) apart. The product carries every bit
    // upwards, the fold brings the high half to where a table of a power of two looks.
    const std::uint64_t product = id.value() * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::size_t>(product ^ (product >> 32));
  }
};
