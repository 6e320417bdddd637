// SPDX-License-Identifier: Apache-2.0
#include "superfluid/doctor/reading.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace superfluid::doctor {
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

}  // namespace

std::optional<std::string> read_word(const Host& host, const std::string& path) {
  const auto text = host.read(path);
  return text ? std::optional<std::string>(base::trim(*text)) : std::nullopt;
}

std::optional<std::uint64_t> read_number(const Host& host, const std::string& path) {
  const auto word = read_word(host, path);
  return word ? base::parse_u64(*word) : std::nullopt;
}

std::vector<std::string_view> split_lines(std::string_view text) { return split(text, "\n"); }
std::vector<std::string_view> split_words(std::string_view text) { return split(text, " \t\n"); }

bool contains_word(std::string_view text, std::string_view word) {
  const auto words = split_words(text);
  return std::ranges::find(words, word) != words.end();
}

std::optional<std::uint64_t> field(std::string_view text, std::string_view name) {
  for (const std::string_view line : split_lines(text)) {
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
      const auto words = split_words(line.substr(name.size() + 1));
      return words.empty() ? std::nullopt : base::parse_u64(words[0]);
    }
  }
  return std::nullopt;
}

std::vector<Mount> mounts(const Host& host) {
  std::vector<Mount> found;
  const std::string table = host.read("/proc/self/mounts").value_or("");
  for (const std::string_view line : split_lines(table)) {
    const auto words = split_words(line);
    if (words.size() >= 4) {
      found.push_back({std::string(words[1]), std::string(words[2]), std::string(words[3])});
    }
  }
  return found;
}

bool has_option(const Mount& mount, std::string_view option) {
  const auto options = split(mount.options, ",");
  return std::ranges::find(options, option) != options.end();
}

std::optional<KernelVersion> version_of(std::string_view release) {
  const std::size_t dot = release.find('.');
  if (dot == release.npos) {
    return std::nullopt;
  }
  const std::string_view rest = release.substr(dot + 1);
  const std::size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const auto major = base::parse_u64(release.substr(0, dot));
  const auto minor = base::parse_u64(rest.substr(0, end));
  if (!major || !minor) {
    return std::nullopt;
  }
  return KernelVersion(*major, *minor);
}

std::string describe(Errno error) {
  switch (error) {
    case kTookTooLong: return "it did not come back in time and was ended";
    case kDied: return "the process that tried it was killed";
    default: return std::strerror(error);
  }
}

}  // namespace superfluid::doctor
