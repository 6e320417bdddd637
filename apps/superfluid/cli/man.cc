// SPDX-License-Identifier: Apache-2.0
// The manual page: the same table as --help, in the man macros of roff.

#include <string>

#include "base/text.h"
#include "superfluid/cli/exit.h"
#include "superfluid/cli/help.h"

namespace superfluid::cli {

using base::cat;

namespace {

// What roff would take as an order is written so that it prints: backslashes, hyphens that must
// stay hyphens in a copied command line, and a dot or a quote that begins a line.
std::string roff(std::string_view text) {
  std::string escaped;
  bool at_line_start = true;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else if (at_line_start && (c == '.' || c == '\'')) {
      escaped += cat("\\&", c);
    } else {
      escaped += c;
    }
    at_line_start = c == '\n';
  }
  return escaped;
}

// One paragraph per line of `text`.
std::string paragraphs(std::string_view text) {
  std::string page;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    page += cat(roff(text.substr(0, end)), '\n');
    text.remove_prefix(std::min(end + 1, text.size()));
    page += text.empty() ? "" : ".PP\n";
  }
  return page;
}

std::string options_section(std::span<const Option> options) {
  std::string page;
  for (const Option& option : options) {
    const std::string letter = option.letter == 0 ? std::string() : cat('-', option.letter, ", ");
    page += cat(".TP\n.B ", roff(cat(letter, "--", option.name)));
    page += option.value.empty() ? std::string("\n") : cat(" \\fI", roff(option.value), "\\fR\n");
    page += cat(roff(option.help), ".\n");
  }
  return page;
}

std::string command_section(Table table, const Command& command) {
  std::string page = cat(".SS ", roff(usage_of(table, command)), '\n');
  page += cat(roff(command.summary), ".\n");
  if (!command.details.empty()) {
    page += cat(".PP\n", paragraphs(command.details));
  }
  for (const Positional& positional : command.positionals) {
    page += cat(".TP\n.I ", roff(positional.name), '\n', roff(positional.help), ".\n");
  }
  page += options_section(command.options);
  for (const Example& example : command.examples) {
    page += cat(".PP\n", roff(example.what), "\n.PP\n.RS 4\n.nf\n", roff(example.command),
                "\n.fi\n.RE\n");
  }
  return page;
}

}  // namespace

std::string manual_page(Table table) {
  const Command& program = *find_command(table, "");
  std::string page = cat(".TH SUPERFLUID 1 \"\" \"superfluid ", SUPERFLUID_VERSION,
                         "\" \"User commands\"\n.SH NAME\nsuperfluid \\- ", roff(program.summary),
                         "\n.SH SYNOPSIS\n.B superfluid\n", roff("COMMAND [OPTION...]"),
                         "\n.SH DESCRIPTION\n", paragraphs(program.details), ".SH COMMANDS\n");
  for (const Command& command : table) {
    if (command.handler != nullptr && !command.hidden) {
      page += command_section(table, command);
    }
  }
  page += cat(".SH OPTIONS OF EVERY COMMAND\n", options_section(common_options()));
  page += ".SH EXIT STATUS\n";
  for (int exit = 0; exit < kExits; ++exit) {
    page += cat(".TP\n.B ", exit, '\n', roff(describe(Exit{exit})), '\n');
  }
  page += cat(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nset and not empty: no colours on a terminal\n",
              ".TP\n.B TERM\n\"dumb\": no colours on a terminal\n");
  return page;
}

base::Status run_man(const Invocation& invocation, Output& output) {
  std::string page = manual_page(invocation.table());
  if (output.json()) {
    output.result({{"page", std::move(page)}});
  } else {
    output.text(page);
  }
  return {};
}

}  // namespace superfluid::cli
