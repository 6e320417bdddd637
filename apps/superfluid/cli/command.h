// SPDX-License-Identifier: Apache-2.0
// Command: one row of the table that is the whole command line.
//
// Everything that a user sees about a command comes from its row: how it is parsed, what `--help`
// says, what the shell completes, what the manual page prints, and which examples the tests run. A
// new command is one row in cli/commands.cc and one file with its handler.
//
// Invariants (proved over the whole table by cli/table_test.cc)
//   1. paths are unique and every prefix of a path is a row: `packet` exists because `packet
//      decode` does. A row without a handler is such a group.
//   2. a row with a handler has at least two examples that run as they stand.
//   3. only the last positional of a row may be optional or repeat.
//   4. a table is constant data: nothing runs before main() because of it.

#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace superfluid::cli {

class Output;
class Invocation;

// What may stand where a value is expected; it decides both validation and completion.
enum class Takes : std::uint8_t {
  kNothing,  // an option that is present or not
  kText,     // anything
  kNumber,   // a decimal number within [min, max]
  kChoice,   // one of a fixed list
  kFile,     // a path
  kCommand,  // the words of a command of this table
};

// A short list written in place, so that a row is one constant without pointers to elsewhere. A
// list longer than N does not compile.
template <typename T, std::size_t N>
class Few {
 public:
  constexpr Few(std::initializer_list<T> items) {
    for (const T& item : items) {
      items_[size_++] = item;
    }
  }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr const T& front() const { return items_[0]; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr operator std::span<const T>() const { return {items_.data(), size_}; }

 private:
  std::array<T, N> items_{};
  std::size_t size_ = 0;
};

using Choices = Few<std::string_view, 6>;

struct Option {
  std::string_view name;  // as typed after the two dashes
  Takes takes = Takes::kNothing;
  std::string_view value = "";  // what --help calls it: "N"
  std::string_view help;        // one phrase, no full stop
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  Choices choices = {};
  char letter = 0;       // also typed after one dash
  bool repeats = false;  // every value counts, not the last alone
};

struct Positional {
  std::string_view name;  // as --help writes it: "SHELL"
  Takes takes = Takes::kText;
  std::string_view help;
  std::size_t at_least = 1;  // how many words
  std::size_t at_most = 1;
  Choices choices = {};
};

struct Example {
  std::string_view command;  // run by the tests as it stands, in tests/cli/data
  std::string_view what;
};

using Handler = base::Status (*)(const Invocation& invocation, Output& output);

struct Command {
  std::string_view path;          // the words, one space between them; empty for the program itself
  std::string_view summary;       // one sentence without its full stop
  std::string_view details = "";  // paragraphs for --help and the manual, split by newlines
  Few<Option, 16> options = {};
  Few<Positional, 3> positionals = {};
  Few<Example, 3> examples = {};
  Handler handler = nullptr;
  bool hidden = false;  // for programs, not for people: in no listing
  bool raw = false;  // every word after the path is an argument, also those that begin with dashes
};

using Table = std::span<const Command>;

inline constexpr std::string_view kProgram = "superfluid";
inline constexpr std::size_t kAnyNumber = SIZE_MAX;

// The options that every command has.
std::span<const Option> common_options();

// nullptr when there is none.
const Command* find_command(Table table, std::string_view path);
const Option* find_option(const Command& command, std::string_view name);

// The rows one word below `path`, hidden ones left out.
std::vector<const Command*> children_of(Table table, std::string_view path);
std::string_view last_word(std::string_view path);
// Whoever types a verb without its noun, `decode` for `packet decode`, means this one; nullptr when
// no command ends in the verb.
const Command* command_of_verb(Table table, std::string_view verb);
// "superfluid packet decode"; "superfluid" for the program itself.
std::string full_name(const Command& command);

// A command line that was understood.
class Invocation {
 public:
  Invocation(Table table, const Command& command) : table_(table), command_(&command) {}

  Table table() const { return table_; }
  const Command& command() const { return *command_; }
  const std::vector<std::string>& arguments() const { return arguments_; }

  bool has(std::string_view option) const { return text(option).has_value(); }
  // The value of an option that was given; of one given twice, the last.
  std::optional<std::string_view> text(std::string_view option) const;
  // All values of an option that repeats, in the order given.
  std::vector<std::string_view> texts(std::string_view option) const;
  // The same as text() for an option that takes a number, which the parser has checked.
  std::optional<std::uint64_t> number(std::string_view option) const;

 private:
  friend class Parser;

  struct Given {
    std::string_view name;
    std::string value;
  };

  Table table_;
  const Command* command_;
  std::vector<Given> options_;
  std::vector<std::string> arguments_;
};

}  // namespace superfluid::cli
