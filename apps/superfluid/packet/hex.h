// SPDX-License-Identifier: Apache-2.0
// Hexadecimal as people have it at hand, to bytes: plain digits in words of any even length, 0x
// before them, colons or dashes between bytes, commas between words, and the dumps of xxd,
// `tcpdump -x` (its summary line too), `hexdump -C`, `tshark -x` and `od -Ax -tx1`, whose offsets
// and text columns are left out.
//
// What is not clear is refused, with its line and column: half a byte, a digit that is none, an
// offset that does not say how many bytes came before, words of a dump that may be in the order of
// some machine (`xxd -e`, `od -x`), a text column that does not say what the bytes beside it say.
//
// Threads: pure.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace superfluid::packet {

inline constexpr std::size_t kHexBytesMax = 256 << 10;  // of one packet; a capture's limit too

// `name` is what errors call the text: "packet.hex:3:14: ...".
base::Result<std::vector<std::uint8_t>> read_hex(std::string_view text, std::string_view name);

}  // namespace superfluid::packet
