// SPDX-License-Identifier: Apache-2.0
// What some features use and nothing depends on.

#include <algorithm>

#include "base/text.h"
#include "superfluid/doctor/checks.h"
#include "superfluid/doctor/reading.h"

namespace superfluid::doctor {

using base::cat;

namespace {

Finding resctrl(const Host& host) {
  const auto table = mounts(host);
  if (!table) {
    return unseen(host, "resctrl", kMountsPath);
  }
  const auto mount = std::ranges::find(*table, "resctrl", &Mount::type);
  if (mount != table->end()) {
    return ok("resctrl", cat("mounted on ", mount->point));
  }
  if (contains_word(host.read("/proc/filesystems").value_or(""), "resctrl")) {
    return note("resctrl", "not mounted",
                "the kernel can partition cache and memory bandwidth, and nobody has asked it to",
                "mount -t resctrl resctrl /sys/fs/resctrl");
  }
  const auto cpu = host.read("/proc/cpuinfo");
  if (!cpu) {
    return unseen(host, "resctrl", "/proc/cpuinfo");
  }
  const bool capable = contains_word(*cpu, "cat_l3") || contains_word(*cpu, "rdt_a");
  return note("resctrl", "not supported",
              capable ? "the processor can partition its cache, the kernel was built without "
                        "CONFIG_X86_CPU_RESCTRL"
                      : "neither the processor's flags (rdt_a, cat_l3) nor the kernel offer "
                        "partitions of the cache; a virtual machine usually hides them",
              capable ? "boot a kernel with CONFIG_X86_CPU_RESCTRL"
                      : "nothing to do: only cache partitions are missing");
}

Finding tools(const Host& host) {
  std::string found;
  std::string missing;
  for (const std::string_view program : {"ip", "ethtool", "bpftool", "tcpdump"}) {
    std::string& list = host.has_program(program) ? found : missing;
    list += cat(list.empty() ? "" : " ", program);
  }
  if (missing.empty()) {
    return ok("tools", std::move(found));
  }
  return note("tools", found.empty() ? "none" : std::move(found),
              cat("not on the PATH: ", missing,
                  "; superfluid runs without them, people who look "
                  "into a network rarely do"),
              "apt install iproute2 ethtool bpftool tcpdump");
}

}  // namespace

Findings check_extras(const Host& host) { return {resctrl(host), tools(host)}; }

}  // namespace superfluid::doctor
