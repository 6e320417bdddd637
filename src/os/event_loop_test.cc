// SPDX-License-Identifier: Apache-2.0
#include "os/event_loop.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "os/clock.h"
#include "os/files.h"
#include "os/unix_socket.h"

namespace superfluid::os {
namespace {

using base::milliseconds;
using base::seconds;
using ::testing::ElementsAre;

constexpr base::Duration kNow{};

class EventLoopTest : public ::testing::Test {
 protected:
  void turn() { ASSERT_TRUE(loop_->turn(kNow).has_value()); }

  base::ManualClock clock_;
  std::unique_ptr<EventLoop> loop_ = std::move(EventLoop::create(clock_).value());
  std::pair<UnixSocket, UnixSocket> ends_ =
      std::move(UnixSocket::pair(SocketKind::kStream).value());
  std::vector<int> calls_;
};

TEST_F(EventLoopTest, TimersFireInOrderAndNeverEarly) {
  const auto late = loop_->after(seconds(2), [&] { calls_.push_back(2); });
  const auto early = loop_->after(seconds(1), [&] { calls_.push_back(1); });
  const auto equal = loop_->after(seconds(1), [&] { calls_.push_back(11); });
  clock_.advance(seconds(1) - base::nanoseconds(1));
  turn();
  EXPECT_THAT(calls_, ElementsAre());
  clock_.advance(base::nanoseconds(1));
  turn();
  EXPECT_THAT(calls_, ElementsAre(1, 11));
  clock_.advance(seconds(9));
  turn();
  turn();
  EXPECT_THAT(calls_, ElementsAre(1, 11, 2));
}

TEST_F(EventLoopTest, PeriodsThatWereMissedAreSkipped) {
  const auto tick = loop_->every(seconds(1), [&] { calls_.push_back(1); });
  clock_.advance(seconds(1));
  turn();
  clock_.advance(milliseconds(5500));
  turn();
  turn();
  EXPECT_EQ(calls_.size(), 2u);
  clock_.advance(seconds(1));
  turn();
  EXPECT_EQ(calls_.size(), 3u);
}

TEST_F(EventLoopTest, ATimerMayDropItselfAndOthers) {
  Subscription other;
  Subscription self = loop_->every(seconds(1), [&] {
    calls_.push_back(1);
    self.reset();
    other.reset();
  });
  other = loop_->after(seconds(1), [&] { calls_.push_back(2); });
  clock_.advance(seconds(1));
  turn();
  clock_.advance(seconds(1));
  turn();
  EXPECT_THAT(calls_, ElementsAre(1));
}

TEST_F(EventLoopTest, ATimerThatRearmsWithoutDelayStarvesNobody) {
  Subscription again;
  std::function<void()> rearm = [&] {
    calls_.push_back(1);
    again = loop_->after(kNow, rearm);
  };
  again = loop_->after(kNow, rearm);
  turn();
  EXPECT_EQ(calls_.size(), 1u);
  turn();
  EXPECT_EQ(calls_.size(), 2u);
}

TEST_F(EventLoopTest, TellsWhatADescriptorIsReadyFor) {
  std::vector<Ready> seen;
  auto watch = loop_->watch(ends_.first.fd(), {.readable = true, .writable = true},
                            [&](Ready ready) { seen.push_back(ready); });
  ASSERT_TRUE(watch.has_value());
  turn();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_TRUE(seen[0].writable && !seen[0].readable && !seen[0].hung_up);
  ASSERT_TRUE(loop_->change(*watch, {.readable = true}).has_value());
  turn();
  EXPECT_EQ(seen.size(), 1u);
  ASSERT_TRUE(ends_.second.send(base::bytes_of("x")).has_value());
  turn();
  turn();  // level-triggered: not consumed, told again
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_TRUE(seen[2].readable);
  { const UnixSocket gone = std::move(ends_.second); }
  turn();
  EXPECT_TRUE(seen.back().hung_up);
}

TEST_F(EventLoopTest, ADroppedWatchIsNotCalledThoughItsEventWasFetched) {
  std::vector<Subscription> both(2);
  const auto drop_other = [&](std::size_t other) {
    return [this, &both, other](Ready) {
      calls_.push_back(static_cast<int>(other));
      both[other].reset();
    };
  };
  both[0] = std::move(loop_->watch(ends_.first.fd(), {.writable = true}, drop_other(1)).value());
  both[1] = std::move(loop_->watch(ends_.second.fd(), {.writable = true}, drop_other(0)).value());
  turn();
  EXPECT_EQ(calls_.size(), 1u);
}

TEST_F(EventLoopTest, AWatchMayDropItself) {
  auto alive = std::make_shared<int>(7);
  Subscription self = std::move(loop_
                                    ->watch(ends_.first.fd(), {.writable = true},
                                            [&, alive](Ready) {
                                              self.reset();
                                              calls_.push_back(*alive);  // captures still live
                                            })
                                    .value());
  turn();
  turn();
  EXPECT_THAT(calls_, ElementsAre(7));
  EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(EventLoopTest, RefusesWhatCannotBeWatched) {
  auto watch = loop_->watch(ends_.first.fd(), {}, [](Ready) {});
  ASSERT_TRUE(watch.has_value());
  EXPECT_EQ(loop_->watch(ends_.first.fd(), {}, [](Ready) {}).error().code(),
            base::ErrorCode::kConflict);
  const auto file = open_file("/proc/self/exe", O_RDONLY);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(loop_->watch(file->get(), {}, [](Ready) {}).error().code(),
            base::ErrorCode::kNotPermitted);
  EXPECT_FALSE(loop_->watch(-1, {}, [](Ready) {}).has_value());
}

TEST_F(EventLoopTest, SignalsArriveAsCallsAndAreGivenBack) {
  {
    auto first = loop_->on_signal(SIGUSR1, [&] { calls_.push_back(1); });
    auto second = loop_->on_signal(SIGUSR2, [&] { calls_.push_back(2); });
    ASSERT_TRUE(first.has_value() && second.has_value());
    EXPECT_EQ(loop_->on_signal(SIGUSR1, [] {}).error().code(), base::ErrorCode::kConflict);
    ::raise(SIGUSR2);
    ::raise(SIGUSR1);
    turn();
    EXPECT_THAT(calls_, ::testing::UnorderedElementsAre(1, 2));
  }
  sigset_t blocked;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &blocked), 0);
  EXPECT_EQ(sigismember(&blocked, SIGUSR1), 0);
  EXPECT_EQ(sigismember(&blocked, SIGUSR2), 0);
}

TEST_F(EventLoopTest, WorkPostedByWorkWaitsForTheNextTurn) {
  loop_->post([&] {
    calls_.push_back(1);
    loop_->post([&] { calls_.push_back(3); });
  });
  loop_->post([&] { calls_.push_back(2); });
  turn();
  EXPECT_THAT(calls_, ElementsAre(1, 2));
  turn();
  EXPECT_THAT(calls_, ElementsAre(1, 2, 3));
}

TEST_F(EventLoopTest, RunsUntilStoppedAndCanRunAgain) {
  for (int round = 0; round < 2; ++round) {
    loop_->post([&] {
      calls_.push_back(round);
      loop_->stop();
    });
    ASSERT_TRUE(loop_->run().has_value());
  }
  EXPECT_THAT(calls_, ElementsAre(0, 1));
}

using EventLoopDeathTest = EventLoopTest;

TEST_F(EventLoopDeathTest, OutlivesItsSubscriptions) {
  EXPECT_DEATH(
      {
        const auto timer = loop_->after(seconds(1), [] {});
        loop_.reset();
      },
      "outlives its Subscriptions");
}

TEST(EventLoopThreads, PostsOfEveryThreadArriveInItsOrder) {
  constexpr int kThreads = 3;
  constexpr int kPosts = 500;
  const SystemClock clock;
  const auto loop = std::move(EventLoop::create(clock).value());
  std::vector<int> next(kThreads);
  int arrived = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kPosts; ++i) {
        loop->post([&, thread, i] {
          EXPECT_EQ(next[static_cast<std::size_t>(thread)]++, i);
          if (++arrived == kThreads * kPosts) {
            loop->stop();
          }
        });
      }
    });
  }
  EXPECT_TRUE(loop->run().has_value());
  EXPECT_EQ(arrived, kThreads * kPosts);
}

TEST(EventLoopThreads, APostWakesALoopThatWaits) {
  const SystemClock clock;
  const auto loop = std::move(EventLoop::create(clock).value());
  int ticks = 0;
  const auto timer = loop->every(milliseconds(1), [&] { ++ticks; });
  std::jthread stopper([&] { loop->post([&] { loop->stop(); }); });
  EXPECT_TRUE(loop->run().has_value());
}

}  // namespace
}  // namespace superfluid::os
