// SPDX-License-Identifier: Apache-2.0
// Diagnostics: everything that is wrong with a configuration, collected, so that a person sees all
// of a file's errors at once.
//
// Invariants
//   1. At most kDiagnosticsMax are kept; the number of errors keeps counting beyond.
//   2. They are in the order in which they were found; notes follow the diagnostic they explain.
//   3. The message alone is what Click would print after `file:line: `; existing scripts compare
//      it.
//
// Threads: one parse, one Diagnostics.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/landmark.h"

namespace superfluid::graph {

enum class Severity : std::uint8_t { kError, kWarning, kNote };
std::string_view word_of(Severity severity);  // "error"

struct Diagnostic {
  Severity severity;
  Landmark at;
  std::string message;
  std::string remedy;  // a nearest name or the like; may be empty
};

class Diagnostics {
 public:
  static constexpr std::size_t kDiagnosticsMax = 200;

  FileNames& files() { return files_; }
  const FileNames& files() const { return files_; }

  void error(Landmark at, std::string message, std::string remedy = {}) {
    ++errors_;
    add({Severity::kError, at, std::move(message), std::move(remedy)});
  }
  void warning(Landmark at, std::string message) {
    add({Severity::kWarning, at, std::move(message), {}});
  }
  void note(Landmark at, std::string message) {
    add({Severity::kNote, at, std::move(message), {}});
  }

  std::size_t errors() const { return errors_; }

  // Whether the errors are of elements that could not begin their work (a file that is not there),
  // while nothing is wrong with the text.
  bool of_initializing() const { return of_initializing_; }
  void set_of_initializing() { of_initializing_ = true; }
  const std::vector<Diagnostic>& all() const { return all_; }

  // "router.click:12:7" with the column, "router.click:12" without.
  std::string where(Landmark at, bool with_column = true) const;

 private:
  void add(Diagnostic diagnostic) {
    if (all_.size() < kDiagnosticsMax) {
      all_.push_back(std::move(diagnostic));
    }
  }

  FileNames files_;
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
  bool of_initializing_ = false;
};

}  // namespace superfluid::graph
