// SPDX-License-Identifier: Apache-2.0
#include "graph/schedule.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>

#include "graph/element.h"

namespace superfluid::graph {
namespace {

using base::Duration;
using base::Instant;
using base::ManualClock;

// Tells what ran.
class Actor final : public Element {
 public:
  bool run_task(Task& task) override {
    ++turns;
    if (on_task) {
      on_task(task);
    }
    return true;
  }
  void run_timer(Timer& timer) override {
    ++turns;
    if (on_timer) {
      on_timer(timer);
    }
  }

  int turns = 0;
  std::function<void(Task&)> on_task;
  std::function<void(Timer&)> on_timer;
};

struct TaskActor {
  explicit TaskActor(Schedule& schedule) { task.attach(schedule); }
  Actor actor;
  Task task{actor};
};

struct TimerActor {
  explicit TimerActor(Schedule& schedule) { timer.attach(schedule); }
  Actor actor;
  Timer timer{actor};
};

Instant at(std::int64_t nanoseconds) { return Instant(Duration(nanoseconds)); }

TEST(Schedule, AnEmptyOneIsIdle) {
  const ManualClock clock;
  Schedule schedule(clock);
  EXPECT_FALSE(schedule.run_round(10));
  EXPECT_TRUE(schedule.idle());
  EXPECT_EQ(schedule.next_timer(), std::nullopt);
}

TEST(Schedule, RunsNoMoreTurnsThanARoundHas) {
  const ManualClock clock;
  Schedule schedule(clock);
  TaskActor a(schedule);
  a.task.schedule();
  a.task.schedule();  // once is enough
  EXPECT_TRUE(schedule.run_round(10));
  EXPECT_EQ(a.actor.turns, 10);
  a.actor.on_task = [](Task& task) { task.unschedule(); };
  EXPECT_FALSE(schedule.run_round(10));
  EXPECT_EQ(a.actor.turns, 11);
}

TEST(Schedule, EqualTasksTakeTurns) {
  const ManualClock clock;
  Schedule schedule(clock);
  TaskActor a(schedule);
  TaskActor b(schedule);
  std::string order;
  a.actor.on_task = [&](Task&) { order += 'a'; };
  b.actor.on_task = [&](Task&) { order += 'b'; };
  b.task.schedule();
  a.task.schedule();
  schedule.run_round(6);
  EXPECT_EQ(order, "bababa");
}

TEST(Schedule, TurnsAreInProportionToTickets) {
  const ManualClock clock;
  Schedule schedule(clock);
  std::deque<TaskActor> actors;
  const std::uint32_t tickets[] = {1, 2, 64, 1024, 5000, Task::kTicketsMax};
  std::uint32_t all = 0;
  for (const std::uint32_t count : tickets) {
    actors.emplace_back(schedule).task.set_tickets(count);
    actors.back().task.schedule();
    all += count;
  }
  schedule.run_round(all);
  for (std::size_t i = 0; i < actors.size(); ++i) {
    // One turn more or less for each of the others.
    EXPECT_NEAR(actors[i].actor.turns, static_cast<int>(tickets[i]), 6) << tickets[i];
  }
}

TEST(Schedule, TicketsAreKeptInRange) {
  Actor actor;
  Task task(actor);
  task.set_tickets(0);
  EXPECT_EQ(task.tickets(), 1U);
  task.set_tickets(0xffffffff);
  EXPECT_EQ(task.tickets(), Task::kTicketsMax);
}

TEST(Schedule, WhoSleptGetsNoTurnsForIt) {
  const ManualClock clock;
  Schedule schedule(clock);
  TaskActor busy(schedule);
  TaskActor sleeper(schedule);
  busy.task.schedule();
  sleeper.task.schedule();
  schedule.run_round(2);
  sleeper.task.unschedule();
  schedule.run_round(1000);
  sleeper.task.schedule();
  busy.actor.turns = sleeper.actor.turns = 0;
  schedule.run_round(100);
  EXPECT_NEAR(sleeper.actor.turns, 50, 1);
  EXPECT_NEAR(busy.actor.turns, 50, 1);
}

TEST(Schedule, ATaskMayScheduleAndUnscheduleOthers) {
  const ManualClock clock;
  Schedule schedule(clock);
  TaskActor a(schedule);
  TaskActor b(schedule);
  TaskActor c(schedule);
  a.actor.on_task = [&](Task& self) {
    b.task.unschedule();
    c.task.schedule();
    self.unschedule();
  };
  a.task.schedule();
  b.task.schedule();
  EXPECT_TRUE(schedule.run_round(3));
  EXPECT_EQ(a.actor.turns, 1);
  EXPECT_EQ(b.actor.turns, 0);
  EXPECT_EQ(c.actor.turns, 2);
}

// The order of turns against a search through all tasks.
RC_GTEST_PROP(ScheduleProperty, TheTaskThatIsLeastAheadRunsNext, ()) {
  struct Model {
    bool scheduled = false;
    std::uint64_t pass = 0;
    std::uint64_t order = 0;
  };
  const ManualClock clock;
  Schedule schedule(clock);
  std::deque<TaskActor> actors;
  std::vector<Model> models(30);
  std::vector<std::size_t> ran;
  std::uint64_t order = 0;
  std::uint64_t pass = 0;
  for (std::size_t i = 0; i < models.size(); ++i) {
    actors.emplace_back(schedule).actor.on_task = [&ran, i](Task&) { ran.push_back(i); };
    actors.back().task.set_tickets(static_cast<std::uint32_t>(1 + i * i * 37));
  }
  const auto run_model = [&] {
    std::size_t best = models.size();
    for (std::size_t i = 0; i < models.size(); ++i) {
      if (models[i].scheduled &&
          (best == models.size() || std::pair(models[i].pass, models[i].order) <
                                        std::pair(models[best].pass, models[best].order))) {
        best = i;
      }
    }
    pass = models[best].pass;
    models[best].pass += (1 << 24) / actors[best].task.tickets();
    models[best].order = ++order;
    return best;
  };
  for (const std::uint8_t step : *rc::gen::arbitrary<std::vector<std::uint8_t>>()) {
    const std::size_t i = step % models.size();
    if (step % 4 == 0) {
      ran.clear();
      std::vector<std::size_t> expected;
      const bool any = std::ranges::any_of(models, &Model::scheduled);
      for (std::size_t turn = 0; any && turn < std::size_t{1} + step / 16; ++turn) {
        expected.push_back(run_model());
      }
      schedule.run_round(std::size_t{1} + step / 16);
      RC_ASSERT(ran == expected);
    } else if (step % 4 == 1) {
      actors[i].task.unschedule();
      models[i].scheduled = false;
    } else if (!models[i].scheduled) {
      actors[i].task.schedule();
      models[i] = {true, std::max(models[i].pass, pass), ++order};
    }
    RC_ASSERT(schedule.idle() == !std::ranges::any_of(models, &Model::scheduled));
  }
}

TEST(Schedule, ATaskThatIsGoneIsForgotten) {
  const ManualClock clock;
  Schedule schedule(clock);
  {
    TaskActor a(schedule);
    TimerActor b(schedule);
    a.task.schedule();
    b.timer.set(at(0));
  }
  EXPECT_FALSE(schedule.run_round(10));
  EXPECT_EQ(schedule.next_timer(), std::nullopt);
}

TEST(Schedule, NowStandsStillWithinARound) {
  ManualClock clock;
  Schedule schedule(clock);
  TaskActor a(schedule);
  std::vector<Instant> seen;
  a.actor.on_task = [&](Task&) {
    seen.push_back(schedule.now());
    clock.advance(Duration(5));
  };
  a.task.schedule();
  schedule.run_round(2);
  schedule.run_round(1);
  EXPECT_EQ(seen, (std::vector{at(0), at(0), at(10)}));
}

TEST(Timers, RunOnceWhenTheirTimeHasCome) {
  ManualClock clock;
  Schedule schedule(clock);
  TimerActor a(schedule);
  a.timer.set_after(Duration(10));
  EXPECT_EQ(a.timer.when(), at(10));
  EXPECT_EQ(schedule.next_timer(), at(10));
  clock.advance(Duration(9));
  EXPECT_FALSE(schedule.run_round(1));
  EXPECT_EQ(a.actor.turns, 0);
  clock.advance(Duration(1));
  schedule.run_round(1);
  schedule.run_round(1);
  EXPECT_EQ(a.actor.turns, 1);
  EXPECT_EQ(a.timer.when(), std::nullopt);
}

TEST(Timers, SetAgainReplacesAndCancelForgets) {
  ManualClock clock;
  Schedule schedule(clock);
  TimerActor a(schedule);
  a.timer.set(at(5));
  a.timer.set(at(50));
  clock.advance(Duration(10));
  schedule.run_round(1);
  EXPECT_EQ(a.actor.turns, 0);
  a.timer.cancel();
  a.timer.cancel();
  clock.advance(Duration(100));
  schedule.run_round(1);
  EXPECT_EQ(a.actor.turns, 0);
}

TEST(Timers, OneThatIsAlwaysDueRunsOnceARound) {
  const ManualClock clock;
  Schedule schedule(clock);
  TimerActor eager(schedule);
  TaskActor task(schedule);
  eager.actor.on_timer = [&](Timer& self) { self.set(schedule.now()); };
  eager.timer.set(at(0));
  task.task.schedule();
  schedule.run_round(1);
  EXPECT_EQ(eager.actor.turns, 1);
  EXPECT_EQ(task.actor.turns, 1);
  schedule.run_round(1);
  EXPECT_EQ(eager.actor.turns, 2);
  EXPECT_EQ(task.actor.turns, 2);
}

TEST(Timers, OneThatSetsItselfIntoThePastDoesNotHoldUpOthers) {
  ManualClock clock;
  Schedule schedule(clock);
  TimerActor late(schedule);
  TimerActor other(schedule);
  late.actor.on_timer = [&](Timer& self) { self.set(at(1)); };
  late.timer.set(at(1));
  other.timer.set(at(50));
  clock.advance(Duration(100));
  schedule.run_round(1);
  EXPECT_EQ(late.actor.turns, 1);
  EXPECT_EQ(other.actor.turns, 1);
  EXPECT_EQ(late.timer.when(), at(1));
}

TEST(Timers, OneMayCancelAnotherThatIsDue) {
  const ManualClock clock;
  Schedule schedule(clock);
  TimerActor first(schedule);
  TimerActor second(schedule);
  first.actor.on_timer = [&](Timer&) { second.timer.cancel(); };
  first.timer.set(at(0));
  second.timer.set(at(0));
  schedule.run_round(1);
  EXPECT_EQ(first.actor.turns, 1);
  EXPECT_EQ(second.actor.turns, 0);
}

TEST(Timers, ADelayWithoutEndIsTheEndOfTime) {
  ManualClock clock;
  Schedule schedule(clock);
  clock.advance(Duration(100));
  schedule.run_round(1);
  TimerActor a(schedule);
  a.timer.set_after(Duration(std::numeric_limits<std::int64_t>::max()));
  schedule.run_round(1);
  EXPECT_EQ(a.actor.turns, 0);
}

// The heap against a sorted map.
RC_GTEST_PROP(TimersProperty, RunInOrderOfTheirTimes, ()) {
  ManualClock clock;
  Schedule schedule(clock);
  std::deque<TimerActor> actors;
  std::vector<std::size_t> ran;
  for (std::size_t i = 0; i < 20; ++i) {
    actors.emplace_back(schedule).actor.on_timer = [&ran, i](Timer&) { ran.push_back(i); };
  }
  // (time, order of setting) -> timer
  std::map<std::pair<std::int64_t, std::size_t>, std::size_t> model;
  const auto forget = [&](std::size_t i) {
    std::erase_if(model, [&](const auto& entry) { return entry.second == i; });
  };
  const auto steps =
      *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>());
  std::size_t order = 0;
  for (const std::uint16_t step : steps) {
    const std::size_t i = step % actors.size();
    const std::int64_t now = clock.now().since_start().count();
    if (step % 5 == 0) {
      clock.advance(Duration(step % 11));
      ran.clear();
      schedule.run_round(1);
      std::vector<std::size_t> expected;
      while (!model.empty() && model.begin()->first.first <= clock.now().since_start().count()) {
        expected.push_back(model.begin()->second);
        model.erase(model.begin());
      }
      RC_ASSERT(ran == expected);
    } else if (step % 5 == 1) {
      actors[i].timer.cancel();
      forget(i);
    } else {
      const std::int64_t when = now + step % 40;
      actors[i].timer.set(at(when));
      forget(i);
      model[{when, ++order}] = i;
    }
    RC_ASSERT(schedule.next_timer() ==
              (model.empty() ? std::nullopt : std::optional(at(model.begin()->first.first))));
  }
}

}  // namespace
}  // namespace superfluid::graph
