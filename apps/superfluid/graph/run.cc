// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/run.h"

#include <unistd.h>

#include <boost/json/object.hpp>

#include "base/text.h"
#include "graph/words.h"
#include "hostgraph/driver.h"
#include "hostgraph/fd_sink.h"
#include "os/mutex.h"
#include "superfluid/graph/configuration.h"

namespace superfluid::graphs {

using base::cat;

namespace {

// With --json the graph's own output is a part of the document.
struct KeptText final : graph::TextSink {
  void write(std::string_view piece) override {
    const os::MutexLock lock(mutex);
    text += piece;
  }
  os::Mutex mutex;
  std::string text;  // to be read once nobody writes
};

// Before the graph runs: that the handlers which --read names are there.
base::Status find_handlers(graph::Router& router, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    const auto handler = router.find_handler(name, nullptr);
    if (!handler || *handler == nullptr || !(*handler)->read) {
      return base::fail(base::ErrorCode::kNotFound,
                        handler ? cat("no '", base::escape(name), "' read handler")
                                : handler.error().message())
          .try_this("superfluid element show CLASS tells which handlers an element has");
    }
  }
  return {};
}

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

// The graph of the command line, and those that hotconfig puts in its place.
class Session {
 public:
  Session(const cli::Invocation& invocation, Configuration configuration, hostgraph::Driver& driver,
          graph::TextSink& output)
      : invocation_(invocation),
        configuration_(std::move(configuration)),
        driver_(driver),
        output_(output) {}

  base::Result<std::unique_ptr<graph::Router>> start();

 private:
  std::unique_ptr<graph::Router> build(graph::Router* replaces);
  base::Result<std::unique_ptr<graph::Router>> replace(std::string_view text,
                                                       graph::Router& running);

  const cli::Invocation& invocation_;
  Configuration configuration_;
  hostgraph::Driver& driver_;
  graph::TextSink& output_;
  hostgraph::FdSink errors_{STDERR_FILENO};
};

base::Result<std::unique_ptr<graph::Router>> Session::start() {
  std::unique_ptr<graph::Router> router = build(nullptr);
  if (router == nullptr) {
    return base::pass(error_of(configuration_));
  }
  if (configuration_.graph.elements.empty()) {
    return base::fail(base::ErrorCode::kInvalid,
                      cat(base::escape(configuration_.source.name), " has no elements"));
  }
  if (invocation_.has("allow-reconfigure")) {
    driver_.allow_reconfiguration(*router, [this](std::string_view text, graph::Router& running) {
      return replace(text, running);
    });
  }
  return router;
}

// nullptr when something is wrong with the configuration.
std::unique_ptr<graph::Router> Session::build(graph::Router* replaces) {
  if (configuration_.diagnostics.errors() != 0) {
    return nullptr;
  }
  if (const auto path = invocation_.text("socket")) {
    add_control_socket(configuration_.graph, *path);
  }
  return graph::Router::build(configuration_.graph, configuration_.registry,
                              {.clock = driver_.clock(),
                               .output = output_,
                               .errors = errors_,
                               .random_seed = driver_.next_seed(),
                               .lanes = driver_.threads(),
                               .host = &driver_,
                               .interfaces = &configuration_.interfaces,
                               .replaces = replaces,
                               .config = configuration_.source.text,
                               .version = SUPERFLUID_VERSION},
                              configuration_.diagnostics);
}

base::Result<std::unique_ptr<graph::Router>> Session::replace(std::string_view text,
                                                              graph::Router& running) {
  read_instead(configuration_, {"hotconfig", std::string(text)});
  std::unique_ptr<graph::Router> router = build(&running);
  if (router == nullptr) {
    const std::string findings = text_of(configuration_, {});
    return base::fail(base::ErrorCode::kInvalid, base::trim(findings));
  }
  return router;
}

}  // namespace

base::Status run_run(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(read, read_configuration(invocation));
  SF_TRY(driver, hostgraph::Driver::create({.simulated_time = invocation.has("simtime"),
                                            .random_seed = invocation.number("seed"),
                                            .threads = invocation.number("threads").value_or(1)}));
  hostgraph::FdSink standard_output(STDOUT_FILENO);
  KeptText kept;
  graph::TextSink& sink = output.json() ? static_cast<graph::TextSink&>(kept) : standard_output;
  Session session(invocation, std::move(read), *driver, sink);
  SF_TRY(router, session.start());
  const std::vector<std::string_view> names = invocation.texts("read");
  SF_CHECKED(find_handlers(*router, names));
  SF_TRY(end, driver->run(router));
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
