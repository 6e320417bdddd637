// SPDX-License-Identifier: Apache-2.0
#include "kvm/tiny_guests.h"

#include "base/check.h"

extern const superfluid::testing::TinyGuest kTinyGuests[];

namespace superfluid::testing {

base::ByteView tiny_guest(std::string_view name) {
  const TinyGuest* at = kTinyGuests;
  while (at->name != nullptr && at->name != name) {
    ++at;
  }
  base::check(at->name != nullptr, "a tiny guest of that name is in tests/kvm/guests");
  return {at->begin, at->end};
}

}  // namespace superfluid::testing
