// SPDX-License-Identifier: Apache-2.0
// The corner of updating an ICMP checksum in place: a message of zeros alone, which an echo reply
// with identifier 0 may be, sums to zero and has the checksum 0xffff, where RFC 1624 comes to 0.

#pragma once

#include <algorithm>

#include "base/bytes.h"
#include "base/endian.h"

namespace superfluid::elements {

// message: whole, with `checksum` in it, after the update.
inline void mend_zero_checksum(base::ByteView message, base::be16& checksum) {
  if (checksum.raw() == 0 &&
      std::ranges::all_of(message, [](std::uint8_t byte) { return byte == 0; })) {
    checksum.set(0xffff);
  }
}

}  // namespace superfluid::elements
