// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/parse.h"

#include <algorithm>

#include "base/text.h"

namespace superfluid::cli {

using base::cat;
using base::Error;
using base::ErrorCode;
using base::fail;
using base::Status;

namespace {

// What was typed, as far as it helps to recognise it.
std::string quoted(std::string_view word) {
  constexpr std::size_t kShownMax = 80;
  const bool cut = word.size() > kShownMax;
  return cat('\'', base::escape(word.substr(0, kShownMax)), cut ? "..." : "", '\'');
}

std::string list_of(std::span<const std::string_view> words) {
  std::string list;
  for (const std::string_view word : words) {
    list += cat(list.empty() ? "" : ", ", word);
  }
  return list;
}

// "superfluid help packet decode", or "superfluid --help" for the program itself.
std::string how_to_get_help(const Command& command) {
  return command.path.empty() ? cat(kProgram, " --help") : cat(kProgram, " help ", command.path);
}

// Why `value` cannot stand where `takes` is expected; empty when it can.
std::string objection(Takes takes, std::string_view value, std::uint64_t min, std::uint64_t max,
                      std::span<const std::string_view> choices) {
  if (takes == Takes::kNumber) {
    const auto number = base::parse_u64(value);
    if (!number || *number < min || *number > max) {
      return cat("a whole number from ", min, " to ", max, " is wanted");
    }
  }
  if (takes == Takes::kChoice && std::ranges::find(choices, value) == choices.end()) {
    return cat("one of these is wanted: ", list_of(choices));
  }
  return {};
}

}  // namespace

class Parser {
 public:
  Parser(Table table, std::span<const std::string_view> words, Invocation& result)
      : table_(table), words_(words), result_(result) {}

  Status run() {
    for (next_ = 0; next_ < words_.size() && !result_.has("help");) {
      const std::string_view word = words_[next_++];
      if (only_arguments_ || command().raw || !word.starts_with('-') || word == "-") {
        SF_CHECKED(take_word(word));
      } else if (word == "--") {
        only_arguments_ = true;
      } else {
        SF_CHECKED(take_option(word));
      }
    }
    return result_.has("help") ? find_what_help_is_about() : check_complete();
  }

 private:
  const Command& command() const { return *result_.command_; }

  // `superfluid --help doctor` asks about doctor: what follows may still name a command, and only
  // that. Options are not looked at.
  Status find_what_help_is_about() {
    for (; next_ < words_.size() && command().handler == nullptr; ++next_) {
      const std::string_view word = words_[next_];
      if (word == "--") {
        break;
      }
      if (!word.starts_with('-')) {
        SF_CHECKED(take_word(word));
      }
    }
    return {};
  }

  Status take_word(std::string_view word) {
    if (command().handler != nullptr) {
      return take_argument(word);
    }
    const std::string path =
        command().path.empty() ? std::string(word) : cat(command().path, ' ', word);
    const Command* found = word.contains(' ') ? nullptr : find_command(table_, path);
    if (found == nullptr || word.empty()) {
      return unknown_command(word);
    }
    result_.command_ = found;
    return {};
  }

  Status unknown_command(std::string_view word) const {
    std::vector<std::string_view> known;
    for (const Command* child : children_of(table_, command().path)) {
      known.push_back(last_word(child->path));
    }
    std::string remedy = cat(how_to_get_help(command()), " lists the commands");
    if (const auto near = base::nearest_word(word, known)) {
      remedy = cat(full_name(command()), ' ', *near);
    } else if (const Command* meant = command_of_verb(table_, word)) {
      remedy = full_name(*meant);
    }
    return fail(ErrorCode::kInvalid,
                cat("there is no command ", quoted(word), " in ", full_name(command())))
        .try_this(remedy);
  }

  Status take_argument(std::string_view word) {
    const std::size_t index = result_.arguments_.size();
    const Positional* slot = slot_of(index);
    if (slot == nullptr) {
      return fail(ErrorCode::kInvalid, cat("unexpected argument ", quoted(word)))
          .caused_by(Error(ErrorCode::kInvalid,
                           index == 0 ? cat(full_name(command()), " takes no arguments")
                                      : cat(full_name(command()), " takes at most ", index,
                                            index == 1 ? " argument" : " arguments")))
          .try_this(how_to_get_help(command()));
    }
    if (std::string why = objection(slot->takes, word, 0, 0, slot->choices); !why.empty()) {
      return bad_value(cat(quoted(word), " is not a ", slot->name), why, word, slot->choices,
                       cat(full_name(command()), ' '));
    }
    result_.arguments_.emplace_back(word);
    return {};
  }

