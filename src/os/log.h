// SPDX-License-Identifier: Apache-2.0
// The log: one line per event, `key=value` for everything that varies, so that a person reads it
// and a program parses it.
//
//   log::info("port attached", {{"port", 7}, {"name", name}});
//   2026-01-02T03:04:05.678901Z info port attached port=7 name="eth 0"
//
// Invariants
//   1. One call is one line, whatever the values hold: a value that is not plain (letters, digits
//      and -_./:@%+,) is quoted, and in it quotes, backslashes and bytes that are not printable
//      ASCII are escaped. Hostile text cannot forge an event, a key or a terminal command.
//   2. Events and keys are words of the program, never of its input.
//   3. A log that cannot be written loses lines and says so on standard error; it stops nobody.
//
// Not for packets: a value is formatted where it is logged. Counting is os/metrics.h.
//
// Threads: any, save configure(), which main() calls before it starts others. Time: the system's.

#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace superfluid::os::log {

enum class Level : unsigned char { kDebug, kInfo, kWarning, kError };

struct Options {
  Level level = Level::kInfo;  // and above
  std::string path = {};       // appended to; empty: standard error
};

// Without it: info and above to standard error.
base::Status configure(const Options& options);

class Field {
 public:
  Field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  Field(std::string_view key, const char* value) : key_(key), value_(value) {}
  Field(std::string_view key, const std::string& value) : key_(key), value_(value) {}
  Field(std::string_view key, bool value) : key_(key), value_(value ? "true" : "false") {}
  Field(std::string_view key, const base::Error& error) : key_(key), value_(error.to_string()) {}
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) Field(std::string_view key, T value)
      : key_(key), value_(std::to_string(value)) {}

  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

 private:
  std::string_view key_;
  std::string value_;
};

using Fields = std::initializer_list<Field>;

void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::kDebug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) { write(Level::kInfo, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) {
  write(Level::kWarning, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::kError, event, fields);
}

// The line without its time and level; what write() prints.
std::string format(std::string_view event, Fields fields);

}  // namespace superfluid::os::log
