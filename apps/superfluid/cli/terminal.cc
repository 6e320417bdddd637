// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"

namespace superfluid::cli {
namespace {

constexpr unsigned kColumnsAssumed = 80;  // a terminal that does not know its width
constexpr unsigned kColumnsMin = 40;      // below this nothing can be laid out
constexpr std::string_view kPlain = "\033[0m";

std::string_view sequence_for(Style style) {
  switch (style) {
    case Style::kStrong: return "\033[1m";
    case Style::kFaint: return "\033[2m";
    case Style::kGood: return "\033[32m";
    case Style::kWarning: return "\033[33m";
    case Style::kBad: return "\033[31m";
  }
  return "";
}

bool colours_are_welcome() {
  const char* refused = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const std::string_view kind = term == nullptr ? "" : term;
  return (refused == nullptr || *refused == '\0') && !kind.empty() && kind != "dumb";
}

volatile std::sig_atomic_t coloured_fd = -1;

// In the signal's handler, which was taken away when it was entered.
void put_style_back(int signal) {
  const int fd = coloured_fd;
  [[maybe_unused]] const ssize_t written = write(fd, kPlain.data(), kPlain.size());
  std::raise(signal);
}

// The length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) {
    return 0;
  }
  // The second byte's range excludes overlong forms, surrogates and what is beyond U+10FFFF.
  const std::uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  return length;
}

bool is_control(std::string_view sequence) {
  const auto first = static_cast<std::uint8_t>(sequence[0]);
  const bool c1 =
      sequence.size() == 2 && first == 0xc2 && static_cast<std::uint8_t>(sequence[1]) < 0xa0;
  return first < ' ' || first == 0x7f || c1;
}

}  // namespace

std::string Terminal::styled(Style style, std::string_view text) const {
  return colour ? base::cat(sequence_for(style), text, kPlain) : std::string(text);
}

Terminal terminal_of(int fd) {
  if (isatty(fd) == 0) {
    return {};
  }
  winsize size{};
  const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
  return {.columns = std::max(known ? unsigned{size.ws_col} : kColumnsAssumed, kColumnsMin),
          .colour = colours_are_welcome()};
}

void leave_plain_when_interrupted(int fd) {
  coloured_fd = fd;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_DFL) {
      struct sigaction action {};
      action.sa_handler = put_style_back;
      action.sa_flags = static_cast<int>(SA_RESETHAND);
      sigaction(signal, &action, nullptr);
    }
  }
}

std::string wrap(std::string_view text, unsigned first, unsigned indent, unsigned columns) {
  std::string wrapped;
  std::size_t column = first;
  bool line_is_empty = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line_is_empty && columns != 0 && column + 1 + word.size() > columns) {
      wrapped += '\n';
      wrapped.append(indent, ' ');
      column = indent;
      line_is_empty = true;
    }
    if (!line_is_empty) {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
    column += word.size();
    line_is_empty = false;
  }
  return wrapped;
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || is_control(text.substr(0, length))) {
      const std::size_t bytes = std::max<std::size_t>(length, 1);
      for (const char byte : text.substr(0, bytes)) {
        shown += base::cat("\\x", base::Hex{static_cast<std::uint8_t>(byte), 2});
      }
      text.remove_prefix(bytes);
    } else {
      shown += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return shown;
}

std::string printable_lines(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    shown += printable(text.substr(0, end));
    shown += end < text.size() ? "\n" : "";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return shown;
}

}  // namespace superfluid::cli
