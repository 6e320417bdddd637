// SPDX-License-Identifier: Apache-2.0
#include "agent/shell_pool.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"

namespace superfluid::agent {
namespace {

constexpr base::Duration kRetryFirst = base::milliseconds(200);
constexpr unsigned kRetryDoublings = 7;
// A machine that comes back has its last image in place, and one that was ordered in its stead has
// nothing: where starts and ends take turns, it is the former that the next start is to have.
constexpr std::size_t kKeptPerWanted = 2;
constexpr base::Duration kCalm = base::seconds(5);

}  // namespace

ShellPool::ShellPool(os::EventLoop& loop, const base::Clock& clock, MachineSource& source,
                     const Options& options)
    : loop_(loop), clock_(clock), source_(source), options_(options) {}

void ShellPool::keep(const vmm::ShellSize& size) { sorts_.try_emplace(size); }

// The one that came back last with the image in place. Else one without any; else the one whose
// image nobody has wanted for longest: graphs that are started in turns must not take the same
// machine from each other, each of which then has all its memory yet to touch.
std::vector<MachinePtr>::iterator ShellPool::choose(Sort& sort,
                                                    const std::optional<ImageKey>& image) const {
  const auto last_of = [&](const MachinePtr& machine) -> std::optional<ImageKey> {
    const auto last = last_images_.find(machine->id());
    return last == last_images_.end() ? std::nullopt : std::optional(last->second);
  };
  const auto same = std::ranges::find(sort.idle.rbegin(), sort.idle.rend(), image, last_of);
  if (same != sort.idle.rend()) {
    return std::prev(same.base());
  }
  const auto empty = std::ranges::find(sort.idle, std::optional<ImageKey>(), last_of);
  return empty == sort.idle.end() ? sort.idle.begin() : empty;
}

void ShellPool::hand_out(MachinePtr machine, const std::optional<ImageKey>& image,
                         const Taker& taker) {
  if (image) {
    last_images_[machine->id()] = *image;
  } else {
    last_images_.erase(machine->id());
  }
  taker(std::move(machine));
}

void ShellPool::take(const vmm::ShellSize& size, const std::optional<ImageKey>& image,
                     Taker taker) {
  Sort& sort = sorts_[size];
  sort.rate.arrived(clock_.now());
  if (!sort.idle.empty()) {
    const auto chosen = choose(sort, image);
    MachinePtr machine = std::move(*chosen);
    sort.idle.erase(chosen);
    hand_out(std::move(machine), image, taker);
    return;
  }
  if (closed_ || sort.waiting.size() >= options_.waiting_max) {
    taker(
        base::fail(base::ErrorCode::kExhausted, "too many starts wait for a machine")
            .try_this("start fewer at a time, or keep more machines ready: superfluid up --pool"));
    return;
  }
  sort.waiting.push_back({image, std::move(taker), clock_.now() + options_.wait_max});
  refill(size, sort);
  watch_deadlines();
}

void ShellPool::give_back(MachinePtr machine) {
  Sort& sort = sorts_[machine->size()];
  machine->listen({});
  if (!sort.waiting.empty()) {
    const Waiting first = std::move(sort.waiting.front());
    sort.waiting.pop_front();
    hand_out(std::move(machine), first.image, first.taker);
    return;
  }
  if (closed_ || sort.idle.size() >= kept_at_most(sort)) {
    // Far too many: ended, and told of by gone().
    if (base::Status killed = machine->kill(); !killed) {
      sort.idle.push_back(std::move(machine));
    }
    return;
  }
  sort.idle.push_back(std::move(machine));
}

PoolView ShellPool::view_of(const Sort& sort) const {
  return {.idle = static_cast<std::uint32_t>(sort.idle.size()),
          .ordered = sort.ordered,
          .waiting = static_cast<std::uint32_t>(sort.waiting.size()),
          .arrivals_per_s = sort.rate.per_second(clock_.now()),
          .machines = static_cast<std::uint32_t>(machines_ + orders_.size())};
}

void ShellPool::refill() {
  bool has_many = false;
  for (auto& [size, sort] : sorts_) {
    refill(size, sort);
    has_many |= sort.idle.size() > kKeptPerWanted * options_.limits.level;
  }
  if (has_many && !closed_ && !std::exchange(will_trim_, true)) {
    calm_ = loop_.after(kCalm, [this] { trim(); });
  }
}

std::size_t ShellPool::kept_at_most(const Sort& sort) const {
  return kKeptPerWanted * std::size_t{level_wanted(view_of(sort), options_.limits)};
}

void ShellPool::trim() {
  will_trim_ = false;
  for (auto& [size, sort] : sorts_) {
    while (sort.idle.size() > kept_at_most(sort)) {
      const MachinePtr oldest = sort.idle.front();
      sort.idle.erase(sort.idle.begin());
      static_cast<void>(oldest->kill());  // told of by gone()
    }
  }
  refill();
}

void ShellPool::refill(const vmm::ShellSize& size, Sort& sort) {
  if (closed_ || pausing_) {
    return;
  }
  const std::uint32_t count = shells_to_order(view_of(sort), options_.limits);
  if (count == 0) {
    return;
  }
  sort.ordered += count;
  orders_.insert(orders_.end(), count, size);
  if (base::Status ordered = source_.order(size, count); !ordered) {
    sort.ordered -= count;
    orders_.resize(orders_.size() - count, size);
    // Not from here: a taker that is refused may take again.
    pausing_ = true;
    loop_.post([this, error = ordered.error()] { pause(error); });
  }
}

void ShellPool::warm(MachinePtr machine) {
  failures_ = 0;
  ++machines_;
  const auto order = std::ranges::find(orders_, machine->size());
  if (order != orders_.end()) {
    --sorts_[*order].ordered;
    orders_.erase(order);
  }
  give_back(std::move(machine));
  refill();
}

void ShellPool::failed(const base::Error& error) {
  if (!orders_.empty()) {
    --sorts_[orders_.front()].ordered;
    orders_.pop_front();
  }
  pause(error);
}

void ShellPool::pause(const base::Error& error) {
  const unsigned doublings = std::min(failures_++, kRetryDoublings);
  pausing_ = true;
  retry_ = loop_.after(kRetryFirst * (std::int64_t{1} << doublings), [this] {
    pausing_ = false;
    refill();
  });
  refuse_all(error);
}

void ShellPool::refuse_all(const base::Error& why) {
  for (auto& [size, sort] : sorts_) {
    for (Waiting& waiting : std::exchange(sort.waiting, {})) {
      waiting.taker(base::fail(why.code(), "no machine can be made")
                        .caused_by(why)
                        .try_this(why.best_remedy().empty() ? "superfluid doctor"
                                                            : std::string(why.best_remedy())));
    }
  }
}

void ShellPool::gone(Machine::Id id) {
  machines_ -= machines_ != 0;
  last_images_.erase(id);
  for (auto& [size, sort] : sorts_) {
    std::erase_if(sort.idle, [&](const MachinePtr& machine) { return machine->id() == id; });
  }
}

void ShellPool::close(const base::Error& why) {
  closed_ = true;
  refuse_all(why);
}

std::size_t ShellPool::idle() const {
  std::size_t count = 0;
  for (const auto& [size, sort] : sorts_) {
    count += sort.idle.size();
  }
  return count;
}

void ShellPool::watch_deadlines() {
  std::optional<base::Instant> first;
  for (const auto& [size, sort] : sorts_) {
    if (!sort.waiting.empty() && (!first || sort.waiting.front().deadline < *first)) {
      first = sort.waiting.front().deadline;
    }
  }
  deadline_.reset();
  if (first) {
    deadline_ = loop_.at(*first, [this] { refuse_late(); });
  }
}

void ShellPool::refuse_late() {
  const base::Instant now = clock_.now();
  for (auto& [size, sort] : sorts_) {
    while (!sort.waiting.empty() && sort.waiting.front().deadline <= now) {
      Taker taker = std::move(sort.waiting.front().taker);
      sort.waiting.pop_front();
      taker(base::fail(base::ErrorCode::kTimedOut, "no machine became free in time")
                .try_this("start fewer at a time, or keep more ready: superfluid up --pool N"));
    }
  }
  watch_deadlines();
}

}  // namespace superfluid::agent
