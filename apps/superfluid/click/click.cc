// SPDX-License-Identifier: Apache-2.0
#include "superfluid/click/click.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "elements/registry.h"
#include "graph/arguments.h"
#include "hostgraph/fd_sink.h"
#include "hostgraph/interfaces.h"
#include "hostgraph/load.h"
#include "hostgraph/registry.h"
#include "os/clock.h"
#include "os/files.h"
#include "superfluid/click/options.h"

namespace superfluid::click {

using base::cat;

namespace {

constexpr int kUsageError = 1;

constexpr std::string_view kUsage =
    "Runs a packet graph in the Click language as a process of this host, until the graph stops\n"
    "itself or the process is interrupted.\n"
    "\n"
    "Usage: click [OPTION]... [FILE] [NAME=VALUE]...\n"
    "\n"
    "  -f, --file FILE               Read the configuration from FILE.\n"
    "  -e, --expression TEXT         Use TEXT as the configuration.\n"
    "  -h, --handler ELEMENT.H       Print read handler H of ELEMENT (a name, a pattern or a\n"
    "                                class) after the run.\n"
    "  -p, --port PORT               Listen for control connections on TCP port PORT; PORT+\n"
    "                                takes a free one near it. Anybody who reaches it may write.\n"
    "  -u, --unix-socket PATH        Listen for control connections on a Unix socket.\n"
    "      --socket FD               Take control commands from the connected socket FD.\n"
    "  -x, --exit-handler ELEMENT.H  Exit with the handler's value.\n"
    "  -o, --output FILE             Write the flat configuration to FILE.\n"
    "  -q, --quit                    Do not run the graph.\n"
    "  -t, --time                    Print how long the run took.\n"
    "  -w, --no-warnings             Do not print warnings.\n"
    "      --simtime[=SECONDS]       Run in simulated time.\n"
    "  -C, --clickpath PATH          Look for libraries in PATH in place of CLICKPATH.\n"
    "  -j, --threads N               Let N threads run the graph; StaticThreadSched says what\n"
    "                                runs where, and thread 0 runs all else.\n"
    "  -a, --affinity[=N]            Bind thread 0 to processor N (or 0), the next to the next.\n"
    "  -R, --allow-reconfigure       Provide a write handler 'hotconfig', which replaces the\n"
    "                                graph while it runs.\n"
    "      --flatten                 Only write the flat configuration, as click-flatten does.\n"
    "      --help, -v, --version     Print this, or the version, and exit.\n";

class Session {
 public:
  explicit Session(Options options) : options_(std::move(options)) {}

  int run();

 private:
  void complain(std::string_view message) { errors_.write(cat(message, "\n")); }
  bool read_configuration();
  graph::FlatGraph elaborate(const graph::Source& source, graph::Diagnostics& diagnostics);
  bool build();
  void add_control_sockets(graph::FlatGraph& flat) const;
  std::unique_ptr<graph::Router> make(const graph::Source& source, graph::Router* replaces,
                                      std::string& complaints);
  base::Result<std::unique_ptr<graph::Router>> remake(std::string_view text,
                                                      graph::Router& running);
  std::string lines_of(const graph::Diagnostics& diagnostics) const;
  bool write_flat(const graph::FlatGraph& flat);
  bool flatten();
  bool drive();
  bool print_handlers();
  bool print_handler(std::string_view name, bool with_name);
  std::vector<std::string> matching(std::string_view pattern, std::string_view handler);
  int exit_value();

