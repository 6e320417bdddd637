// SPDX-License-Identifier: Apache-2.0
#include "agent/restart_policy.h"

#include <algorithm>

namespace superfluid::agent {

std::optional<base::Duration> restart_after(const api::RestartSpec& spec, Ending ending,
                                            const PastLives& past) {
  const bool wanted = (ending == Ending::kFailed && spec.when != api::RestartWhen::kNever) ||
                      (ending == Ending::kDone && spec.when == api::RestartWhen::kAlways);
  const unsigned before = past.last_lasted >= kCalm ? 0 : past.in_a_row;
  if (!wanted || before >= spec.limit) {
    return std::nullopt;
  }
  base::Duration delay = spec.backoff;
  for (unsigned i = 0; i < before && delay < spec.backoff_max; ++i) {
    delay = delay * 2;
  }
  return std::min(delay, spec.backoff_max);
}

}  // namespace superfluid::agent
