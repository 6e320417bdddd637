// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "base/text.h"
#include "superfluid/graph/labels.h"
#include "superfluid/graph/picture.h"

namespace superfluid::graphs {

using base::cat;
using cli::Style;

namespace {

constexpr int kDepthMax = 24;  // what is nested deeper begins again at the left

class Outline {
 public:
  Outline(const graph::Router& router, const cli::Terminal& terminal)
      : router_(router),
        flat_(router.graph()),
        terminal_(terminal),
        leaving_(flat_.elements.size()),
        has_input_(flat_.elements.size()),
        shown_(flat_.elements.size()),
        deferred_(flat_.elements.size()) {
    for (const graph::FlatConnection& each : flat_.connections) {
      leaving_[each.from].push_back(&each);
      has_input_[each.to] = true;
    }
  }

  std::string write() {
    // From where packets begin; then what was nested too deep; then circles that nothing enters.
    for (const bool with_inputs : {false, true}) {
      for (std::uint32_t i = 0; i < flat_.elements.size(); ++i) {
        if (has_input_[i] == with_inputs) {
          begin(i);
        }
        while (!later_.empty()) {
          const std::uint32_t next = later_.back();
          later_.pop_back();
          begin(next);
        }
      }
    }
    return std::move(text_);
  }

 private:
  void begin(std::uint32_t root) {
    if (!shown_[root]) {
      text_ += text_.empty() ? "" : "\n";
      text_ += cat(shown_text(root), '\n');
      walk(root, "", 0);
    }
  }

  std::string shown_text(std::uint32_t i) {
    shown_[i] = true;
    return terminal_.styled(Style::kStrong, cli::printable(short_text(flat_.elements[i])));
  }

  // The arrow, and the element that it leads to. True when that one is to be walked from here.
  bool arrive(const graph::FlatConnection& by, int depth) {
    const bool pushed = router_.elements()[by.from]->output(by.from_port).connected();
    text_ += terminal_.styled(Style::kGood, pushed ? "→" : "⇢");
    text_ += ' ';
    if (router_.elements()[by.to]->inputs() > 1) {
      text_ += cat('[', by.to_port, ']');
    }
    const std::string name = cli::printable(flat_.elements[by.to].name);
    if (shown_[by.to] || deferred_[by.to]) {
      text_ +=
          cat(name, terminal_.styled(Style::kFaint, shown_[by.to] ? " (above)" : " (below)"), '\n');
      return false;
    }
    if (depth >= kDepthMax) {
      deferred_[by.to] = true;
      later_.push_back(by.to);
      text_ += cat(name, terminal_.styled(Style::kFaint, " (below)"), '\n');
      return false;
    }
    text_ += cat(shown_text(by.to), '\n');
    return true;
  }

  // What follows an element that was just written, each line after `margin`.
  void walk(std::uint32_t at, const std::string& margin, int depth) {
    while (leaving_[at].size() == 1 && router_.elements()[at]->outputs() == 1) {
      const graph::FlatConnection& only = *leaving_[at].front();
      text_ += margin;
      if (!arrive(only, depth)) {
        return;
      }
      at = only.to;
    }
    for (std::size_t i = 0; i < leaving_[at].size(); ++i) {
      const graph::FlatConnection& branch = *leaving_[at][i];
      const bool last = i + 1 == leaving_[at].size();
      const std::string port = cat(branch.from_port);
      text_ += cat(margin, last ? "└ " : "├ ", port, ' ');
      if (arrive(branch, depth)) {
        walk(branch.to, cat(margin, last ? " " : "│", std::string(port.size() + 2, ' ')),
             depth + 1);
      }
    }
  }

  const graph::Router& router_;
  const graph::FlatGraph& flat_;
  const cli::Terminal& terminal_;
  std::vector<std::vector<const graph::FlatConnection*>> leaving_;
  std::vector<bool> has_input_;
  std::vector<bool> shown_;
  std::vector<bool> deferred_;  // will stand at the left
  std::vector<std::uint32_t> later_;
  std::string text_;
};

}  // namespace

std::string outline_of(const graph::Router& router, const cli::Terminal& terminal) {
  return Outline(router, terminal).write();
}

}  // namespace superfluid::graphs
