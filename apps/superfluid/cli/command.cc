// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/command.h"

#include <algorithm>
#include <array>
#include <ranges>

#include "base/text.h"

namespace superfluid::cli {
namespace {

constexpr std::array<Option, 2> kCommonOptions{{
    {.name = "json", .help = "Answer with one JSON document on standard output, errors too"},
    {.name = "help", .help = "Say what the command does, with examples (also -h)"},
}};

}  // namespace

std::span<const Option> common_options() { return kCommonOptions; }

const Command* find_command(Table table, std::string_view path) {
  const auto row = std::ranges::find(table, path, &Command::path);
  return row == table.end() ? nullptr : &*row;
}

const Option* find_option(const Command& command, std::string_view name) {
  for (const std::span<const Option> options :
       {std::span<const Option>(command.options), common_options()}) {
    const auto option = std::ranges::find(options, name, &Option::name);
    if (option != options.end()) {
      return &*option;
    }
  }
  return nullptr;
}

std::vector<const Command*> children_of(Table table, std::string_view path) {
  std::vector<const Command*> children;
  for (const Command& row : table) {
    const std::string_view word = last_word(row.path);
    const std::string_view parent =
        row.path.substr(0, row.path.size() - std::min(row.path.size(), word.size() + 1));
    if (!row.hidden && !row.path.empty() && parent == path) {
      children.push_back(&row);
    }
  }
  return children;
}

std::string_view last_word(std::string_view path) { return path.substr(path.rfind(' ') + 1); }

const Command* command_of_verb(Table table, std::string_view verb) {
  const auto found = std::ranges::find_if(table, [&](const Command& row) {
    return !row.hidden && row.handler != nullptr && last_word(row.path) == verb;
  });
  return found == table.end() ? nullptr : &*found;
}

std::string full_name(const Command& command) {
  return command.path.empty() ? std::string(kProgram) : base::cat(kProgram, ' ', command.path);
}

std::optional<std::string_view> Invocation::text(std::string_view option) const {
  for (const Given& given : std::views::reverse(options_)) {
    if (given.name == option) {
      return given.value;
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> Invocation::texts(std::string_view option) const {
  std::vector<std::string_view> values;
  for (const Given& given : options_) {
    if (given.name == option) {
      values.push_back(given.value);
    }
  }
  return values;
}

std::optional<std::uint64_t> Invocation::number(std::string_view option) const {
  const auto value = text(option);
  return value ? base::parse_u64(*value) : std::nullopt;
}

}  // namespace superfluid::cli
