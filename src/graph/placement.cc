// SPDX-License-Identifier: Apache-2.0
#include "graph/placement.h"

#include <algorithm>
#include <utility>

namespace superfluid::graph {
namespace {

constexpr std::uint32_t kNobody = 0xffffffff;

// Which elements belong together: each has a leader, the first of its group.
class Groups {
 public:
  explicit Groups(std::size_t elements) : leader_(elements) {
    for (std::uint32_t i = 0; i < elements; ++i) {
      leader_[i] = i;
    }
  }

  std::uint32_t of(std::uint32_t element) {
    while (leader_[element] != element) {
      leader_[element] = leader_[leader_[element]];
      element = leader_[element];
    }
    return element;
  }

  void join(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t one = of(a);
    const std::uint32_t other = of(b);
    leader_[std::max(one, other)] = std::min(one, other);
  }

 private:
  std::vector<std::uint32_t> leader_;
};

class Placer {
 public:
  explicit Placer(const PlacementRequest& request)
      : request_(request),
        groups_(request.elements),
        decider_(request.elements, kNobody),
        lane_(request.elements) {}

  Placement run() {
    for (const ElementPair& pair : request_.together) {
      groups_.join(pair.a, pair.b);
    }
    hear_wishes(true);
    hear_wishes(false);
    place_starters();
    follow_pushes();
    Placement placement;
    for (std::uint32_t i = 0; i < request_.elements; ++i) {
      placement.lanes.push_back(lane_[groups_.of(i)].value_or(0));
      if (request_.begins_turns[i] && request_.wishes[i] &&
          *request_.wishes[i] != placement.lanes[i]) {
        placement.overruled.push_back({i, decider_[groups_.of(i)]});
      }
    }
    return placement;
  }

 private:
  void hear_wishes(bool of_starters) {
    for (std::uint32_t i = 0; i < request_.elements; ++i) {
      const std::uint32_t group = groups_.of(i);
      if (request_.wishes[i] && request_.begins_turns[i] == of_starters && !lane_[group]) {
        lane_[group] = request_.wishes[i];
        decider_[group] = i;
      }
    }
  }

  void place_starters() {
    for (std::uint32_t i = 0; i < request_.elements; ++i) {
      const std::uint32_t group = groups_.of(i);
      if (request_.begins_turns[i] && !lane_[group]) {
        lane_[group] = 0;
      }
    }
  }

  // From all groups that are placed, the lowest lane first, as far as groups without one reach.
  void follow_pushes() {
    std::vector<std::vector<std::uint32_t>> next(request_.elements);
    for (const ElementPair& push : request_.pushes) {
      next[groups_.of(push.a)].push_back(groups_.of(push.b));
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> placed;  // lane, group
    for (std::uint32_t i = 0; i < request_.elements; ++i) {
      if (groups_.of(i) == i && lane_[i]) {
        placed.emplace_back(*lane_[i], i);
      }
    }
    std::ranges::sort(placed);
    for (const auto& [lane, start] : placed) {
      std::vector<std::uint32_t> open{start};
      while (!open.empty()) {
        const std::uint32_t group = open.back();
        open.pop_back();
        for (const std::uint32_t each : next[group]) {
          if (!lane_[each]) {
            lane_[each] = lane;
            open.push_back(each);
          }
        }
      }
    }
  }

  const PlacementRequest& request_;
  Groups groups_;
  std::vector<std::uint32_t> decider_;              // of each group, whose wish it follows
  std::vector<std::optional<std::uint32_t>> lane_;  // of each group
};

}  // namespace

Placement place(const PlacementRequest& request) { return Placer(request).run(); }

}  // namespace superfluid::graph
