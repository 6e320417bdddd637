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
constexpr std::uint64_t kMapsWanted = 65530;   // the kernel's default; one per parked guest

constexpr std::uint64_t kUnlimited = UINT64_MAX;

struct Limit {
  std::string_view name;
  std::uint64_t value;
  std::uint64_t per_microvm;
  std::string what;    // "the soft limit of open files"
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
    return unseen(limit.name, "/proc/self/limits");
  }
  limit.value = *value;
  return judge(std::move(limit));
}

Finding from_file(const Host& host, Limit limit, const std::string& path) {
  const auto value = read_number(host, path);
  if (!value) {
    return unseen(limit.name, path);
  }
  limit.value = *value;
  return judge(std::move(limit));
}

Finding maps(const Host& host) {
  const std::string path = "/proc/sys/vm/max_map_count";
  const auto value = read_number(host, path);
  if (!value) {
    return unseen("maps", path);
  }
  if (*value < kMapsWanted) {
    return note("maps", cat(*value, " per process"),
                "a monitor keeps one mapping for each guest that it has parked",
                cat("sysctl vm.max_map_count=", kMapsWanted));
  }
  return ok("maps", cat(*value, " per process, one per parked guest"));
}

// The folder of this process's cgroup in the hierarchy that counts processes; empty when none does.
std::string pids_cgroup(const Host& host, std::string& root) {
  const auto table = mounts(host);
  const std::string cgroups = host.read("/proc/self/cgroup").value_or("");
  for (const std::string_view line : split_lines(cgroups)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) {
      continue;
    }
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const auto mount = std::ranges::find_if(table, [&](const Mount& m) {
      return controllers.empty() ? m.type == "cgroup2"
                                 : m.type == "cgroup" && has_option(m, "pids");
    });
    const bool counts = controllers.empty() || controllers == "pids";
    if (counts && mount != table.end()) {
      root = mount->point;
      const std::string_view path = line.substr(second + 1);
      const std::string folder = cat(root, path == "/" ? "" : path);
      if (!controllers.empty() || read_word(host, cat(folder, "/pids.max"))) {
        return folder;
      }
    }
  }
  return {};
}

// The tightest limit on the way from this process's cgroup up to the root.
Finding cgroup_pids(const Host& host) {
  std::string root;
  std::string folder = pids_cgroup(host, root);
  if (folder.empty()) {
    return ok("cgroup-pids", "no cgroup counts processes");
  }
  std::uint64_t tightest = kUnlimited;
  std::string where;
  while (folder.size() > root.size()) {
    const auto value = read_number(host, cat(folder, "/pids.max"));
    if (value && *value < tightest) {
      tightest = *value;
      where = cat(folder, "/pids.max");
    }
    folder.resize(folder.rfind('/'));
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
          cgroup_pids(host),
          maps(host)};
}

}  // namespace superfluid::doctor
