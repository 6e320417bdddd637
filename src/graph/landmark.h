// SPDX-License-Identifier: Apache-2.0
// Landmark: where in which source something was written. Every token, element and error has one, so
// that an error can point and several files (libraries, `#line` directives) can take part in one
// graph.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash_map.h"
#include "base/ids.h"

namespace superfluid::graph {

struct FileTag;
using FileId = base::StrongId<FileTag, std::uint32_t>;

struct Landmark {
  FileId file;
  std::uint32_t line = 0;    // from 1; 0 when the source has no lines
  std::uint32_t column = 0;  // from 1; 0 when unknown

  friend auto operator<=>(const Landmark&, const Landmark&) = default;
};

// The names of the sources that took part, in order of first use.
class FileNames {
 public:
  FileId intern(std::string_view name) {
    const auto next = static_cast<std::uint32_t>(names_.size());
    return FileId(*names_.try_emplace(std::string(name), next).first);
  }

  std::string_view name(FileId file) const { return (names_.begin() + file.value())->first; }

 private:
  base::HashMap<std::string, std::uint32_t> names_;  // in order of entry
};

}  // namespace superfluid::graph
