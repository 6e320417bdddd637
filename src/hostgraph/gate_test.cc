// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/gate.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace superfluid::hostgraph {
namespace {

TEST(Gate, HoldsNest) {
  Gate gate(2);
  gate.enter(0);
  gate.pass(0);
  gate.hold(0);
  gate.hold(0);
  EXPECT_FALSE(gate.release(0));
  EXPECT_TRUE(gate.release(0));
  gate.pass(0);
  gate.hold_between(0);
  EXPECT_TRUE(gate.release(0));
  gate.leave(0);
}

// Lanes that run, sleep, and run alone at random. The counters are plain: a thread sanitizer sees
// two that run at once where one should be alone, and so do the sums.
class GateThreads : public ::testing::Test {
 protected:
  static constexpr std::size_t kLanes = 4;
  static constexpr int kTurns = 2000;

  void turn(std::size_t lane, int i) {
    gate_.pass(lane);
    ++own_[lane];
    if (i % 3 == static_cast<int>(lane) % 3) {
      gate_.hold(lane);
      for (int& each : own_) {
        ++each;  // as a handler touches elements of any lane
      }
      ++alone_;
      ++after_;
      gate_.release(lane);
      ++own_[lane];
    }
    if (lane == 0 && i % 16 == 0) {
      gate_.hold_between(lane);
      ++alone_;
      for (int& each : own_) {
        ++each;
      }
      gate_.release(lane);
    }
    if (i % 7 == 0) {
      gate_.leave(lane);
      gate_.enter(lane);
    }
  }

  void run() {
    std::vector<std::jthread> threads;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      threads.emplace_back([this, lane] {
        gate_.enter(lane);
        for (int i = 0; i < kTurns; ++i) {
          turn(lane, i);
        }
        gate_.leave(lane);
      });
    }
  }

  Gate gate_{kLanes};
  std::array<int, kLanes> own_{};
  int alone_ = 0;  // holds of both kinds
  int after_ = 0;  // of the first
};

TEST_F(GateThreads, WhoRunsAloneIsAloneAndNobodyWaitsForEver) {
  run();
  int sum = 0;
  for (const int each : own_) {
    sum += each;
  }
  // One in each turn and one after each hold, and each hold counts for all.
  EXPECT_EQ(sum, static_cast<int>(kLanes) * kTurns + after_ + alone_ * static_cast<int>(kLanes));
}

// Between two turns: nobody may be inside one, not even where it waits for the gate itself.
TEST_F(GateThreads, WhoHoldsBetweenTurnsFindsNobodyInsideOne) {
  std::vector<std::jthread> threads;
  std::array<bool, kLanes> inside{};
  std::atomic<int> running{kLanes - 1};
  for (std::size_t lane = 1; lane < kLanes; ++lane) {
    threads.emplace_back([&, lane] {
      gate_.enter(lane);
      for (int i = 0; i < kTurns; ++i) {
        gate_.pass(lane);
        inside[lane] = true;
        gate_.hold(lane);
        gate_.release(lane);
        inside[lane] = false;
      }
      gate_.leave(lane);
      --running;
    });
  }
  gate_.enter(0);
  while (running != 0) {
    gate_.pass(0);
    gate_.hold_between(0);
    EXPECT_EQ(inside, (std::array<bool, kLanes>{}));
    gate_.release(0);
  }
  gate_.leave(0);
}

}  // namespace
}  // namespace superfluid::hostgraph
