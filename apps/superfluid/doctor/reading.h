// SPDX-License-Identifier: Apache-2.0
// The kernel's small text files, as the judges want them: one word, one number, one field, the
// table of mounts.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "os/kernel_text.h"
#include "superfluid/doctor/finding.h"
#include "superfluid/doctor/host.h"

namespace superfluid::doctor {

// The file without surrounding space; nullopt when it cannot be read.
std::optional<std::string> read_word(const Host& host, const std::string& path);
// A file that holds one number; also nullopt for "max" and other words.
std::optional<std::uint64_t> read_number(const Host& host, const std::string& path);

// Whether this kernel has no such file. False when it is there, and when that cannot be known.
bool is_absent(const Host& host, const std::string& path);
// What a judge says about a file of the kernel that it could not read or understand.
Finding unseen(const Host& host, std::string_view name, const std::string& path);

// Why a trial failed where it failed by a limit of this very process, which says nothing about the
// host; nullopt for every other errno.
struct OwnLimit {
  std::string cause;
  std::string remedy;
};
std::optional<OwnLimit> own_limit(Errno error);

using os::contains_word;
using os::split_lines;
using os::split_words;

// The number after "name:" in a file of such lines (/proc/meminfo, where it counts KiB).
std::optional<std::uint64_t> field(std::string_view text, std::string_view name);

using os::has_option;
using os::kCgroupPath;
using os::kMountsPath;
using os::Mount;
// nullopt when the table cannot be read.
std::optional<std::vector<Mount>> mounts(const Host& host);

using KernelVersion = std::pair<std::uint64_t, std::uint64_t>;
inline constexpr char kReleasePath[] = "/proc/sys/kernel/osrelease";
// "6.1.0-18-amd64" is 6.1; nullopt when it does not begin with two numbers.
std::optional<KernelVersion> version_of(std::string_view release);

// "No such file or directory", "it did not come back in time", ...
std::string describe(Errno error);

}  // namespace superfluid::doctor
