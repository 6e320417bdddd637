// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/run.h"

#include <unistd.h>

#include <boost/json/object.hpp>

#include "base/text.h"
#include "graph/words.h"
#include "hostgraph/driver.h"
#include "hostgraph/fd_sink.h"
#include "superfluid/graph/configuration.h"

namespace superfluid::graphs {

using base::cat;

namespace {

// With --json the graph's own output is a part of the document.
struct KeptText final : graph::TextSink {
  void write(std::string_view piece) override { text += piece; }
  std::string text;
};

// The values of the handlers that --read names; the first that cannot be read ends it.
base::Status read_handlers(graph::Router& router, const std::vector<std::string_view>& names,
                           std::vector<std::string>& values) {
  for (const std::string_view name : names) {
    auto value = router.read(name);
    if (!value) {
      return base::fail(value.error().code(), cat("read ", base::escape(name)))
          .caused_by(std::move(value).error());
    }
    values.push_back(std::move(*value));
  }
  return {};
}

void show(const std::vector<std::string_view>& names, const std::vector<std::string>& values,
          cli::Output& output) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view end = values[i].ends_with('\n') || values[i].empty() ? "" : "\n";
    output.text(names.size() == 1 ? cat(values[i], end)
                                  : cat(names[i], ":\n", values[i], end, "\n"));
  }
}

// What --socket asks for: one element more.
void add_control_socket(graph::FlatGraph& graph, std::string_view path) {
  graph.elements.push_back({.name = "superfluid@@ControlSocket",
                            .class_name = "ControlSocket",
                            .config = cat("UNIX, ", graph::quote(path)),
                            .at = {}});
}

}  // namespace

base::Status run_run(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(read, read_configuration(invocation));
  SF_TRY(driver, hostgraph::Driver::create({.simulated_time = invocation.has("simtime")}));
  hostgraph::FdSink standard_output(STDOUT_FILENO);
  hostgraph::FdSink standard_error(STDERR_FILENO);
  KeptText kept;
  graph::TextSink& sink = output.json() ? static_cast<graph::TextSink&>(kept) : standard_output;
  std::unique_ptr<graph::Router> router;
  if (read.diagnostics.errors() == 0) {
    if (const auto path = invocation.text("socket")) {
      add_control_socket(read.graph, *path);
    }
    router = graph::Router::build(read.graph, read.registry,
                                  {.clock = driver->clock(),
                                   .output = sink,
                                   .errors = standard_error,
                                   .host = driver.get(),
                                   .config = read.source.text,
                                   .version = SUPERFLUID_VERSION},
                                  read.diagnostics);
  }
  if (router == nullptr) {
    return base::pass(error_of(read));
  }
  SF_TRY(end, driver->run(router));
  const std::vector<std::string_view> names = invocation.texts("read");
  std::vector<std::string> values;
  base::Status status = read_handlers(*router, names, values);
  if (output.json()) {
    boost::json::object handlers;
    for (std::size_t i = 0; i < values.size(); ++i) {
      handlers[names[i]] = cli::printable_lines(values[i]);
    }
    output.result({{"end", end == hostgraph::End::kStopped ? "stopped" : "interrupted"},
                   {"output", cli::printable_lines(kept.text)},
                   {"handlers", std::move(handlers)}});
  } else {
    show(names, values, output);
  }
  if (status && standard_output.failed()) {
    return base::pass(*standard_output.failed());
  }
  return status;
}

}  // namespace superfluid::graphs
