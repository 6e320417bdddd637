// SPDX-License-Identifier: Apache-2.0
// Sums of times that came in a file or a configuration, which may be any number: what is beyond the
// end of time, or before its beginning, is that end.

#pragma once

#include "base/units.h"

namespace superfluid::elements {

inline base::Duration later(base::Duration time, base::Duration by) {
  return (base::Instant(time) + by).since_start();
}

inline base::Duration between(base::Duration earlier, base::Duration time) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const bool has_opposite = earlier.count() != kLeast;
  return later(time, base::Duration(has_opposite ? -earlier.count() : -(kLeast + 1)));
}

}  // namespace superfluid::elements
