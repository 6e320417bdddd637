// SPDX-License-Identifier: Apache-2.0
#include "os/cpu_group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/kernel_text.h"

namespace superfluid::os {

using base::cat;
using base::ErrorCode;

namespace {

constexpr base::ByteCount kTextMax = base::kib(256);
constexpr unsigned kPeriodUs = 20'000;  // short, so that a limited function stutters little
constexpr unsigned kSharesPerWeight = 1024 / 100;

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
  SF_TRY(mounts, read_text(kMountsPath, kTextMax));
  SF_TRY(cgroups, read_text(kCgroupPath, kTextMax));
  auto home = find_cgroup(parse_mounts(mounts), cgroups, "cpu");
  if (home && home->is_unified) {
    const auto controllers = read_text(cat(home->root, "/cgroup.controllers"), kTextMax);
    home = controllers && contains_word(*controllers, "cpu") ? std::move(home) : std::nullopt;
  }
  if (!home) {
    return base::fail(ErrorCode::kUnsupported, "this host has no control groups for processors");
  }
  return CpuGroups(cat(home->root, "/", owner), std::move(home->path), home->is_unified);
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
    for (const std::string_view process : split_lines(*processes)) {
      static_cast<void>(write_to(cat(home_, "/cgroup.procs"), process));
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

}  // namespace superfluid::os
