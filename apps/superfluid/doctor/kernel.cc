// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "superfluid/doctor/checks.h"
#include "superfluid/doctor/reading.h"

namespace superfluid::doctor {

using base::cat;

namespace {

constexpr KernelVersion kWanted{5, 15};

Finding kernel(const Host& host) {
  const auto release = read_word(host, kReleasePath);
  const auto version = version_of(release.value_or(""));
  if (!version) {
    return note("kernel", release.value_or("unknown"),
                cat(kReleasePath, " does not tell a version"),
                "mount proc on /proc, or compare with 5.15 by hand");
  }
  if (*version < kWanted) {
    return problem("kernel", *release,
                   "5.15 is the first long-term kernel that can fill guest memory ahead of use "
                   "(MADV_POPULATE_WRITE) and end a whole cgroup at once (cgroup.kill)",
                   "boot a kernel of 5.15 or later");
  }
  return ok("kernel", *release);
}

Finding clock_source(const Host& host) {
  const std::string folder = "/sys/devices/system/clocksource/clocksource0/";
  const auto current = read_word(host, folder + "current_clocksource");
  if (!current) {
    return unseen(host, "clock-source", folder + "current_clocksource");
  }
  if (*current != "tsc") {
    const bool offered =
        contains_word(read_word(host, folder + "available_clocksource").value_or(""), "tsc");
    return note("clock-source", *current,
                "guests read the processor's time stamp counter, and here the kernel does not use "
                "it itself: stamps of guest and host drift apart, and each reading costs the host "
                "more",
                offered ? cat("echo tsc > ", folder, "current_clocksource")
                        : "look in dmesg for why the kernel gave up the tsc (\"clocksource: ... "
                          "unstable\"); on reliable hardware boot with tsc=reliable");
  }
  const auto cpu = host.read("/proc/cpuinfo");
  if (!cpu) {
    return unseen(host, "clock-source", "/proc/cpuinfo");
  }
  std::string lacking;
  for (const std::string_view flag : {"constant_tsc", "nonstop_tsc"}) {
    if (!contains_word(*cpu, flag)) {
      lacking += cat(lacking.empty() ? "" : " and ", flag);
    }
  }
  if (!lacking.empty()) {
    return note("clock-source", "tsc",
                cat("the processor does not promise ", lacking,
                    ": its counter may change pace or stop with the power state"),
                "keep the processor at one frequency and out of deep sleep (cpupower), or expect "
                "coarse time inside guests");
  }
  return ok("clock-source", "tsc, constant and never stopping");
}

}  // namespace

Findings check_kernel(const Host& host) { return {kernel(host), clock_source(host)}; }

}  // namespace superfluid::doctor
