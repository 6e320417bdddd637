// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/layout.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace superfluid::graphs {
namespace {

constexpr double kGapAcross = 24;  // between neighbours in a layer
constexpr double kGapDown = 44;    // between layers
constexpr double kMargin = 16;
constexpr double kPassingWidth = 8;  // of a line in a layer that it passes
constexpr double kAround = 14;       // how far a line that closes a cycle keeps from its boxes
constexpr double kStraightness = 8;  // how much more a passing line resists a bend than a box
constexpr int kOrderSweeps = 8;
constexpr int kPlaceSweeps = 12;
constexpr std::uint32_t kNoBox = 0xffffffff;

// A box, or a line where it passes a layer.
struct Place {
  std::uint32_t box = kNoBox;
  std::uint32_t layer = 0;
  std::size_t order = 0;  // in its layer
  double width = kPassingWidth;
  double center = 0;
  double wanted = 0;
};

// Joins places of two layers that follow each other. The offsets are distances from the centers.
struct Piece {
  std::size_t upper;
  std::size_t lower;
  double upper_offset = 0;
  double lower_offset = 0;
};

class LayeredLayout {
 public:
  LayeredLayout(std::span<const Box> boxes, std::span<const Line> lines)
      : boxes_(boxes), lines_(lines), against_(lines.size()), paths_(lines.size()) {}

  base::Result<Layout> run() {
    break_cycles();
    choose_layers();
    SF_CHECKED(add_places());
    order_layers();
    place_across();
    return finish();
  }

 private:
  bool is_loop(std::size_t line) const { return lines_[line].from == lines_[line].to; }
  std::uint32_t upper_box(std::size_t line) const {
    return against_[line] ? lines_[line].to : lines_[line].from;
  }
  std::uint32_t lower_box(std::size_t line) const {
    return against_[line] ? lines_[line].from : lines_[line].to;
  }

  void break_cycles();
  void choose_layers();
  base::Status add_places();
  void add_path(std::size_t line);
  void order_layers();
  void order_by_neighbours(bool down);
  std::size_t crossings() const;
  void number_layers();
  void place_across();
  void want_near_neighbours(std::size_t at, bool upper, bool lower);
  void settle(std::vector<std::size_t>& layer);
  Layout finish();
  std::vector<Point> route_of(std::size_t line, const std::vector<Point>& corners) const;

  struct Band {
    double top;
    double bottom;
  };

  std::span<const Box> boxes_;
  std::span<const Line> lines_;
  std::vector<bool> against_;  // lines that close a cycle: they run upwards
  std::vector<std::uint32_t> layer_of_;
  std::vector<Place> places_;  // the boxes first
  std::vector<Piece> pieces_;
  std::vector<std::vector<std::size_t>> above_;  // pieces that end at each place
  std::vector<std::vector<std::size_t>> below_;
  std::vector<std::vector<std::size_t>> paths_;   // places that each line passes, downwards
  std::vector<std::vector<std::size_t>> layers_;  // places in their order
  std::vector<Band> bands_;                       // of each layer
  double left_ = 0;                               // what becomes the picture's left edge
};

// A line that leads back to a box on the path that is being walked closes a cycle.
void LayeredLayout::break_cycles() {
  std::vector<std::vector<std::size_t>> leaving(boxes_.size());
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    leaving[lines_[i].from].push_back(i);
  }
  enum : char { kNew, kOnPath, kDone };
  std::vector<char> state(boxes_.size(), kNew);
  std::vector<std::size_t> next(boxes_.size());
  std::vector<std::uint32_t> path;
  for (std::uint32_t start = 0; start < boxes_.size(); ++start) {
    if (state[start] == kNew) {
      state[start] = kOnPath;
      path.push_back(start);
    }
    while (!path.empty()) {
      const std::uint32_t at = path.back();
      if (next[at] == leaving[at].size()) {
        state[at] = kDone;
        path.pop_back();
        continue;
      }
      const std::size_t line = leaving[at][next[at]++];
      const std::uint32_t to = lines_[line].to;
      against_[line] = state[to] == kOnPath && !is_loop(line);
      if (state[to] == kNew) {
        state[to] = kOnPath;
        path.push_back(to);
      }
    }
  }
}

