// SPDX-License-Identifier: Apache-2.0
#include "graph/paths.h"

#include <algorithm>

#include "base/text.h"
#include "graph/router.h"

namespace superfluid::graph {

const ElementClass LoopGuard::kClass{"LoopGuard", "1/1", "h/h", nullptr};

void LoopGuard::push(std::uint32_t /*port*/, Batch batch) {
  LoopState& state = lane().loops();
  if (state.depth >= kLoopsMax) {
    if (state.drops == 0) {
      router().errors().write(
          base::cat(name(), ": packets go round more than ", kLoopsMax, " times, dropped\n"));
    }
    state.drops += batch.size();
    batch.release();
    return;
  }
  ++state.depth;
  output(0).push(batch);
  --state.depth;
}

namespace {

// A depth-first walk without recursion: graphs are as deep as someone wrote them.
class Walk {
 public:
  explicit Walk(const Ways& ways) : ways_(ways), state_(ways.size()) {
    paths_.height.resize(ways.size(), 1);
  }

  Paths run() {
    for (std::uint32_t i = 0; i < ways_.size(); ++i) {
      if (state_[i] == State::kNew) {
        from(i);
      }
    }
    return std::move(paths_);
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };
  struct Step {
    std::uint32_t element;
    std::uint32_t port;  // the next to follow
  };

  void open(std::uint32_t element) {
    state_[element] = State::kOpen;
    steps_.push_back({element, 0});
  }

  void from(std::uint32_t start) {
    open(start);
    while (!steps_.empty()) {
      Step& step = steps_.back();
      if (step.port == ways_[step.element].size()) {
        close();
        continue;
      }
      const std::uint32_t port = step.port++;
      const std::uint32_t next = ways_[step.element][port];
      if (next == kNowhere) {
        continue;
      }
      switch (state_[next]) {
        case State::kNew: open(next); break;
        case State::kOpen: paths_.back_edges.push_back({step.element, port}); break;
        case State::kDone: raise(step.element, next); break;
      }
    }
  }

  void close() {
    const std::uint32_t element = steps_.back().element;
    state_[element] = State::kDone;
    steps_.pop_back();
    if (!steps_.empty()) {
      raise(steps_.back().element, element);
    }
  }

  void raise(std::uint32_t element, std::uint32_t above) {
    paths_.height[element] = std::max(paths_.height[element], paths_.height[above] + 1);
  }

  const Ways& ways_;
  std::vector<State> state_;
  std::vector<Step> steps_;
  Paths paths_;
};

}  // namespace

Paths walk(const Ways& ways) { return Walk(ways).run(); }

std::vector<std::vector<std::uint32_t>> closed_circles(std::span<const std::uint32_t> only_way) {
  std::vector<std::vector<std::uint32_t>> circles;
  std::vector<std::uint32_t> seen_from(only_way.size(), kNowhere);
  for (std::uint32_t start = 0; start < only_way.size(); ++start) {
    std::uint32_t at = start;
    while (at != kNowhere && seen_from[at] == kNowhere) {
      seen_from[at] = start;
      at = only_way[at];
    }
    if (at == kNowhere || seen_from[at] != start) {
      continue;  // an end, or elements that were looked at before
    }
    std::vector<std::uint32_t>& circle = circles.emplace_back();
    const std::uint32_t first = at;
    do {
      circle.push_back(at);
      at = only_way[at];
    } while (at != first);
  }
  return circles;
}

}  // namespace superfluid::graph
