// SPDX-License-Identifier: Apache-2.0
// The main() of every test program. Random tests print their seed and accept it back:
//
//   SUPERFLUID_SEED=123 build/dev/src/net/net_test --gtest_filter=...

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (!::testing::GTEST_FLAG(list_tests)) {
    const char* given = std::getenv("SUPERFLUID_SEED");
    const std::string seed = given != nullptr ? given : std::to_string(std::random_device{}());
    setenv("SUPERFLUID_SEED", seed.c_str(), 1);
    // rapidcheck reads its configuration from RC_PARAMS; what the caller set there stays.
    const char* params = std::getenv("RC_PARAMS");
    const std::string rc = "seed=" + seed + " " + (params != nullptr ? params : "");
    setenv("RC_PARAMS", rc.c_str(), 1);
    std::printf("SUPERFLUID_SEED=%s\n", seed.c_str());
  }
  return RUN_ALL_TESTS();
}