  const Positional* slot_of(std::size_t index) const {
    for (const Positional& positional : command().positionals) {
      if (index < positional.at_most) {
        return &positional;
      }
      index -= positional.at_most;
    }
    return nullptr;
  }

  Status bad_value(base::TextView message, base::TextView why, std::string_view typed,
                   std::span<const std::string_view> choices, std::string before) const {
    const auto near = base::nearest_word(typed, choices);
    return fail(ErrorCode::kInvalid, message)
        .caused_by(Error(ErrorCode::kInvalid, why))
        .try_this(near ? cat(before, *near) : how_to_get_help(command()));
  }

  static const Option* find_letter(const Command& command, char letter) {
    const auto option = std::ranges::find(command.options, letter, &Option::letter);
    return option == command.options.end() ? nullptr : option;
  }

  Status take_option(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view typed = word.substr(0, equals);
    const std::string_view name = typed == "-h" ? "help" : typed.substr(1);
    const Option* option = typed == "-h"             ? find_option(command(), name)
                           : typed.starts_with("--") ? find_option(command(), typed.substr(2))
                           : typed.size() == 2       ? find_letter(command(), typed[1])
                                                     : nullptr;
    if (option == nullptr) {
      return unknown_option(typed);
    }
    if (option->takes == Takes::kNothing) {
      // `superfluid --version` is what people type before they know the commands.
      if (command().path.empty() && option->name == "version") {
        result_.command_ = find_command(table_, "version");
        return {};
      }
      if (equals != word.npos) {
        return fail(ErrorCode::kInvalid, cat("option ", quoted(typed), " takes no value"))
            .try_this(cat(full_name(command()), " --", option->name));
      }
      result_.options_.push_back({option->name, ""});
      return {};
    }
    std::string_view value;
    if (equals != word.npos) {
      value = word.substr(equals + 1);
    } else if (next_ < words_.size() && !words_[next_].starts_with("--")) {
      value = words_[next_++];
    } else {
      return fail(ErrorCode::kInvalid, cat("option ", quoted(typed), " needs a value"))
          .try_this(cat(full_name(command()), " --", option->name, ' ', example_of(*option)));
    }
    if (std::string why =
            objection(option->takes, value, option->min, option->max, option->choices);
        !why.empty()) {
      return bad_value(cat(quoted(value), " is no value for --", option->name), why, value,
                       option->choices, cat(full_name(command()), " --", option->name, ' '));
    }
    result_.options_.push_back({option->name, std::string(value)});
    return {};
  }

  static std::string_view example_of(const Option& option) {
    return !option.choices.empty() ? option.choices.front() : option.value;
  }

  Status unknown_option(std::string_view typed) const {
    std::vector<std::string_view> known;
    for (const std::span<const Option> options :
         {std::span<const Option>(command().options), common_options()}) {
      for (const Option& option : options) {
        known.push_back(option.name);
      }
    }
    const std::string_view bare =
        typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
    const auto near = base::nearest_word(bare, known);
    return fail(ErrorCode::kInvalid,
                cat("there is no option ", quoted(typed), " in ", full_name(command())))
        .try_this(near ? cat(full_name(command()), " --", *near) : how_to_get_help(command()));
  }

  Status check_complete() const {
    if (command().handler == nullptr) {
      std::vector<std::string_view> words;
      for (const Command* child : children_of(table_, command().path)) {
        words.push_back(last_word(child->path));
      }
      return fail(ErrorCode::kInvalid, cat(full_name(command()), " needs a command"))
          .caused_by(Error(ErrorCode::kInvalid, cat("it has these: ", list_of(words))))
          .try_this(how_to_get_help(command()));
    }
    std::size_t given = result_.arguments_.size();
    for (const Positional& positional : command().positionals) {
      if (given < positional.at_least) {
        const std::string_view example =
            !positional.choices.empty() ? positional.choices.front() : positional.name;
        return fail(ErrorCode::kInvalid, cat(full_name(command()), " needs ", positional.name))
            .caused_by(Error(ErrorCode::kInvalid, cat(positional.name, ": ", positional.help)))
            .try_this(cat(full_name(command()), ' ', example));
      }
      given -= std::min(given, positional.at_most);
    }
    return {};
  }

  Table table_;
  std::span<const std::string_view> words_;
  Invocation& result_;
  std::size_t next_ = 0;
  bool only_arguments_ = false;
};

Parsed parse(Table table, std::span<const std::string_view> words) {
  Parsed parsed{Invocation(table, *find_command(table, "")), std::nullopt};
  if (Status status = Parser(table, words, parsed.invocation).run(); !status) {
    parsed.error = std::move(status).error();
  }
  return parsed;
}

}  // namespace superfluid::cli