void LayeredLayout::choose_layers() {
  layer_of_.assign(boxes_.size(), 0);
  std::vector<std::size_t> missing(boxes_.size());
  std::vector<std::vector<std::uint32_t>> leads_to(boxes_.size());
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (!is_loop(i)) {
      leads_to[upper_box(i)].push_back(lower_box(i));
      ++missing[lower_box(i)];
    }
  }
  const std::vector<std::size_t> arriving = missing;
  std::vector<std::uint32_t> ready;
  for (std::uint32_t box = 0; box < boxes_.size(); ++box) {
    if (missing[box] == 0) {
      ready.push_back(box);
    }
  }
  for (std::size_t i = 0; i < ready.size(); ++i) {
    for (const std::uint32_t lower : leads_to[ready[i]]) {
      layer_of_[lower] = std::max(layer_of_[lower], layer_of_[ready[i]] + 1);
      if (--missing[lower] == 0) {
        ready.push_back(lower);
      }
    }
  }
  // What nothing leads to stands right above what it leads to.
  for (std::uint32_t box = 0; box < boxes_.size(); ++box) {
    if (arriving[box] == 0 && !leads_to[box].empty()) {
      std::uint32_t nearest = layer_of_[leads_to[box].front()];
      for (const std::uint32_t lower : leads_to[box]) {
        nearest = std::min(nearest, layer_of_[lower]);
      }
      layer_of_[box] = nearest - 1;
    }
  }
}

base::Status LayeredLayout::add_places() {
  for (std::uint32_t box = 0; box < boxes_.size(); ++box) {
    places_.push_back({.box = box, .layer = layer_of_[box], .width = boxes_[box].width});
  }
  std::size_t count = places_.size();
  for (std::size_t line = 0; line < lines_.size(); ++line) {
    count += layer_of_[lower_box(line)] - layer_of_[upper_box(line)];
    if (count > kPlacesMax) {
      return base::fail(base::ErrorCode::kExhausted, "the graph is too large to be drawn")
          .try_this("draw a part of it");
    }
  }
  for (std::size_t line = 0; line < lines_.size(); ++line) {
    if (!is_loop(line)) {
      add_path(line);
    }
  }
  above_.resize(places_.size());
  below_.resize(places_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    above_[pieces_[i].lower].push_back(i);
    below_[pieces_[i].upper].push_back(i);
  }
  layers_.resize(places_.empty() ? 0 : 1 + std::ranges::max(places_, {}, &Place::layer).layer);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    layers_[places_[i].layer].push_back(i);
  }
  return {};
}

void LayeredLayout::add_path(std::size_t line) {
  const std::uint32_t top = upper_box(line);
  const std::uint32_t bottom = lower_box(line);
  const double from = lines_[line].from_at - boxes_[lines_[line].from].width / 2;
  const double to = lines_[line].to_at - boxes_[lines_[line].to].width / 2;
  std::size_t last = top;
  double last_offset = against_[line] ? to : from;
  for (std::uint32_t layer = layer_of_[top] + 1; layer < layer_of_[bottom]; ++layer) {
    places_.push_back({.layer = layer});
    const std::size_t passing = places_.size() - 1;
    paths_[line].push_back(passing);
    pieces_.push_back({.upper = last, .lower = passing, .upper_offset = last_offset});
    last = passing;
    last_offset = 0;
  }
  pieces_.push_back({.upper = last,
                     .lower = bottom,
                     .upper_offset = last_offset,
                     .lower_offset = against_[line] ? from : to});
}

void LayeredLayout::number_layers() {
  for (const std::vector<std::size_t>& layer : layers_) {
    for (std::size_t i = 0; i < layer.size(); ++i) {
      places_[layer[i]].order = i;
    }
  }
}

