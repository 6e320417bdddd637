// SPDX-License-Identifier: Apache-2.0
// CpuGroups: control groups by which the kernel limits how much of the processors single processes
// get.
//
//   SF_TRY(groups, CpuGroups::open("superfluid-1f2e"));
//   SF_CHECKED(groups.put("0123456789abcdef", pid, {.quota_percent = 25}));
//   groups.take_out("0123456789abcdef", pid);
//
// Both hierarchies are spoken: the unified one, where it has the cpu controller, else that of the
// controller alone. Groups are made below one of our own, so that what a killed program left can
// be told from everybody else's, and removed.
//
// Invariants
//   1. A group that could not be set up as wished is gone again when put() has failed.
//   2. take_out() and sweep() remove our groups alone; processes in them go to the group that this
//      process is in.
//
// Threads: one at a time. Calls ask the kernel and take tens of microseconds.

#pragma once

#include <sys/types.h>

#include <set>
#include <string>

#include "base/result.h"

namespace superfluid::os {

struct CpuShare {
  unsigned quota_percent = 100;  // of one processor; 100: no quota for what has one thread
  unsigned weight = 100;         // against others, when all are wanted; 1 to 10000
};

class CpuGroups {
 public:
  // `owner` names the group above ours. kUnsupported where no hierarchy has the controller,
  // kNotPermitted where it is somebody else's.
  static base::Result<CpuGroups> open(const std::string& owner);

  base::Status put(const std::string& name, pid_t process, const CpuShare& share);
  void take_out(const std::string& name, pid_t process);
  // Removes the groups of an owner that have none of these names, and the owner's where it is left
  // empty. Makes nothing.
  static void sweep(const std::string& owner, const std::set<std::string>& kept);

 private:
  static base::Result<CpuGroups> find(const std::string& owner);
  CpuGroups(std::string owner, std::string home, bool is_unified)
      : owner_(std::move(owner)), home_(std::move(home)), is_unified_(is_unified) {}

  std::string path_of(const std::string& name) const { return owner_ + "/" + name; }
  base::Status limit(const std::string& group, const CpuShare& share) const;
  void remove(const std::string& group) const;

  std::string owner_;  // the directory of our groups
  std::string home_;   // that of the group that this process is in
  bool is_unified_;
};

}  // namespace superfluid::os