  Options options_;
  hostgraph::FdSink prints_{STDOUT_FILENO};
  hostgraph::FdSink errors_{STDERR_FILENO};
  graph::Registry registry_;
  graph::Source source_;
  hostgraph::Interfaces interfaces_;
  std::unique_ptr<hostgraph::Driver> driver_;
  std::unique_ptr<graph::Router> router_;
};

bool Session::read_configuration() {
  if (options_.is_expression) {
    source_ = {"config", *options_.configuration};
    return true;
  }
  auto read = hostgraph::read_config(options_.configuration.value_or("-"));
  if (!read) {
    complain(read.error().to_string());
    return false;
  }
  source_ = std::move(*read);
  return true;
}

graph::FlatGraph Session::elaborate(const graph::Source& source, graph::Diagnostics& diagnostics) {
  const char* environment = std::getenv("CLICKPATH");
  hostgraph::LibraryFiles libraries(
      options_.search_path.value_or(environment == nullptr ? "" : environment));
  return graph::elaborate(source.name, source.text,
                          {registry_, &libraries, options_.parameters, options_.flatten},
                          diagnostics);
}

bool Session::build() {
  auto driver = hostgraph::Driver::create(options_.driver);
  if (!driver) {
    complain(driver.error().to_string());
    return false;
  }
  driver_ = std::move(*driver);
  std::string complaints;
  router_ = make(source_, nullptr, complaints);
  errors_.write(complaints);
  if (router_ != nullptr && options_.allow_reconfigure) {
    driver_->allow_reconfiguration(*router_, [this](std::string_view text, graph::Router& running) {
      return remake(text, running);
    });
  }
  return router_ != nullptr;
}

// nullptr when the source is wrong. Complaints are whole lines, and may be no more than warnings.
std::unique_ptr<graph::Router> Session::make(const graph::Source& source, graph::Router* replaces,
                                             std::string& complaints) {
  graph::Diagnostics diagnostics;
  graph::FlatGraph flat = elaborate(source, diagnostics);
  const bool understood = diagnostics.errors() == 0;
  std::unique_ptr<graph::Router> router;
  if (understood) {
    add_control_sockets(flat);
    router = graph::Router::build(flat, registry_,
                                  {.clock = driver_->clock(),
                                   .output = prints_,
                                   .errors = errors_,
                                   .random_seed = driver_->next_seed(),
                                   .lanes = driver_->threads(),
                                   .host = driver_.get(),
                                   .interfaces = &interfaces_,
                                   .replaces = replaces,
                                   .config = source.text,
                                   .version = SUPERFLUID_VERSION},
                                  diagnostics);
  }
  complaints = lines_of(diagnostics);
  if (understood && router == nullptr) {
    complaints += "Router could not be initialized!\n";
  }
  return router;
}

// The text of a graph that is to replace the one that runs.
base::Result<std::unique_ptr<graph::Router>> Session::remake(std::string_view text,
                                                             graph::Router& running) {
  std::string complaints;
  std::unique_ptr<graph::Router> router = make({"config", std::string(text)}, &running, complaints);
  if (router == nullptr) {
    return base::fail(base::ErrorCode::kInvalid, base::trim(complaints));
  }
  errors_.write(complaints);
  return router;
}

// What -p, -u and --socket ask for: elements with the names that scripts know.
void Session::add_control_sockets(graph::FlatGraph& flat) const {
  std::size_t number = 0;
  for (const auto* sockets :
       {&options_.control_ports, &options_.control_paths, &options_.control_descriptors}) {
    for (const std::string& config : *sockets) {
      flat.elements.push_back({.name = number == 0 ? "click_driver@@ControlSocket"
                                                   : cat("click_driver@@ControlSocket@", number),
                               .class_name = "ControlSocket",
                               .config = config,
                               .at = {}});
      ++number;
    }
  }
}

// Several complaints of one element stand under one line that names it.
std::string Session::lines_of(const graph::Diagnostics& diagnostics) const {
  std::string lines;
  std::string context;
  for (const graph::Diagnostic& each : diagnostics.all()) {
    if (each.severity == graph::Severity::kWarning && !options_.warnings) {
      continue;
    }
    const std::size_t end = each.message.find('\n');
    const std::string where = diagnostics.where(each.at, false);
    if (end != each.message.npos) {
      const std::string line = cat(where, ": ", each.message.substr(0, end));
      lines += line == context ? each.message.substr(end + 1) : cat(line, each.message.substr(end));
      context = line;
    } else {
      const bool warns = each.severity == graph::Severity::kWarning;
      lines += cat(where, ": ", warns ? "warning: " : "", each.message);
      context.clear();
    }
    lines += '\n';
  }
  return lines;
}

// Reads the graph without making it.
bool Session::flatten() {
  graph::Diagnostics diagnostics;
  const graph::FlatGraph flat = elaborate(source_, diagnostics);
  errors_.write(lines_of(diagnostics));
  return diagnostics.errors() == 0 && write_flat(flat);
}

bool Session::write_flat(const graph::FlatGraph& flat) {
  const std::string text = graph::unparse(flat);
  if (options_.output_file.value_or("-") == "-") {
    prints_.write(text);
    return true;
  }
  auto file = os::open_file(*options_.output_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const base::Status status = file ? os::write_all(file->get(), base::bytes_of(text))
                                   : base::Status(base::pass(std::move(file).error()));
  if (!status) {
    complain(status.error().to_string());
  }
  return status.has_value();
}

// User and system time, and time of day.
struct Spent {
  rusage usage{};
  base::Instant when;
};

Spent spent_so_far() {
  Spent spent;
  getrusage(RUSAGE_SELF, &spent.usage);
  spent.when = os::SystemClock().now();
  return spent;
}

std::string report_of(const Spent& before, const Spent& after) {
  const auto milliseconds = [](const timeval& from, const timeval& to) {
    return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_usec - from.tv_usec) / 1000;
  };
  const long user = milliseconds(before.usage.ru_utime, after.usage.ru_utime);
  const long system = milliseconds(before.usage.ru_stime, after.usage.ru_stime);
  const long real = static_cast<long>((after.when - before.when).count() / 10'000'000);
  char line[120];
  std::snprintf(line, sizeof line, "%ld.%03ldu %ld.%03lds %ld:%02ld.%02ld\n", user / 1000,
                user % 1000, system / 1000, system % 1000, real / 6000, real / 100 % 60,
                real % 100);
  return line;
}

bool Session::drive() {
  const Spent before = spent_so_far();
  base::Result<hostgraph::End> end = hostgraph::End::kStopped;
  if (!options_.quit && !router_->elements().empty()) {
    end = driver_->run(router_);
  } else if (!options_.quit && options_.warnings) {
    complain(cat("warning: ", source_.name, ": configuration has no elements, exiting"));
  }
  if (options_.report_time) {
    prints_.write(report_of(before, spent_so_far()));
  }
  if (!end) {
    complain(end.error().to_string());
  }
  return end.has_value();
}

bool Session::print_handler(std::string_view name, bool with_name) {
  auto value = router_->read(name);
  if (!value) {
    complain(value.error().to_string());
    return false;
  }
  const std::string_view end = value->empty() || value->ends_with('\n') ? "" : "\n";
  prints_.write(with_name ? cat(name, ":\n", *value, end, "\n") : cat(*value, end));
  return true;
}

// The elements that a pattern or a class means, those with the handler.
std::vector<std::string> Session::matching(std::string_view pattern, std::string_view handler) {
  const std::string wanted(pattern);
  const bool is_pattern = pattern.find_first_of("?*[") != pattern.npos;
  std::vector<std::string> names;
  bool any = false;
  for (const auto& element : router_->elements()) {
    const bool meant = is_pattern ? fnmatch(wanted.c_str(), element->name().c_str(), 0) == 0
                                  : element->element_class().name == pattern;
    const graph::Handler* found = router_->handlers(*element).find(handler);
    any |= meant;
    if (meant && found != nullptr && found->read) {
      names.push_back(cat(element->name(), ".", handler));
    }
  }
  if (!any) {
    complain(
        cat(is_pattern ? "no element matching '" : "no element '", base::escape(pattern), "'"));
  }
  return names;
}

bool Session::print_handlers() {
  const bool several = options_.handlers.size() > 1;
  bool good = true;
  for (const std::string& name : options_.handlers) {
    const std::size_t dot = name.find('.');
    if (dot == name.npos || router_->find(name.substr(0, dot)) != nullptr) {
      good = print_handler(name, several) && good;
      continue;
    }
    const std::vector<std::string> names = matching(name.substr(0, dot), name.substr(dot + 1));
    good = good && !names.empty();
    for (const std::string& each : names) {
      good = print_handler(each, true) && good;
    }
  }
  return good;
}

int Session::exit_value() {
  constexpr int kNoValue = -1;
  const auto value = router_->read(*options_.exit_handler);
  if (!value) {
    complain(value.error().to_string());
    return kNoValue;
  }
  const std::string_view text = base::trim(*value);
  int number = kNoValue;
  bool truth = false;
  if (graph::parse_argument(text, number).empty()) {
    return number;
  }
  if (graph::parse_argument(text, truth).empty()) {
    return truth ? 0 : 1;
  }
  complain("exit handler value should be integer");
  return kNoValue;
}

int Session::run() {
  if (!read_configuration()) {
    return 1;
  }
  elements::register_elements(registry_);
  hostgraph::register_elements(registry_);
  if (options_.flatten) {
    return flatten() ? 0 : 1;
  }
  if (!build()) {
    return 1;
  }
  bool good = !options_.output_file || write_flat(router_->graph());
  good = drive() && good;
  good = print_handlers() && good;
  return options_.exit_handler ? exit_value() : (good ? 0 : 1);
}

}  // namespace

base::Status run_click(const cli::Invocation& invocation, cli::Output& output) {
  auto options = parse_options(invocation.arguments());
  int code = 0;
  if (!options) {
    hostgraph::FdSink(STDERR_FILENO)
        .write(
            cat("click: ", options.error().message(),
                "\nUsage: click [OPTION]... [FILE]\nTry 'click --help' for more information.\n"));
    code = kUsageError;
  } else if (options->help) {
    output.text(kUsage);
  } else if (options->version) {
    output.text(cat("click (superfluid) ", SUPERFLUID_VERSION, "\n"));
  } else {
    code = Session(std::move(*options)).run();
  }
  output.exit_with(static_cast<cli::Exit>(code & 0xff));
  return {};
}

}  // namespace superfluid::click