// Each place goes where the middle of its neighbours in the layer before is, again and again, down
// and up; the best order met is kept.
void LayeredLayout::order_layers() {
  number_layers();
  auto best = layers_;
  std::size_t fewest = crossings();
  for (int sweep = 0; sweep < kOrderSweeps && fewest != 0; ++sweep) {
    order_by_neighbours(sweep % 2 == 0);
    const std::size_t now = crossings();
    if (now < fewest) {
      fewest = now;
      best = layers_;
    }
  }
  layers_ = std::move(best);
  number_layers();
}

void LayeredLayout::order_by_neighbours(bool down) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    std::vector<std::size_t>& layer = layers_[down ? i : layers_.size() - 1 - i];
    for (const std::size_t at : layer) {
      const std::vector<std::size_t>& pieces = down ? above_[at] : below_[at];
      double sum = 0;
      for (const std::size_t piece : pieces) {
        const std::size_t other = down ? pieces_[piece].upper : pieces_[piece].lower;
        const double offset = down ? pieces_[piece].upper_offset : pieces_[piece].lower_offset;
        // Ports of one box are told apart by where they are on its edge.
        sum += static_cast<double>(places_[other].order) + 0.5 * offset / places_[other].width;
      }
      places_[at].wanted = pieces.empty() ? static_cast<double>(places_[at].order)
                                          : sum / static_cast<double>(pieces.size());
    }
    std::ranges::sort(layer, {}, [&](std::size_t at) {
      return std::pair(places_[at].wanted, places_[at].order);
    });
    for (std::size_t order = 0; order < layer.size(); ++order) {
      places_[layer[order]].order = order;
    }
  }
}

// Between each two layers: pieces in the order of their upper ends, counted against those before
// that end further right (a Fenwick tree over the lower ends).
std::size_t LayeredLayout::crossings() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
    std::vector<std::size_t> tree(layers_[i + 1].size() + 1);
    std::size_t before = 0;
    for (const std::size_t upper : layers_[i]) {
      std::vector<std::size_t> ends;
      for (const std::size_t piece : below_[upper]) {
        ends.push_back(places_[pieces_[piece].lower].order);
      }
      for (const std::size_t end : ends) {
        std::size_t not_right = 0;
        for (std::size_t at = end + 1; at != 0; at &= at - 1) {
          not_right += tree[at];
        }
        count += before - not_right;
      }
      for (const std::size_t end : ends) {
        for (std::size_t at = end + 1; at < tree.size(); at += at & (~at + 1)) {
          ++tree[at];
        }
      }
      before += ends.size();
    }
  }
  return count;
}

void LayeredLayout::place_across() {
  for (std::vector<std::size_t>& layer : layers_) {
    settle(layer);  // from left to right, as a beginning
  }
  for (int sweep = 0; sweep < kPlaceSweeps; ++sweep) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const bool down = sweep % 2 == 0;
      std::vector<std::size_t>& layer = layers_[down ? i : layers_.size() - 1 - i];
      const bool both = sweep >= kPlaceSweeps - 2;
      for (const std::size_t at : layer) {
        want_near_neighbours(at, down || both, !down || both);
      }
      settle(layer);
    }
  }
}

// Above its lower neighbours, below its upper ones, so that lines are straight.
void LayeredLayout::want_near_neighbours(std::size_t at, bool upper, bool lower) {
  double sum = 0;
  std::size_t count = 0;
  if (upper || below_[at].empty()) {
    for (const std::size_t p : above_[at]) {
      const Piece& piece = pieces_[p];
      sum += places_[piece.upper].center + piece.upper_offset - piece.lower_offset;
    }
    count += above_[at].size();
  }
  if (lower || above_[at].empty()) {
    for (const std::size_t p : below_[at]) {
      const Piece& piece = pieces_[p];
      sum += places_[piece.lower].center + piece.lower_offset - piece.upper_offset;
    }
    count += below_[at].size();
  }
  places_[at].wanted = count == 0 ? places_[at].center : sum / static_cast<double>(count);
}

