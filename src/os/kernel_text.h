// SPDX-License-Identifier: Apache-2.0
// The kernel's small text files, taken apart: lines, words, the table of mounts, the control groups
// of a process.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace superfluid::os {

// Views into `text`, which must outlive them: a temporary is refused. Empty ones are left out.
std::vector<std::string_view> split_lines(std::string_view text);
std::vector<std::string_view> split_words(std::string_view text);
std::vector<std::string_view> split_lines(std::string&& text) = delete;
std::vector<std::string_view> split_words(std::string&& text) = delete;
bool contains_word(std::string_view text, std::string_view word);

struct Mount {
  std::string point;
  std::string type;
  std::string options;
};
inline constexpr char kMountsPath[] = "/proc/self/mounts";
std::vector<Mount> parse_mounts(std::string_view table);
bool has_option(const Mount& mount, std::string_view option);

// The group that a process is in, in the hierarchy that has a controller: version 1's, where that
// is mounted with it, else version 2's, whose controllers are told by its own files.
struct Cgroup {
  std::string root;  // where the hierarchy is mounted
  std::string path;  // the process's directory, at or below it
  bool is_unified = false;
};
inline constexpr char kCgroupPath[] = "/proc/self/cgroup";
// `cgroups` is the text of such a file.
std::optional<Cgroup> find_cgroup(const std::vector<Mount>& mounts, std::string_view cgroups,
                                  std::string_view controller);

}  // namespace superfluid::os
