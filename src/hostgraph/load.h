// SPDX-License-Identifier: Apache-2.0
// Configurations and libraries from files.

#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "graph/elaborate.h"

namespace superfluid::hostgraph {

inline constexpr base::ByteCount kConfigBytesMax = base::mib(64);

// "-" is standard input, which errors then call <stdin>.
base::Result<graph::Source> read_config(const std::string& path);

// What `require(library NAME)` names: beside the file that asks, then in the folders of a search
// path, which are themselves, their `conf` and their `share/click`.
class LibraryFiles final : public graph::LibraryLoader {
 public:
  // Folders separated by ':', as in CLICKPATH; an empty one is the current folder.
  explicit LibraryFiles(std::string_view search_path);

  base::Result<graph::Source> load(std::string_view name, std::string_view from_file) override;

 private:
  std::vector<std::string> folders_;
};

}  // namespace superfluid::hostgraph
