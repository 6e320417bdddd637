// SPDX-License-Identifier: Apache-2.0
// What a process gives away before it runs what it does not trust: its user, its capabilities, its
// view of files and networks, its limits, its system calls. One step each; all are one-way.
//
// The order matters: an empty root and another user need privileges, a filter forbids the rest.
//
// Threads: the process has one.

#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "os/unique_fd.h"

namespace superfluid::os {

// Networks, System V objects and the host's name of this process's own, with nothing in them.
// kNotPermitted without CAP_SYS_ADMIN.
base::Status leave_namespaces();

// A directory of a filesystem that is empty, cannot be written and is mounted nowhere; and into it.
base::Result<UniqueFd> make_empty_root();
base::Status enter_root(const UniqueFd& directory);

// For good, and without supplementary groups; the group has the user's number.
base::Status become_user(uid_t user);
// None are left, nor can one be gained by executing a program.
base::Status drop_capabilities();

enum class Limit : unsigned char { kCore, kDescriptors, kAddressSpace, kProcesses };
// Both the soft and the hard limit, never above what the hard limit was.
base::Status lower_limit(Limit limit, std::uint64_t value);
// The soft limit up to `wanted`, the hard limit with it where that is allowed. What it is now.
base::Result<std::uint64_t> raise_descriptor_limit(std::uint64_t wanted);

// A program of the kernel's classic BPF over struct seccomp_data; REQUIRES drop_capabilities().
base::Status install_filter(base::ByteView program);

// From now on an arriving message on `socket` interrupts this thread with `signal`.
base::Status signal_on_arrival(int socket, int signal);

}  // namespace superfluid::os
