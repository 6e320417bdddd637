// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/complete.h"

#include <boost/json/array.hpp>

#include "base/text.h"
#include "superfluid/cli/output.h"

namespace superfluid::cli {

using base::cat;

namespace {

// Reads the finished words as parse() would, but forgives: a wrong option is skipped, since the
// person is still typing. Behind a command that there is not, nothing is offered: it would not run.
class Completer {
 public:
  explicit Completer(Table table) : table_(table), command_(find_command(table, "")) {}

  void take(std::string_view word) {
    if (pending_ != nullptr) {
      pending_ = nullptr;
    } else if (!only_arguments_ && word == "--") {
      only_arguments_ = true;
    } else if (!only_arguments_ && word.starts_with("--")) {
      const Option* option = find_option(*command_, word.substr(2));  // none for --option=value
      pending_ = option != nullptr && option->takes != Takes::kNothing ? option : nullptr;
    } else if (only_arguments_ || !word.starts_with('-')) {
      take_word(word);
    }
  }

  Completion finish(std::string_view typed) && {
    const std::size_t equals = typed.find('=');
    if (lost_) {
      return std::move(result_);
    }
    if (pending_ != nullptr) {
      add_values(pending_->takes, pending_->choices, typed, "");
    } else if (!only_arguments_ && typed.starts_with("--") && equals != typed.npos) {
      const Option* option = find_option(*command_, typed.substr(2, equals - 2));
      if (option != nullptr) {
        add_values(option->takes, option->choices, typed, typed.substr(0, equals + 1));
      }
    } else if (!only_arguments_ && typed.starts_with('-')) {
      add_options(command_->options, typed);
      add_options(common_options(), typed);
    } else if (command_->handler == nullptr) {
      add_children(command_->path, typed);
    } else {
      add_argument(typed);
    }
    return std::move(result_);
  }

 private:
  void take_word(std::string_view word) {
    if (command_->handler != nullptr) {
      arguments_.push_back(word);
      return;
    }
    const std::string path =
        command_->path.empty() ? std::string(word) : cat(command_->path, ' ', word);
    const Command* found = find_command(table_, path);
    lost_ = lost_ || found == nullptr;
    command_ = found != nullptr ? found : command_;
  }

  void add(std::string word, std::string_view help, std::string_view typed) {
    if (word.starts_with(typed)) {
      result_.candidates.push_back({std::move(word), help});
    }
  }

  void add_options(std::span<const Option> options, std::string_view typed) {
    for (const Option& option : options) {
      add(cat("--", option.name), option.help, typed);
    }
  }

  void add_children(std::string_view path, std::string_view typed) {
    for (const Command* child : children_of(table_, path)) {
      add(std::string(last_word(child->path)), child->summary, typed);
    }
  }

  void add_values(Takes takes, std::span<const std::string_view> choices, std::string_view typed,
                  std::string_view prefix) {
    for (const std::string_view choice : choices) {
      add(cat(prefix, choice), "", typed);
    }
    result_.files = takes == Takes::kFile;
  }

  void add_argument(std::string_view typed) {
    std::size_t index = arguments_.size();
    for (const Positional& positional : command_->positionals) {
      if (index >= positional.at_most) {
        index -= positional.at_most;
        continue;
      }
      if (positional.takes == Takes::kCommand) {
        std::string path;
        for (const std::string_view word : arguments_) {
          path += cat(path.empty() ? "" : " ", word);
        }
        add_children(path, typed);
      } else {
        add_values(positional.takes, positional.choices, typed, "");
      }
      return;
    }
  }

  Table table_;
  const Command* command_;
  const Option* pending_ = nullptr;  // the option whose value comes next
  bool only_arguments_ = false;
  bool lost_ = false;  // a word before named no command
  std::vector<std::string_view> arguments_;
  Completion result_;
};

}  // namespace

Completion complete(Table table, std::span<const std::string_view> words) {
  Completer completer(table);
  if (words.empty()) {
    return std::move(completer).finish("");
  }
  for (const std::string_view word : words.first(words.size() - 1)) {
    completer.take(word);
  }
  return std::move(completer).finish(words.back());
}

base::Status run_complete(const Invocation& invocation, Output& output) {
  const std::vector<std::string_view> words(invocation.arguments().begin(),
                                            invocation.arguments().end());
  const Completion completion = complete(invocation.table(), words);
  if (output.json()) {
    boost::json::array candidates;
    for (const Candidate& candidate : completion.candidates) {
      candidates.push_back({{"word", candidate.word}, {"help", candidate.help}});
    }
    output.result({{"candidates", std::move(candidates)}, {"files", completion.files}});
    return {};
  }
  // One candidate per line: the word, a tab, the help. The line ":files" asks the shell for paths.
  for (const Candidate& candidate : completion.candidates) {
    output.text(cat(candidate.word, '\t', candidate.help, '\n'));
  }
  if (completion.files) {
    output.text(":files\n");
  }
  return {};
}

base::Status run_completion(const Invocation& invocation, Output& output) {
  const std::string_view script = completion_script(invocation.arguments()[0]);
  if (output.json()) {
    output.result({{"script", script}});
  } else {
    output.text(script);
  }
  return {};
}

}  // namespace superfluid::cli
