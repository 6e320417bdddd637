// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/load.h"

#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"
#include "os/files.h"

namespace superfluid::hostgraph {

using base::cat;

base::Result<graph::Source> read_config(const std::string& path) {
  if (path == "-") {
    SF_TRY(bytes, os::read_whole(STDIN_FILENO, kConfigBytesMax));
    return graph::Source{"<stdin>", std::string(base::text_of(bytes))};
  }
  SF_TRY(text, os::read_text(path, kConfigBytesMax));
  return graph::Source{path, std::move(text)};
}

LibraryFiles::LibraryFiles(std::string_view search_path) {
  while (!search_path.empty()) {
    const std::size_t end = std::min(search_path.find(':'), search_path.size());
    const std::string folder = end == 0 ? std::string() : cat(search_path.substr(0, end), '/');
    for (const std::string_view below : {"", "conf/", "share/click/"}) {
      folders_.push_back(cat(folder, below));
    }
    search_path.remove_prefix(std::min(end + 1, search_path.size()));
  }
}

base::Result<graph::Source> LibraryFiles::load(std::string_view name, std::string_view from_file) {
  const std::string_view beside = from_file.substr(0, from_file.rfind('/') + 1);
  std::vector<std::string> candidates;
  if (!name.starts_with('/')) {
    candidates.push_back(cat(beside, name));
    for (const std::string& folder : folders_) {
      candidates.push_back(cat(folder, name));
    }
  }
  candidates.emplace_back(name);
  for (const std::string& path : candidates) {
    auto text = os::read_text(path, kConfigBytesMax);
    if (text) {
      return graph::Source{path, std::move(*text)};
    }
    if (text.error().code() != base::ErrorCode::kNotFound) {
      return base::pass(std::move(text).error());
    }
  }
  return base::fail(base::ErrorCode::kNotFound,
                    cat("library '", base::escape(name), "' not found in CLICKPATH/conf"));
}

}  // namespace superfluid::hostgraph
