// SPDX-License-Identifier: Apache-2.0
// superfluid packet decode.

#pragma once

#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::packet {

inline constexpr std::uint64_t kDecodeCountMax = 1'000'000'000;

base::Status run_decode(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::packet
