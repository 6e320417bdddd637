// SPDX-License-Identifier: Apache-2.0
#include "os/kernel_text.h"

#include <algorithm>

#include "base/text.h"

namespace superfluid::os {
namespace {

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end != 0) {
      parts.push_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool contains(std::string_view list, std::string_view wanted) {
  const auto parts = split(list, ",");
  return std::ranges::find(parts, wanted) != parts.end();
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) { return split(text, "\n"); }
std::vector<std::string_view> split_words(std::string_view text) { return split(text, " \t\n"); }

bool contains_word(std::string_view text, std::string_view word) {
  const auto words = split_words(text);
  return std::ranges::find(words, word) != words.end();
}

std::vector<Mount> parse_mounts(std::string_view table) {
  std::vector<Mount> found;
  for (const std::string_view line : split_lines(table)) {
    const auto words = split_words(line);
    if (words.size() >= 4) {
      found.push_back({std::string(words[1]), std::string(words[2]), std::string(words[3])});
    }
  }
  return found;
}

bool has_option(const Mount& mount, std::string_view option) {
  return contains(mount.options, option);
}

std::optional<Cgroup> find_cgroup(const std::vector<Mount>& mounts, std::string_view cgroups,
                                  std::string_view controller) {
  for (const bool is_unified : {false, true}) {
    const auto mount = std::ranges::find_if(mounts, [&](const Mount& each) {
      return is_unified ? each.type == "cgroup2"
                        : each.type == "cgroup" && has_option(each, controller);
    });
    if (mount == mounts.end()) {
      continue;
    }
    for (std::string_view line : split_lines(cgroups)) {
      // "8:pids:/box", "4:cpu,cpuacct:/", "0::/box"
      line.remove_prefix(std::min(line.find(':'), line.size()));
      const std::size_t end = line.find(":/", 1);
      if (end == std::string_view::npos) {
        continue;
      }
      const std::string_view controllers = line.substr(1, end - 1);
      if (is_unified ? controllers.empty() : contains(controllers, controller)) {
        const std::string_view below = line.substr(end + 2);
        return Cgroup{.root = mount->point,
                      .path = below.empty() ? mount->point : base::cat(mount->point, '/', below),
                      .is_unified = is_unified};
      }
    }
  }
  return std::nullopt;
}

}  // namespace superfluid::os
