// SPDX-License-Identifier: Apache-2.0
// Completion: what could stand at the end of a command line that is being typed.
//
// The shells' scripts (cli/completion_scripts.cc) are a few lines each: they ask the program itself
// through the hidden command `complete`, so that a script never knows less than the program beside
// it.
//
// Threads: none. Pure.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "superfluid/cli/command.h"

namespace superfluid::cli {

struct Candidate {
  std::string word;
  std::string_view help;
};

struct Completion {
  std::vector<Candidate> candidates;  // all begin with the word being typed
  bool files = false;                 // paths are welcome too; the shell knows them
};

// `words` are those after the program's name; the last one is being typed and may be empty.
Completion complete(Table table, std::span<const std::string_view> words);

// The script that teaches a shell ("bash", "zsh" or "fish") to complete.
std::string_view completion_script(std::string_view shell);

// The handlers of `superfluid complete` (hidden) and `superfluid completion`.
base::Status run_complete(const Invocation& invocation, Output& output);
base::Status run_completion(const Invocation& invocation, Output& output);

}  // namespace superfluid::cli
