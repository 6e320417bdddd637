// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/turns.h"

#include "base/text.h"
#include "graph/port_spec.h"
#include "superfluid/graph/labels.h"

namespace superfluid::graphs {

using base::cat;
using cli::Style;

namespace {

class TurnFinder {
 public:
  explicit TurnFinder(const graph::Router& router)
      : router_(router),
        flat_(router.graph()),
        leaving_(flat_.elements.size()),
        entering_(flat_.elements.size()) {
    for (const graph::FlatConnection& each : flat_.connections) {
      leaving_[each.from].push_back(&each);
      entering_[each.to].push_back(&each);
    }
  }

  std::vector<Turn> run() {
    std::vector<Turn> turns;
    for (std::uint32_t i = 0; i < flat_.elements.size(); ++i) {
      Turn turn;
      turn.starter = i;
      seen_.assign(flat_.elements.size(), false);
      for (const graph::FlatConnection* each : entering_[i]) {
        if (is_pulled(*each) && !passes_on_pulls(i, each->to_port)) {
          turn.pulls = true;
          pull(*each, turn);
        }
      }
      for (const graph::FlatConnection* each : leaving_[i]) {
        if (!is_pulled(*each) && begins_pushes(i, each->from_port)) {
          turn.pushes = true;
          push(*each, turn);
        }
      }
      if ((turn.pulls || turn.pushes) && !is_idle(i)) {
        turns.push_back(std::move(turn));
      }
    }
    return turns;
  }

 private:
  const graph::Element& element(std::uint32_t i) const { return *router_.elements()[i]; }
  bool is_idle(std::uint32_t i) const { return element(i).element_class().name == "Idle"; }
  bool is_pulled(const graph::FlatConnection& each) const {
    return !element(each.from).output(each.from_port).connected();
  }
  bool flows(std::uint32_t i, std::uint32_t in, std::uint32_t out) const {
    return graph::flows(element(i).element_class().flow, in, out);
  }

  // It pulls there only when it is pulled itself.
  bool passes_on_pulls(std::uint32_t i, std::uint32_t input) const {
    for (const graph::FlatConnection* each : leaving_[i]) {
      if (is_pulled(*each) && flows(i, input, each->from_port)) {
        return true;
      }
    }
    return false;
  }
  // Nothing that is pushed to it leaves there.
  bool begins_pushes(std::uint32_t i, std::uint32_t output) const {
    for (const graph::FlatConnection* each : entering_[i]) {
      if (!is_pulled(*each) && flows(i, each->to_port, output)) {
        return false;
      }
    }
    return true;
  }

  void push(const graph::FlatConnection& first, Turn& turn) {
    std::vector<const graph::FlatConnection*> open{&first};
    while (!open.empty()) {
      const std::uint32_t at = open.back()->to;
      const std::uint32_t input = open.back()->to_port;
      open.pop_back();
      if (seen_[at]) {
        continue;
      }
      seen_[at] = true;
      bool keeps = false;
      const std::size_t before = open.size();
      for (std::size_t k = leaving_[at].size(); k-- != 0;) {
        const graph::FlatConnection* each = leaving_[at][k];
        if (flows(at, input, each->from_port)) {
          keeps |= is_pulled(*each);
          if (!is_pulled(*each)) {
            open.push_back(each);
          }
        }
      }
      (keeps ? turn.into : open.size() == before ? turn.ends : turn.through).push_back(at);
    }
  }

  void pull(const graph::FlatConnection& first, Turn& turn) {
    std::vector<const graph::FlatConnection*> open{&first};
    while (!open.empty()) {
      const std::uint32_t at = open.back()->from;
      const std::uint32_t output = open.back()->from_port;
      open.pop_back();
      if (seen_[at]) {
        continue;
      }
      seen_[at] = true;
      const std::size_t before = open.size();
      for (std::size_t k = entering_[at].size(); k-- != 0;) {
        const graph::FlatConnection* each = entering_[at][k];
        if (is_pulled(*each) && flows(at, each->to_port, output)) {
          open.push_back(each);
        }
      }
      (open.size() == before ? turn.out_of : turn.through).push_back(at);
    }
  }

  const graph::Router& router_;
  const graph::FlatGraph& flat_;
  std::vector<std::vector<const graph::FlatConnection*>> leaving_;
  std::vector<std::vector<const graph::FlatConnection*>> entering_;
  std::vector<bool> seen_;  // in this turn
};

constexpr unsigned kNamesColumn = 11;

void add_names(std::string_view what, const std::vector<std::uint32_t>& elements,
               const graph::FlatGraph& flat, const cli::Terminal& terminal, std::string& text) {
  std::string names;
  for (const std::uint32_t i : elements) {
    names += cat(names.empty() ? "" : ", ", cli::printable(flat.elements[i].name));
  }
  if (!names.empty()) {
    const std::string head = cat("  ", what, std::string(kNamesColumn - 2 - what.size(), ' '));
    text += cat(head, cli::wrap(names, kNamesColumn, kNamesColumn, terminal.columns), '\n');
  }
}

}  // namespace

std::vector<Turn> turns_of(const graph::Router& router) { return TurnFinder(router).run(); }

std::size_t thread_of(const graph::Router& router, std::uint32_t element) {
  return router.elements()[element]->lane().index();
}

std::vector<std::pair<std::uint32_t, std::size_t>> elsewhere_in(const graph::Router& router,
                                                                const Turn& turn) {
  std::vector<std::pair<std::uint32_t, std::size_t>> elsewhere;
  for (const auto* list : {&turn.out_of, &turn.through, &turn.into, &turn.ends}) {
    for (const std::uint32_t element : *list) {
      if (const std::size_t thread = thread_of(router, element);
          thread != thread_of(router, turn.starter)) {
        elsewhere.emplace_back(element, thread);
      }
    }
  }
  return elsewhere;
}

std::string text_of(const graph::Router& router, const std::vector<Turn>& turns,
                    const cli::Terminal& terminal) {
  std::string text;
  for (const Turn& turn : turns) {
    const graph::FlatElement& starter = router.graph().elements[turn.starter];
    text +=
        cat(text.empty() ? "" : "\n",
            terminal.styled(Style::kStrong, cli::printable(short_text(starter))),
            turn.pulls && turn.pushes ? " pulls packets and pushes them on"
            : turn.pulls              ? " pulls packets"
                                      : " pushes packets",
            router.lanes() == 1 ? "\n" : cat(", thread ", thread_of(router, turn.starter), "\n"));
    add_names("out of", turn.out_of, router.graph(), terminal, text);
    add_names("through", turn.through, router.graph(), terminal, text);
    add_names("into", turn.into, router.graph(), terminal, text);
    add_names("ends at", turn.ends, router.graph(), terminal, text);
    for (const auto& [element, thread] : elsewhere_in(router, turn)) {
      add_names(cat("thread ", thread), {element}, router.graph(), terminal, text);
    }
  }
  return text;
}

}  // namespace superfluid::graphs
