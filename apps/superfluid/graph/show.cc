// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/show.h"

#include <fcntl.h>

#include <boost/json/array.hpp>

#include "base/bytes.h"
#include "os/clock.h"
#include "os/files.h"
#include "superfluid/graph/configuration.h"
#include "superfluid/graph/picture.h"
#include "superfluid/graph/turns.h"

namespace superfluid::graphs {

namespace {

// A graph to look at: joined and configured, but nothing opened and nothing running.
struct Looked {
  Configuration configuration;
  os::SystemClock clock;
  Silence silence;
  std::unique_ptr<graph::Router> router;
};

base::Result<std::unique_ptr<Looked>> look_at(const cli::Invocation& invocation) {
  SF_TRY(read, read_configuration(invocation));
  auto looked = std::make_unique<Looked>();
  looked->configuration = std::move(read);
  Configuration& made = looked->configuration;
  if (made.diagnostics.errors() == 0) {
    looked->router = build_to_look_at(made, looked->clock, looked->silence,
                                      invocation.number("threads").value_or(1));
  }
  if (looked->router == nullptr) {
    return base::pass(error_of(made));
  }
  return looked;
}

boost::json::array names_of(const std::vector<std::uint32_t>& elements,
                            const graph::FlatGraph& flat) {
  boost::json::array names;
  for (const std::uint32_t i : elements) {
    names.emplace_back(cli::printable(flat.elements[i].name));
  }
  return names;
}

boost::json::array ports_of(const graph::Element& element, bool inputs) {
  boost::json::array ports;
  for (std::uint32_t i = 0; i < (inputs ? element.inputs() : element.outputs()); ++i) {
    const bool acts = inputs ? element.input(i).connected() : element.output(i).connected();
    ports.emplace_back(acts == inputs ? "pull" : "push");
  }
  return ports;
}

base::Status write_picture(const std::string& path, const std::string& svg, cli::Output& output) {
  if (path != "-") {
    // Not by way of another file: the path may be a pipe.
    SF_TRY(file, os::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    return os::write_all(file.get(), base::bytes_of(svg));
  }
  if (output.json()) {
    return base::fail(base::ErrorCode::kInvalid,
                      "the picture and the JSON are both for standard output")
        .try_this("name a file: --svg graph.svg");
  }
  output.text(svg);
  return {};
}

}  // namespace

boost::json::object json_of(const graph::Router& router) {
  boost::json::array elements;
  const graph::FlatGraph& flat = router.graph();
  for (std::size_t i = 0; i < flat.elements.size(); ++i) {
    const graph::FlatElement& element = flat.elements[i];
    elements.push_back({{"name", cli::printable(element.name)},
                        {"class", cli::printable(element.class_name)},
                        {"config", cli::printable_lines(element.config)},
                        {"inputs", ports_of(*router.elements()[i], true)},
                        {"outputs", ports_of(*router.elements()[i], false)}});
  }
  boost::json::array connections;
  for (const graph::FlatConnection& each : flat.connections) {
    const bool pushed = router.elements()[each.from]->output(each.from_port).connected();
    connections.push_back({{"from", cli::printable(flat.elements[each.from].name)},
                           {"from_port", each.from_port},
                           {"to", cli::printable(flat.elements[each.to].name)},
                           {"to_port", each.to_port},
                           {"packets", pushed ? "pushed" : "pulled"}});
  }
  return {{"elements", std::move(elements)}, {"connections", std::move(connections)}};
}

base::Status run_show(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(looked, look_at(invocation));
  const graph::Router& router = *looked->router;
  if (const auto path = invocation.text("svg")) {
    SF_TRY(svg, svg_of(router));
    SF_CHECKED(write_picture(std::string(*path), svg, output));
  }
  if (output.json()) {
    output.result(json_of(router));
  } else if (!invocation.has("svg")) {
    output.text(outline_of(router, output.terminal()));
  }
  return {};
}

base::Status run_explain(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(looked, look_at(invocation));
  const graph::Router& router = *looked->router;
  const std::vector<Turn> turns = turns_of(router);
  if (!output.json()) {
    output.text(turns.empty() ? "nothing in this graph moves packets\n"
                              : text_of(router, turns, output.terminal()));
    return {};
  }
  boost::json::array list;
  for (const Turn& turn : turns) {
    boost::json::array elsewhere;
    for (const auto& [element, thread] : elsewhere_in(router, turn)) {
      elsewhere.push_back(
          {{"name", cli::printable(router.graph().elements[element].name)}, {"thread", thread}});
    }
    list.push_back({{"starter", cli::printable(router.graph().elements[turn.starter].name)},
                    {"thread", thread_of(router, turn.starter)},
                    {"pulls", turn.pulls},
                    {"pushes", turn.pushes},
                    {"out_of", names_of(turn.out_of, router.graph())},
                    {"through", names_of(turn.through, router.graph())},
                    {"into", names_of(turn.into, router.graph())},
                    {"ends", names_of(turn.ends, router.graph())},
                    {"elsewhere", std::move(elsewhere)}});
  }
  output.result({{"turns", std::move(list)}});
  return {};
}

}  // namespace superfluid::graphs
