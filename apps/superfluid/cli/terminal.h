// SPDX-License-Identifier: Apache-2.0
// Terminal: what may be done with a descriptor that people may be looking at: how wide it is, and
// whether colours are welcome. Text itself: wrapped to a width, and made safe to show.
//
// Colours need a terminal, a TERM that is neither empty nor `dumb`, and no NO_COLOR (set and not
// empty) in the environment.

#pragma once

#include <string>
#include <string_view>

namespace superfluid::cli {

enum class Style : unsigned char { kStrong, kFaint, kGood, kWarning, kBad };

struct Terminal {
  unsigned columns = 0;  // 0: not a terminal, lines are never wrapped
  bool colour = false;

  // The text between the sequences for the style; the text alone where colour is off.
  std::string styled(Style style, std::string_view text) const;
};

Terminal terminal_of(int fd);

// An interrupt may end the program in the middle of coloured text: from now on the one that does
// puts the terminal's style back first. The program still ends by the signal.
void leave_plain_when_interrupted(int fd);

// `text` after `first` spaces of something already written, broken between words so that no line
// passes `columns` where a word allows it; further lines are indented by `indent`. No newline at
// the end. columns 0 leaves the text on one line.
std::string wrap(std::string_view text, unsigned first, unsigned indent, unsigned columns);

// The text with control characters and bytes that are not UTF-8 as \xNN: what came from outside
// cannot move the cursor, and a JSON document stays valid.
std::string printable(std::string_view text);
// The same, with line ends kept.
std::string printable_lines(std::string_view text);

}  // namespace superfluid::cli
