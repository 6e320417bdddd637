// SPDX-License-Identifier: Apache-2.0
// Whether a function that ended is started again, and when. Pure.
//
// A life that lasted kCalm ends the row of failures: the next backoff is the first again.

#pragma once

#include <optional>

#include "api/model.h"
#include "base/units.h"

namespace superfluid::agent {

enum class Ending : std::uint8_t {
  kDone,    // by itself, with success
  kFailed,  // by itself, by a fault, or with its process
  kWrong,   // what the user wrote can never run: the same again would be the same
  kWished,  // somebody asked for it
};

inline constexpr base::Duration kCalm = base::seconds(10);

struct PastLives {
  unsigned in_a_row = 0;         // restarts since the last calm life
  base::Duration last_lasted{};  // the one that just ended
};

// How long to wait before the next life; nullopt: there is none.
std::optional<base::Duration> restart_after(const api::RestartSpec& spec, Ending ending,
                                            const PastLives& past);

}  // namespace superfluid::agent
