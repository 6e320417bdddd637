// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "superfluid/doctor/checks.h"
#include "superfluid/doctor/reading.h"

namespace superfluid::doctor {

using base::cat;

namespace {

constexpr std::uint64_t kKibPerMib = 1024;
constexpr std::uint64_t kLowMib =
    512;  // less leaves no room for a switch, an agent and some guests

Finding memory(const Host& host) {
  const std::string info = host.read("/proc/meminfo").value_or("");
  const auto total = field(info, "MemTotal");
  const auto available = field(info, "MemAvailable");
  if (!total || !available) {
    return unseen(host, "memory", "/proc/meminfo");
  }
  const std::string value =
      cat(*available / kKibPerMib, " MiB available of ", *total / kKibPerMib, " MiB");
  Finding finding = ok("memory", value);
  if (*available < kLowMib * kKibPerMib) {
    finding = note("memory", value,
                   cat("less than ", kLowMib,
                       " MiB is free for guests: each live microVM takes "
                       "about half a MiB of the kernel's memory besides its own"),
                   "stop what is not needed, or add memory");
  }
  finding.numbers = {{"available_kib", *available}, {"total_kib", *total}};
  return finding;
}

Finding overcommit(const Host& host) {
  const std::string path = "/proc/sys/vm/overcommit_memory";
  const auto mode = read_number(host, path);
  if (!mode) {
    return unseen(host, "overcommit", path);
  }
  if (*mode == 2) {
    return note("overcommit", "strict",
                "every clone of an image is charged in full although it shares nearly all of its "
                "pages, so starts fail long before memory is used",
                "sysctl vm.overcommit_memory=0");
  }
  return ok("overcommit", *mode == 1 ? "always" : "heuristic");
}

// "always [madvise] never" is "madvise".
std::string chosen(std::string_view choices) {
  const std::size_t open = choices.find('[');
  const std::size_t close = choices.find(']', open);
  return close == choices.npos ? "unknown"
                               : std::string(choices.substr(open + 1, close - open - 1));
}

Finding transparent_hugepages(const Host& host) {
  const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
  const auto choices = read_word(host, path);
  if (!choices) {
    return is_absent(host, path) ? ok("transparent-hugepages", "not in this kernel")
                                 : unseen(host, "transparent-hugepages", path);
  }
  const std::string mode = chosen(*choices);
  if (mode == "always") {
    return note("transparent-hugepages", mode,
                "the first write of a guest may fill 2 MiB instead of 4 KiB, which takes "
                "milliseconds of a start and multiplies the memory of small guests",
                cat("echo madvise > ", path));
  }
  return ok("transparent-hugepages", mode);
}

Finding ksm(const Host& host) {
  const std::string path = "/sys/kernel/mm/ksm/run";
  const auto run = read_number(host, path);
  if (!run) {
    return is_absent(host, path) ? ok("ksm", "not in this kernel") : unseen(host, "ksm", path);
  }
  if (*run == 1) {
    return note("ksm", "merging",
                "the kernel merges equal pages of different processes; where guests of different "
                "owners allow it, one can learn by timing what another holds",
                "echo 2 > /sys/kernel/mm/ksm/run unless all guests are yours; clones share their "
                "image without it");
  }
  return ok("ksm", "off");
}

Finding hugepages(const Host& host) {
  const std::string folder = "/sys/kernel/mm/hugepages/hugepages-2048kB/";
  const auto total = read_number(host, folder + "nr_hugepages");
  const auto free = read_number(host, folder + "free_hugepages");
  if ((!total || !free) && !is_absent(host, folder + "nr_hugepages")) {
    return unseen(host, "hugepages", folder + (total ? "free_hugepages" : "nr_hugepages"));
  }
  if (!total || !free) {
    return note("hugepages", "none", "the kernel has no pages of 2 MiB to reserve",
                "only peers that insist on them (DPDK without --no-huge) need another kernel");
  }
  const std::string value = cat(*free, " of ", *total, " free (2 MiB each)");
  Finding finding = ok("hugepages", value);
  if (*total == 0) {
    finding = note("hugepages", "none reserved",
                   "microVMs need none; a DPDK process at the other end of a port usually does",
                   "sysctl vm.nr_hugepages=256 where such a peer is planned");
  } else if (*free == 0) {
    finding = note("hugepages", value, "other processes hold them all",
                   cat("raise vm.nr_hugepages above ", *total, ", or end what holds them"));
  }
  finding.numbers = {{"free", *free}, {"total", *total}};
  return finding;
}

}  // namespace

Findings check_memory(const Host& host) {
  return {memory(host), overcommit(host), transparent_hugepages(host), ksm(host), hugepages(host)};
}

}  // namespace superfluid::doctor
