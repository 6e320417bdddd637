// SPDX-License-Identifier: Apache-2.0
// A test that needs something of the host says so in its first line:
//
//   SF_REQUIRE(netns);
//
// Where the host lacks it, the test is skipped with the reason printed, and counted. Where the
// environment variable SUPERFLUID_REQUIRE names it (`SUPERFLUID_REQUIRE=kvm,netns,bpf`), the same
// lack is a failure instead.

#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace superfluid::testing {

enum class Need { root, netns, tun, kvm, bpf, tshark, ping };

// Why the host cannot serve the need; nullopt when it can.
std::optional<std::string> lack_of(Need need);

// True when SUPERFLUID_REQUIRE names the need.
bool is_required(Need need);

}  // namespace superfluid::testing

#define SF_REQUIRE(need)                                                                     \
  if (const auto lack = ::superfluid::testing::lack_of(::superfluid::testing::Need::need)) { \
    if (::superfluid::testing::is_required(::superfluid::testing::Need::need)) {             \
      FAIL() << "SUPERFLUID_REQUIRE names " #need ", and this host lacks it: " << *lack;     \
    }                                                                                        \
    GTEST_SKIP() << "needs " #need ": " << *lack;                                            \
  }                                                                                          \
  static_assert(true)