// As near to what they want as the order and the gaps allow, in the sense of least squares: places
// that would overlap form a run, and a run stands where its members want on average.
void LayeredLayout::settle(std::vector<std::size_t>& layer) {
  struct Run {
    double sum;
    double weight;
    std::size_t count;
    double at() const { return sum / weight; }
  };
  std::vector<Run> runs;
  std::vector<double> offset(layer.size());  // of each place from the first, when packed
  for (std::size_t i = 0; i < layer.size(); ++i) {
    const Place& place = places_[layer[i]];
    if (i != 0) {
      offset[i] = offset[i - 1] + (places_[layer[i - 1]].width + place.width) / 2 + kGapAcross;
    }
    const double weight = place.box == kNoBox ? kStraightness : 1;
    runs.push_back({.sum = (place.wanted - offset[i]) * weight, .weight = weight, .count = 1});
    while (runs.size() > 1 && runs[runs.size() - 2].at() >= runs.back().at()) {
      const Run last = runs.back();
      runs.pop_back();
      runs.back().sum += last.sum;
      runs.back().weight += last.weight;
      runs.back().count += last.count;
    }
  }
  std::size_t i = 0;
  for (const Run& run : runs) {
    for (const std::size_t end = i + run.count; i < end; ++i) {
      places_[layer[i]].center = run.at() + offset[i];
    }
  }
}

Layout LayeredLayout::finish() {
  Layout layout;
  double left = 0;
  double right = 0;
  for (const Place& place : places_) {
    left = std::min(left, place.center - place.width / 2);
    right = std::max(right, place.center + place.width / 2);
  }
  left_ = left - kMargin;
  layout.boxes.resize(boxes_.size());
  layout.width = right - left + 2 * kMargin;
  double y = kMargin;
  for (const std::vector<std::size_t>& layer : layers_) {
    double height = 0;
    for (const std::size_t at : layer) {
      if (places_[at].box != kNoBox) {
        const Box& box = boxes_[places_[at].box];
        layout.boxes[places_[at].box] = {places_[at].center - box.width / 2 - left_, y};
        height = std::max(height, box.height);
      }
    }
    bands_.push_back({y, y + height});
    y += height + kGapDown;
  }
  layout.height = boxes_.empty() ? 2 * kMargin : y - kGapDown + kMargin + kAround;
  for (std::size_t line = 0; line < lines_.size(); ++line) {
    layout.routes.push_back(route_of(line, layout.boxes));
    for (const Point& point : layout.routes.back()) {
      layout.width = std::max(layout.width, point.x + kMargin);
    }
  }
  return layout;
}

std::vector<Point> LayeredLayout::route_of(std::size_t line,
                                           const std::vector<Point>& corners) const {
  const Line& ends = lines_[line];
  const Point from{corners[ends.from].x + ends.from_at,
                   corners[ends.from].y + boxes_[ends.from].height};
  const Point to{corners[ends.to].x + ends.to_at, corners[ends.to].y};
  std::vector<Point> passed;
  for (const std::size_t at : paths_[line]) {
    const double x = places_[at].center - left_;
    passed.push_back({x, bands_[places_[at].layer].top});
    passed.push_back({x, bands_[places_[at].layer].bottom});
  }
  std::vector<Point> route{from};
  const bool upwards = against_[line] || is_loop(line);
  if (upwards) {  // out below the box, up beside it
    const double beside = corners[ends.from].x + boxes_[ends.from].width + kAround;
    route.push_back({from.x, from.y + kAround});
    route.push_back({beside, from.y + kAround});
    route.push_back({beside, corners[ends.from].y - kAround});
    std::ranges::reverse(passed);
  }
  route.insert(route.end(), passed.begin(), passed.end());
  if (against_[line]) {  // and in above the other
    const double beside = corners[ends.to].x + boxes_[ends.to].width + kAround;
    route.push_back({beside, to.y + boxes_[ends.to].height + kAround});
    route.push_back({beside, to.y - kAround});
  }
  if (upwards) {
    route.push_back({to.x, to.y - kAround});
  }
  route.push_back(to);
  return route;
}

}  // namespace

base::Result<Layout> lay_out(std::span<const Box> boxes, std::span<const Line> lines) {
  return LayeredLayout(boxes, lines).run();
}

}  // namespace superfluid::graphs
