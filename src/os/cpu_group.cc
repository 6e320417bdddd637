// SPDX-License-Identifier: Apache-2.0
#include "os/cpu_group.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"

namespace superfluid::os {

using base::cat;
using base::ErrorCode;

namespace {

constexpr base::ByteCount kTextMax = base::kib(256);
constexpr unsigned kPeriodUs = 20'000;  // short, so that a limited function stutters little
constexpr unsigned kSharesPerWeight = 1024 / 100;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> pieces;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(at);
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return pieces;
}

bool has_word(std::string_view text, std::string_view word) {
  for (const std::string_view each : split(text, ' ')) {
    if (base::trim(each) == word) {
      return true;
    }
  }
  return false;
}

struct Hierarchy {
  std::string mount;
  bool is_unified = false;
};

// From /proc/self/mounts: device, directory, type, options.
base::Result<Hierarchy> find_hierarchy() {
  SF_TRY(mounts, read_text("/proc/self/mounts", kTextMax));
  for (const std::string_view line : split(mounts, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() < 4) {
      continue;
    }
    const std::string mount(words[1]);
    if (words[2] == "cgroup2") {
      const auto controllers = read_text(cat(mount, "/cgroup.controllers"), kTextMax);
      if (controllers && has_word(*controllers, "cpu")) {
        return Hierarchy{.mount = mount, .is_unified = true};
      }
    } else if (words[2] == "cgroup") {
      for (const std::string_view option : split(words[3], ',')) {
        if (option == "cpu") {
          return Hierarchy{.mount = mount, .is_unified = false};
        }
      }
    }
  }
  return base::fail(ErrorCode::kUnsupported, "this host has no control groups for processors");
}

// The group that this process is in: "ID:CONTROLLERS:PATH" a line.
std::string home_in(const Hierarchy& hierarchy) {
  const std::string text = read_text("/proc/self/cgroup", kTextMax).value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split(line, ':');
    if (words.size() != 3) {
      continue;
    }
    bool is_it = hierarchy.is_unified && words[1].empty();
    for (const std::string_view controller : split(words[1], ',')) {
      is_it = is_it || (!hierarchy.is_unified && controller == "cpu");
    }
    if (is_it && words[2] != "/") {
      return cat(hierarchy.mount, words[2]);
    }
  }
  return hierarchy.mount;
}

base::Status write_to(const std::string& path, std::string_view text) {
  SF_TRY(file, open_file(path, O_WRONLY));
  return write_all(file.get(), base::bytes_of(text));
}

base::Status make_group(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return fail_errno(cat("make the control group ", path), errno);
  }
  return {};
}

}  // namespace

base::Result<CpuGroups> CpuGroups::find(const std::string& owner) {
  SF_TRY(hierarchy, find_hierarchy());
  return CpuGroups(cat(hierarchy.mount, "/", owner), home_in(hierarchy), hierarchy.is_unified);
}

base::Result<CpuGroups> CpuGroups::open(const std::string& owner) {
  SF_TRY(groups, find(owner));
  constexpr std::string_view kHandDown = "/cgroup.subtree_control";
  if (groups.is_unified_) {
    SF_CHECKED(write_to(cat(directory_of(groups.owner_), kHandDown), "+cpu"));
  }
  SF_CHECKED(make_group(groups.owner_));
  if (groups.is_unified_) {
    SF_CHECKED(write_to(cat(groups.owner_, kHandDown), "+cpu"));
  }
  return groups;
}

base::Status CpuGroups::limit(const std::string& group, const CpuShare& share) const {
  const bool is_limited = share.quota_percent < 100;
  const unsigned quota_us = kPeriodUs * share.quota_percent / 100;
  if (is_unified_) {
    SF_CHECKED(write_to(cat(group, "/cpu.max"),
                        cat(is_limited ? cat(quota_us) : std::string("max"), " ", kPeriodUs)));
    return write_to(cat(group, "/cpu.weight"), cat(share.weight));
  }
  SF_CHECKED(write_to(cat(group, "/cpu.cfs_period_us"), cat(kPeriodUs)));
  SF_CHECKED(
      write_to(cat(group, "/cpu.cfs_quota_us"), is_limited ? cat(quota_us) : std::string("-1")));
  return write_to(cat(group, "/cpu.shares"), cat(share.weight * kSharesPerWeight));
}

base::Status CpuGroups::put(const std::string& name, pid_t process, const CpuShare& share) {
  const std::string group = path_of(name);
  SF_CHECKED(make_group(group));
  base::Status done = limit(group, share);
  if (done) {
    done = write_to(cat(group, "/cgroup.procs"), cat(process));
  }
  if (!done) {
    remove(group);
  }
  return done;
}

void CpuGroups::take_out(const std::string& name, pid_t process) {
  const std::string group = path_of(name);
  if (process > 0) {
    static_cast<void>(write_to(cat(home_, "/cgroup.procs"), cat(process)));
  }
  remove(group);
}

// What is still in it goes home first: a group with processes cannot be removed.
void CpuGroups::remove(const std::string& group) const {
  if (::rmdir(group.c_str()) == 0 || errno != EBUSY) {
    return;
  }
  if (const auto processes = read_text(cat(group, "/cgroup.procs"), kTextMax)) {
    for (const std::string_view process : split(*processes, '\n')) {
      if (!process.empty()) {
        static_cast<void>(write_to(cat(home_, "/cgroup.procs"), process));
      }
    }
  }
  ::rmdir(group.c_str());
}

void CpuGroups::sweep(const std::string& owner, const std::set<std::string>& kept) {
  const auto groups = find(owner);
  if (!groups) {
    return;
  }
  std::error_code failed;
  std::vector<std::string> left;
  for (const auto& each : std::filesystem::directory_iterator(groups->owner_, failed)) {
    const std::string name = each.path().filename().string();
    if (each.is_directory(failed) && !kept.contains(name)) {
      left.push_back(each.path().string());
    }
  }
  for (const std::string& group : left) {
    groups->remove(group);
  }
  if (kept.empty()) {
    ::rmdir(groups->owner_.c_str());
  }
}

base::Status pin(pid_t process, std::optional<unsigned> processor) {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (!processor) {
    if (::sched_getaffinity(0, sizeof processors, &processors) != 0) {
      return fail_errno("see the processors of this process", errno);
    }
  } else if (*processor >= CPU_SETSIZE) {
    return base::fail(ErrorCode::kInvalid, cat("there is no processor ", *processor));
  } else {
    CPU_SET(*processor, &processors);
  }
  if (::sched_setaffinity(process, sizeof processors, &processors) == 0) {
    return {};
  }
  if (errno == EINVAL && processor) {
    return base::fail(ErrorCode::kInvalid,
                      cat("processor ", *processor, " is not there, or not for this node"));
  }
  return fail_errno("pin a process", errno);
}

}  // namespace superfluid::os
