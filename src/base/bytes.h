// SPDX-License-Identifier: Apache-2.0
// The two spans that every parser and builder speaks, so that no signature argues about byte types.
//
// Invariants: a ByteView never outlives the memory behind it; nobody casts one to a struct pointer
// except through Cursor, which checks the length first.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace superfluid::base {

using ByteView = std::span<const std::uint8_t>;
using ByteSpan = std::span<std::uint8_t>;

// Text is bytes on the wire; the other direction is where a decoder must first decide that the
// bytes are text.
inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace superfluid::base
