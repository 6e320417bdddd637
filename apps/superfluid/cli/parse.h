// SPDX-License-Identifier: Apache-2.0
// parse(): words typed by a person become an Invocation, or an Error that says which word, why, and
// what was probably meant.
//
// Grammar: WORD... of a command, then options and arguments in any order. `--option value` and
// `--option=value` are the same; `--` ends the options; `-` alone is an argument; a value that
// begins with two dashes needs the form with `=`. The common options may stand anywhere.
//
// Threads: none. Pure: reads the table and the words, nothing else.

#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "superfluid/cli/command.h"

namespace superfluid::cli {

struct Parsed {
  Invocation invocation;  // when `error` is set: what was understood before it
  std::optional<base::Error> error;
};

// After a typed `--help` or `-h` only the words of a command are read: whoever asks for help shall
// not be told first what is missing, and may say the command last.
Parsed parse(Table table, std::span<const std::string_view> words);

}  // namespace superfluid::cli
