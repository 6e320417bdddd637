// SPDX-License-Identifier: Apache-2.0
#include "superfluid/doctor/reading.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace superfluid::doctor {

std::optional<std::string> read_word(const Host& host, const std::string& path) {
  const auto text = host.read(path);
  return text ? std::optional<std::string>(base::trim(*text)) : std::nullopt;
}

std::optional<std::uint64_t> read_number(const Host& host, const std::string& path) {
  const auto word = read_word(host, path);
  return word ? base::parse_u64(*word) : std::nullopt;
}

bool is_absent(const Host& host, const std::string& path) {
  const auto text = host.read(path);
  return !text && text.error().code() == base::ErrorCode::kNotFound && host.in_kernel_files(path);
}

Finding unseen(const Host& host, std::string_view name, const std::string& path) {
  const auto text = host.read(path);
  if (text) {
    return note(name, "unknown", base::cat(path, " does not hold what the kernel writes there"),
                base::cat("look at it with cat ", path));
  }
  if (text.error().code() == base::ErrorCode::kNotPermitted) {
    return note(name, "unknown", base::cat("not permitted to read ", path),
                host.is_root() ? "allow it in the container's profile or the security module"
                               : "ask as root");
  }
  if (is_absent(host, path)) {
    return note(name, "unknown", base::cat("this kernel has no ", path),
                "nothing to do, unless the kernel can be built with it");
  }
  return note(name, "unknown", base::cat("cannot read ", path),
              path.starts_with("/sys/") ? "mount sysfs on /sys" : "mount proc on /proc");
}

std::optional<OwnLimit> own_limit(Errno error) {
  switch (error) {
    case EAGAIN:
      return OwnLimit{
          "no process could be started for the trial: the limit of processes is "
          "reached (RLIMIT_NPROC, or pids.max of the cgroup)",
          "ulimit -u 65536, or as root prlimit --nproc=65536 --pid $$, and see "
          "processes and cgroup-pids below"};
    case EMFILE:
      return OwnLimit{
          "no file could be opened for the trial: the limit of open files is reached "
          "(RLIMIT_NOFILE)",
          "ulimit -n 65536, or as root prlimit --nofile=65536 --pid $$"};
    case ENFILE:
      return OwnLimit{
          "no file could be opened for the trial: the host's limit of open files is "
          "reached (fs.file-max)",
          "sysctl fs.file-max=1048576, or end what holds them"};
    default: return std::nullopt;
  }
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

std::optional<std::vector<Mount>> mounts(const Host& host) {
  const auto table = host.read(kMountsPath);
  return table ? std::optional(os::parse_mounts(*table)) : std::nullopt;
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
