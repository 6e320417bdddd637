// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "superfluid/graph/labels.h"
#include "superfluid/graph/layout.h"
#include "superfluid/graph/picture.h"

namespace superfluid::graphs {

using base::cat;

namespace {

constexpr double kLetterWidth = 7.3;  // of the monospaced 12 pixels below, a little generous
constexpr double kLineHeight = 16;
constexpr double kPadding = 10;
constexpr double kPortGap = 14;  // least distance between ports
constexpr double kLegendHeight = 24;

constexpr std::string_view kStyle =
    "text{font:12px ui-monospace,monospace;fill:#1b1f24}"
    ".name{font-weight:bold}"
    "rect{fill:#f6f8fa;stroke:#57606a}"
    "path{fill:none;stroke:#57606a;stroke-width:1.4}"
    ".pull{stroke-dasharray:5 4}"
    ".port{fill:#57606a;stroke:#57606a;stroke-width:1.4;stroke-dasharray:none}"
    ".port.pull{fill:#ffffff}"
    ".sheet{fill:#ffffff;stroke:none}";

std::string number(double value) {
  const auto tenths = static_cast<long long>(std::llround(value * 10));
  const long long whole = tenths < 0 ? -tenths : tenths;
  return cat(tenths < 0 ? "-" : "", whole / 10, whole % 10 == 0 ? "" : cat('.', whole % 10));
}

// Text between tags or in an attribute.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : cli::printable(text)) {
    switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += c;
    }
  }
  return safe;
}

// Letters, not bytes: what is not the first byte of a letter takes no place.
double width_of(std::string_view text) {
  const auto letters = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  return static_cast<double>(letters) * kLetterWidth;
}

class Drawing {
 public:
  explicit Drawing(const graph::Router& router) : router_(router), flat_(router.graph()) {}

  base::Result<std::string> draw();

 private:
  std::size_t ports_of(std::size_t i, bool in) const {
    const graph::Element& element = *router_.elements()[i];
    return in ? element.inputs() : element.outputs();
  }
  double port_at(std::size_t i, bool in, std::uint32_t port) const {
    return boxes_[i].width * (port + 1) / static_cast<double>(ports_of(i, in) + 1);
  }
  bool is_pulled(const graph::FlatConnection& connection) const {
    return !router_.elements()[connection.from]->output(connection.from_port).connected();
  }

  void measure();
  void draw_line(const graph::FlatConnection& connection, const std::vector<Point>& route);
  void draw_box(std::size_t i, Point corner);
  void draw_ports(const graph::FlatConnection& connection, const std::vector<Point>& route);
  void draw_legend(double y);

  const graph::Router& router_;
  const graph::FlatGraph& flat_;
  std::vector<Label> labels_;
  std::vector<Box> boxes_;
  std::string svg_;
};

void Drawing::measure() {
  for (std::size_t i = 0; i < flat_.elements.size(); ++i) {
    labels_.push_back(label_of(flat_.elements[i]));
    const double text = std::max(width_of(labels_[i].name), width_of(labels_[i].what));
    const double ports = static_cast<double>(std::max(ports_of(i, true), ports_of(i, false)) + 1);
    boxes_.push_back({.width = std::max(text + 2 * kPadding, ports * kPortGap),
                      .height = (labels_[i].name.empty() ? 1 : 2) * kLineHeight + kPadding});
  }
}

base::Result<std::string> Drawing::draw() {
  measure();
  std::vector<Line> lines;
  for (const graph::FlatConnection& each : flat_.connections) {
    lines.push_back({.from = each.from,
                     .to = each.to,
                     .from_at = port_at(each.from, false, each.from_port),
                     .to_at = port_at(each.to, true, each.to_port)});
  }
  SF_TRY(layout, lay_out(boxes_, lines));
  const double width = std::max(layout.width, 300.0);
  const double height = layout.height + kLegendHeight;
  svg_ = cat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", number(width), "\" height=\"",
             number(height), "\" viewBox=\"0 0 ", number(width), ' ', number(height),
             "\">\n<style>", kStyle, "</style>\n<rect class=\"sheet\" width=\"", number(width),
             "\" height=\"", number(height), "\"/>\n");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    draw_line(flat_.connections[i], layout.routes[i]);
  }
  for (std::size_t i = 0; i < boxes_.size(); ++i) {
    draw_box(i, layout.boxes[i]);
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    draw_ports(flat_.connections[i], layout.routes[i]);
  }
  draw_legend(layout.height);
  svg_ += "</svg>\n";
  return std::move(svg_);
}

void Drawing::draw_line(const graph::FlatConnection& connection, const std::vector<Point>& route) {
  svg_ += cat("<path", is_pulled(connection) ? " class=\"pull\"" : "", " d=\"M", number(route[0].x),
              ' ', number(route[0].y));
  for (std::size_t i = 1; i < route.size(); ++i) {
    const Point a = route[i - 1];
    const Point b = route[i];
    const double middle = (a.y + b.y) / 2;
    if (a.y == b.y || a.x == b.x) {
      svg_ += cat('L', number(b.x), ' ', number(b.y));
      continue;
    }
    svg_ += cat('C', number(a.x), ' ', number(middle), ' ', number(b.x), ' ', number(middle), ' ',
                number(b.x), ' ', number(b.y));
  }
  svg_ += "\"/>\n";
}

void Drawing::draw_box(std::size_t i, Point corner) {
  const Label& label = labels_[i];
  const double middle = corner.x + boxes_[i].width / 2;
  svg_ += cat("<g><title>", escaped(full_text(flat_.elements[i])), "</title><rect x=\"",
              number(corner.x), "\" y=\"", number(corner.y), "\" width=\"", number(boxes_[i].width),
              "\" height=\"", number(boxes_[i].height), "\" rx=\"4\"/>");
  double y = corner.y + kLineHeight;
  for (const bool name : {true, false}) {
    const std::string& text = name ? label.name : label.what;
    if (!text.empty()) {
      svg_ += cat("<text", name ? " class=\"name\"" : "", " text-anchor=\"middle\" x=\"",
                  number(middle), "\" y=\"", number(y), "\">", escaped(text), "</text>");
      y += kLineHeight;
    }
  }
  svg_ += "</g>\n";
}

// A small square where a line leaves, a triangle where it arrives.
void Drawing::draw_ports(const graph::FlatConnection& connection, const std::vector<Point>& route) {
  const std::string_view pull = is_pulled(connection) ? " pull" : "";
  const Point from = route.front();
  const Point to = route.back();
  svg_ += cat("<path class=\"port", pull, "\" d=\"M", number(from.x - 3), ' ', number(from.y - 3),
              "h6v6h-6z\"/><path class=\"port", pull, "\" d=\"M", number(to.x - 4), ' ',
              number(to.y - 3), "h8l-4 6z\"/>\n");
}

void Drawing::draw_legend(double y) {
  const std::string line = number(y + 8);
  const std::string text = number(y + 12);
  svg_ += cat("<path d=\"M16 ", line, "h28\"/><text x=\"50\" y=\"", text,
              "\">pushed</text><path class=\"pull\" d=\"M120 ", line, "h28\"/><text x=\"154\" y=\"",
              text, "\">pulled</text>\n");
}

}  // namespace

base::Result<std::string> svg_of(const graph::Router& router) { return Drawing(router).draw(); }

}  // namespace superfluid::graphs
