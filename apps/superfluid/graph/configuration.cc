// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/configuration.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdlib>

#include "base/text.h"
#include "elements/registry.h"
#include "graph/words.h"
#include "hostgraph/load.h"
#include "hostgraph/registry.h"

namespace superfluid::graphs {

using base::cat;

namespace {

constexpr std::size_t kCausesMax = 20;

bool is_parameter(std::string_view word) {
  const std::size_t equals = word.find('=');
  return equals != word.npos && graph::is_identifier(word.substr(0, equals));
}

base::Result<graph::Source> source_of(const cli::Invocation& invocation,
                                      std::vector<std::string>& words) {
  if (const auto expression = invocation.text("expression")) {
    return graph::Source{"config", std::string(*expression)};
  }
  if (words.empty() || is_parameter(words.front())) {
    return base::fail(base::ErrorCode::kInvalid, "no configuration is named")
        .try_this(cat(cli::full_name(invocation.command()), " FILE"));
  }
  const std::string path = words.front();
  words.erase(words.begin());
  return hostgraph::read_config(path);
}

// The line of the text, and a caret below the column. Tabs stay tabs, so that the caret meets them.
std::string excerpt(std::string_view text, graph::Landmark at) {
  for (std::uint32_t line = 1; line < at.line && !text.empty(); ++line) {
    text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  }
  const std::string_view line = text.substr(0, text.find('\n'));
  if (at.line == 0 || at.column == 0 || at.column > line.size() + 1) {
    return {};
  }
  std::string caret;
  for (const char c : line.substr(0, at.column - 1)) {
    caret += c == '\t' ? '\t' : ' ';
  }
  std::string shown;
  for (const char c : line) {
    shown += c == '\t' ? std::string(1, c) : cli::printable(std::string(1, c));
  }
  return shown.size() != line.size() ? cat("    ", shown, "\n")
                                     : cat("    ", shown, "\n    ", caret, "^\n");
}

}  // namespace

base::Result<Configuration> read_configuration(const cli::Invocation& invocation) {
  Configuration made;
  std::vector<std::string> words = invocation.arguments();
  SF_TRY(source, source_of(invocation, words));
  for (const std::string& word : words) {
    if (!is_parameter(word)) {
      return base::fail(base::ErrorCode::kInvalid, cat("'", base::escape(word),
                                                       "' is neither the configuration nor a "
                                                       "parameter"))
          .try_this("parameters look like NAME=VALUE; a command takes one configuration");
    }
    const std::size_t equals = word.find('=');
    made.parameters.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  elements::register_elements(made.registry);
  hostgraph::register_elements(made.registry);
  read_instead(made, std::move(source));
  return made;
}

void read_instead(Configuration& configuration, graph::Source source) {
  const char* search_path = std::getenv("CLICKPATH");
  hostgraph::LibraryFiles libraries(search_path == nullptr ? "" : search_path);
  configuration.source = std::move(source);
  configuration.diagnostics = {};
  configuration.graph = graph::elaborate(
      configuration.source.name, configuration.source.text,
      {configuration.registry, &libraries, configuration.parameters}, configuration.diagnostics);
}

std::unique_ptr<graph::Router> build_to_look_at(Configuration& configuration,
                                                const base::Clock& clock, Silence& silence,
                                                std::size_t threads) {
  return graph::Router::build(configuration.graph, configuration.registry,
                              {.clock = clock,
                               .output = silence,
                               .errors = silence,
                               .lanes = threads,
                               .interfaces = &configuration.interfaces,
                               .initialize = false},
                              configuration.diagnostics);
}

std::string line_of(const graph::Diagnostic& diagnostic) {
  std::string line;
  for (const char c : diagnostic.message) {
    if (c != '\n') {
      line += c;
    } else if (!line.ends_with(' ')) {
      line += ' ';
    }
  }
  std::size_t spaces = 0;  // what indented the further lines
  std::erase_if(line, [&](char c) {
    spaces = c == ' ' ? spaces + 1 : 0;
    return spaces > 1;
  });
  return cli::printable(line);
}

base::Error error_of(const Configuration& configuration) {
  const graph::Diagnostics& diagnostics = configuration.diagnostics;
  std::vector<base::Error> causes;
  std::string remedy;
  for (const graph::Diagnostic& each : diagnostics.all()) {
    if (each.severity == graph::Severity::kError && causes.size() < kCausesMax) {
      causes.emplace_back(base::ErrorCode::kInvalid,
                          cat(diagnostics.where(each.at), ": ", line_of(each)));
      remedy = remedy.empty() ? each.remedy : remedy;
    }
  }
  base::Error chain = std::move(causes.back());
  for (causes.pop_back(); !causes.empty(); causes.pop_back()) {
    chain = std::move(causes.back()).caused_by(std::move(chain));
  }
  base::Error error(base::ErrorCode::kInvalid,
                    cat(cli::printable(configuration.source.name), " has ", diagnostics.errors(),
                        diagnostics.errors() == 1 ? " error" : " errors"));
  error = std::move(error).caused_by(std::move(chain));
  if (remedy.empty() && !diagnostics.of_initializing()) {
    remedy = "superfluid graph check shows where they are";
  }
  return remedy.empty() ? std::move(error) : std::move(error).try_this(remedy);
}

std::string text_of(const Configuration& configuration, const cli::Terminal& terminal) {
  std::string text;
  const graph::Diagnostics& diagnostics = configuration.diagnostics;
  for (const graph::Diagnostic& each : diagnostics.all()) {
    const cli::Style style = each.severity == graph::Severity::kError     ? cli::Style::kBad
                             : each.severity == graph::Severity::kWarning ? cli::Style::kWarning
                                                                          : cli::Style::kFaint;
    const std::string where = cli::printable(diagnostics.where(each.at));
    text += cat(terminal.styled(cli::Style::kStrong, where), ": ",
                terminal.styled(style, graph::word_of(each.severity)), ": ", line_of(each), "\n");
    const bool own_text = diagnostics.files().name(each.at.file) == configuration.source.name;
    if (terminal.columns != 0 && own_text) {
      text += excerpt(configuration.source.text, each.at);
    }
    if (!each.remedy.empty()) {
      text += cat("  try: ", each.remedy, "\n");
    }
  }
  return text;
}

boost::json::array json_of(const Configuration& configuration) {
  boost::json::array findings;
  const graph::Diagnostics& diagnostics = configuration.diagnostics;
  for (const graph::Diagnostic& each : diagnostics.all()) {
    boost::json::object finding{{"level", graph::word_of(each.severity)},
                                {"file", cli::printable(diagnostics.files().name(each.at.file))},
                                {"line", each.at.line},
                                {"column", each.at.column},
                                {"message", line_of(each)}};
    if (!each.remedy.empty()) {
      finding["remedy"] = each.remedy;
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace superfluid::graphs
