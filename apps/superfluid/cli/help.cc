// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/help.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/text.h"

namespace superfluid::cli {

using base::cat;

namespace {

constexpr unsigned kColumnsWide = 100;   // lines longer than this are hard to read
constexpr unsigned kColumnsInPipe = 80;  // help is prose: in a file it is wrapped too
constexpr unsigned kNameColumnMax = 28;

struct Entry {
  std::string name;
  std::string_view text;
};

class Page {
 public:
  explicit Page(Output& output)
      : output_(output),
        columns_(output.terminal().columns == 0
                     ? kColumnsInPipe
                     : std::min(output.terminal().columns, kColumnsWide)) {}

  void paragraph(std::string_view text) {
    output_.text(wrap(text, 0, 0, columns_));
    output_.text("\n");
  }

  void heading(std::string_view text) {
    output_.text(cat('\n', output_.terminal().styled(Style::kStrong, text), '\n'));
  }

  // Two columns; a name too long for its column stands on a line of its own.
  void entries(const std::vector<Entry>& entries) {
    std::size_t width = 0;
    for (const Entry& entry : entries) {
      width = std::max(width, entry.name.size());
    }
    const unsigned column = static_cast<unsigned>(std::min<std::size_t>(width, kNameColumnMax)) + 4;
    for (const Entry& entry : entries) {
      std::string line = cat("  ", entry.name);
      if (line.size() + 2 > column) {
        line += '\n';
        line.append(column, ' ');
      } else {
        line.append(column - line.size(), ' ');
      }
      output_.text(line);
      output_.text(wrap(entry.text, column, column, columns_));
      output_.text("\n");
    }
  }

  void example(const Example& example) {
    output_.text(cat("  ", output_.terminal().styled(Style::kStrong, example.command), "\n      "));
    output_.text(wrap(example.what, 6, 6, columns_));
    output_.text("\n");
  }

