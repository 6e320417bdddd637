// SPDX-License-Identifier: Apache-2.0
// Limits: each is told as the number of microVMs that fit under it, because that is the question.
//
// One microVM is one process with one more thread for KVM and a handful of descriptors.

#include <algorithm>

#include "base/text.h"
#include "superfluid/doctor/checks.h"
#include "superfluid/doctor/reading.h"

namespace superfluid::doctor {

using base::cat;

namespace {

constexpr std::uint64_t kWantedMicrovms = 1000;
constexpr std::uint64_t kFilesPerMicrovm = 4;  // KVM's two and the doorbells of one port
constexpr std::uint64_t kTasksPerMicrovm = 2;  // the monitor's thread and KVM's

constexpr std::uint64_t kUnlimited = UINT64_MAX;

struct Limit {
  std::string_view name;
  std::uint64_t value;
  std::uint64_t per_microvm;
  std::string what;    // "the number of process ids"
  std::string remedy;  // how to raise it
};

Finding judge(Limit limit) {
  if (limit.value == kUnlimited) {
    return ok(limit.name, "unlimited");
  }
  const std::uint64_t room = limit.value / limit.per_microvm;
  const std::string value = cat(limit.value, ", room for ", room, " microVMs");
  Finding finding = ok(limit.name, value);
  if (room < kWantedMicrovms) {
    finding = note(limit.name, value,
                   cat(limit.what, " ends before ", kWantedMicrovms, " microVMs do, which take ",
                       limit.per_microvm, " each"),
                   std::move(limit.remedy));
  }
  finding.numbers = {{"limit", limit.value}, {"microvms", room}};
  return finding;
}

// A line of /proc/self/limits: "Max open files            1024                 4096        files".
std::optional<std::uint64_t> soft_limit(std::string_view table, std::string_view title) {
  for (const std::string_view line : split_lines(table)) {
    if (line.starts_with(title)) {
      const auto words = split_words(line.substr(title.size()));
      if (!words.empty()) {
        return words[0] == "unlimited" ? kUnlimited : base::parse_u64(words[0]);
      }
    }
  }
  return std::nullopt;
}

Finding from_self(const Host& host, Limit limit, std::string_view title) {
  const auto value = soft_limit(host.read("/proc/self/limits").value_or(""), title);
  if (!value) {
    return unseen(host, limit.name, "/proc/self/limits");
  }
  limit.value = *value;
  return judge(std::move(limit));
}

Finding from_file(const Host& host, Limit limit, const std::string& path) {
  const auto value = read_number(host, path);
  if (!value) {
    return unseen(host, limit.name, path);
  }
  limit.value = *value;
  return judge(std::move(limit));
}

// The tightest limit on the way from this process's cgroup up to the root, which has none.
Finding cgroup_pids(const Host& host) {
  const auto table = mounts(host);
  const auto cgroups = host.read(kCgroupPath);
  if (!table || !cgroups) {
    return unseen(host, "cgroup-pids", table ? kCgroupPath : kMountsPath);
  }
  std::optional<os::Cgroup> folder = os::find_cgroup(*table, *cgroups, "pids");
  if (!folder) {
    return note("cgroup-pids", "unknown",
                "no hierarchy of cgroups that counts processes is mounted here: a limit above this "
                "process cannot be seen",
                "mount -t cgroup2 none /sys/fs/cgroup");
  }
  std::uint64_t tightest = kUnlimited;
  std::string where;
  while (folder->path.size() > folder->root.size()) {
    const std::string file = folder->path + "/pids.max";
    const auto word = read_word(host, file);
    if (!word && !is_absent(host, file)) {
      return unseen(host, "cgroup-pids", file);
    }
    const auto value = base::parse_u64(word.value_or("max"));
    if (value && *value < tightest) {
      tightest = *value;
      where = file;
    }
    folder->path.resize(folder->path.rfind('/'));
  }
  return judge(
      {.name = "cgroup-pids",
       .value = tightest,
       .per_microvm = kTasksPerMicrovm,
       .what = where,
       .remedy = cat("echo max > ", where, ", or for a service of systemd set TasksMax=infinity")});
}

}  // namespace

Findings check_limits(const Host& host) {
  return {from_self(host,
                    {.name = "files",
                     .value = 0,
                     .per_microvm = kFilesPerMicrovm,
                     .what = "the limit of open files (RLIMIT_NOFILE)",
                     .remedy = "ulimit -n 65536, or for a service LimitNOFILE=65536"},
                    "Max open files"),
          from_self(host,
                    {.name = "processes",
                     .value = 0,
                     .per_microvm = kTasksPerMicrovm,
                     .what = "the limit of processes of one user (RLIMIT_NPROC)",
                     .remedy = "ulimit -u 65536, or for a service LimitNPROC=65536"},
                    "Max processes"),
          from_file(host,
                    {.name = "pids",
                     .value = 0,
                     .per_microvm = kTasksPerMicrovm,
                     .what = "the number of process ids",
                     .remedy = "sysctl kernel.pid_max=4194304"},
                    "/proc/sys/kernel/pid_max"),
          from_file(host,
                    {.name = "threads",
                     .value = 0,
                     .per_microvm = kTasksPerMicrovm,
                     .what = "the number of threads on this host",
                     .remedy = "sysctl kernel.threads-max=65536"},
                    "/proc/sys/kernel/threads-max"),
          cgroup_pids(host)};
}

}  // namespace superfluid::doctor