 private:
  Output& output_;
  unsigned columns_;
};

std::string name_of(const Option& option) {
  const std::string letter = option.letter == 0 ? std::string() : cat('-', option.letter, ", ");
  return cat(letter, "--", option.name, option.value.empty() ? "" : " ", option.value,
             option.repeats ? "..." : "");
}

std::string name_of(const Positional& positional) {
  const std::string_view dots = positional.at_most > 1 ? "..." : "";
  return positional.at_least == 0 ? cat('[', positional.name, dots, ']')
                                  : cat(positional.name, dots);
}

std::vector<Entry> entries_of(std::span<const Option> options) {
  std::vector<Entry> entries;
  for (const Option& option : options) {
    entries.push_back({name_of(option), option.help});
  }
  return entries;
}

// A group's listing shows what one may type next, arguments included.
std::vector<Entry> entries_of(Table table, const Command& group) {
  std::vector<Entry> entries;
  for (const Command* child : children_of(table, group.path)) {
    std::string name(last_word(child->path));
    for (const Positional& positional : child->positionals) {
      name += cat(' ', name_of(positional));
    }
    entries.push_back({std::move(name), child->summary});
  }
  return entries;
}

void write_help(Table table, const Command& command, Output& output) {
  Page page(output);
  page.paragraph(cat(command.summary, '.'));
  page.heading("Examples:");
  for (const Example& example : command.examples) {
    page.example(example);
  }
  page.heading("Usage:");
  output.text(cat("  ", usage_of(table, command), '\n'));
  if (!command.details.empty()) {
    output.text("\n");
    for (std::string_view rest = command.details; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      page.paragraph(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  if (command.handler == nullptr) {
    page.heading("Commands:");
    page.entries(entries_of(table, command));
  }
  if (!command.positionals.empty()) {
    page.heading("Arguments:");
    std::vector<Entry> entries;
    for (const Positional& positional : command.positionals) {
      entries.push_back({std::string(positional.name), positional.help});
    }
    page.entries(entries);
  }
  if (!command.options.empty()) {
    page.heading("Options:");
    page.entries(entries_of(command.options));
  }
  page.heading("Options of every command:");
  page.entries(entries_of(common_options()));
}

std::string_view name_of(Takes takes) {
  switch (takes) {
    case Takes::kNothing: return "nothing";
    case Takes::kText: return "text";
    case Takes::kNumber: return "number";
    case Takes::kChoice: return "choice";
    case Takes::kFile: return "file";
    case Takes::kCommand: return "command";
  }
  return "";
}

boost::json::array json_of(std::span<const std::string_view> words) {
  return boost::json::array(words.begin(), words.end());
}

boost::json::object json_of(const Command& command) {
  boost::json::array options;
  for (const Option& option : command.options) {
    options.push_back({{"name", option.name},
                       {"takes", name_of(option.takes)},
                       {"value", option.value},
                       {"help", option.help},
                       {"letter", option.letter == 0 ? "" : std::string(1, option.letter)},
                       {"repeats", option.repeats},
                       {"choices", json_of(option.choices)}});
  }
  boost::json::array positionals;
  for (const Positional& positional : command.positionals) {
    positionals.push_back({{"name", positional.name},
                           {"takes", name_of(positional.takes)},
                           {"help", positional.help},
                           {"optional", positional.at_least == 0},
                           {"repeats", positional.at_most > 1},
                           {"choices", json_of(positional.choices)}});
  }
  boost::json::array examples;
  for (const Example& example : command.examples) {
    examples.push_back({{"command", example.command}, {"what", example.what}});
  }
  return {{"path", command.path},
          {"summary", command.summary},
          {"options", std::move(options)},
          {"arguments", std::move(positionals)},
          {"examples", std::move(examples)}};
}

base::Status show_help_of(Table table, const Command& command, Output& output) {
  if (!output.json()) {
    write_help(table, command, output);
    return {};
  }
  boost::json::object result = json_of(command);
  boost::json::array children;
  for (const Command& row : table) {
    const bool below = command.path.empty() || row.path.starts_with(cat(command.path, ' '));
    if (command.handler == nullptr && below && !row.path.empty() && !row.hidden) {
      children.push_back(json_of(row));
    }
  }
  result["commands"] = std::move(children);
  output.result(std::move(result));
  return {};
}

}  // namespace

std::string usage_of(Table table, const Command& command) {
  std::string usage = full_name(command);
  if (command.handler == nullptr) {
    // One command needs no placeholder: what can be typed is said outright.
    const auto children = children_of(table, command.path);
    usage +=
        children.size() == 1 ? cat(' ', last_word(children[0]->path)) : std::string(" COMMAND");
  }
  usage += " [OPTION...]";
  for (const Positional& positional : command.positionals) {
    usage += cat(' ', name_of(positional));
  }
  return usage;
}

base::Status show_help(const Invocation& invocation, Output& output) {
  return show_help_of(invocation.table(), invocation.command(), output);
}

base::Status run_help(const Invocation& invocation, Output& output) {
  std::string path;
  for (const std::string& word : invocation.arguments()) {
    path += cat(path.empty() ? "" : " ", word);
  }
  const Command* command = find_command(invocation.table(), path);
  if (command != nullptr) {
    return show_help_of(invocation.table(), *command, output);
  }
  std::vector<std::string_view> known;
  for (const Command& row : invocation.table()) {
    if (!row.hidden && !row.path.empty()) {
      known.push_back(row.path);
    }
  }
  std::string remedy = cat(kProgram, " --help lists the commands");
  if (const Command* meant = command_of_verb(invocation.table(), path)) {
    remedy = cat(kProgram, " help ", meant->path);
  } else if (const auto near = base::nearest_word(path, known)) {
    remedy = cat(kProgram, " help ", *near);
  }
  return base::fail(base::ErrorCode::kInvalid,
                    cat("there is no command '", base::escape(path), "' to help with"))
      .try_this(remedy);
}

}  // namespace superfluid::cli
