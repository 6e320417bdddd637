// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include "base/text.h"
#include "superfluid/doctor/checks.h"
#include "superfluid/doctor/reading.h"

namespace superfluid::doctor {

using base::cat;

namespace {

constexpr std::uint32_t kPass = 2;  // XDP_PASS, what the trial's program answers

Finding tun(const Host& host) {
  const Errno error = host.try_tun();
  if (error == 0) {
    return ok("tun", "/dev/net/tun opens");
  }
  if (const auto limit = own_limit(error)) {
    return note("tun", "not tried", limit->cause, limit->remedy);
  }
  return note("tun", error == ENOENT ? "absent" : "not usable",
              cat("/dev/net/tun: ", describe(error),
                  "; taps, which connect instances to the "
                  "host's own network stack, cannot be made"),
              error == ENOENT || error == ENODEV
                  ? "modprobe tun; inside a container, pass the device in"
                  : "run as root, or have the device's group changed to one of yours");
}

Finding bpf(const Host& host) {
  const BpfTrial trial = host.try_bpf();
  if (const auto limit = own_limit(trial.load)) {
    return note("bpf", "not tried", limit->cause, limit->remedy);
  }
  if (trial.load == EPERM || trial.load == EACCES) {
    return note("bpf", "not permitted",
                cat("loading an XDP program: ", describe(trial.load),
                    "; the fast uplink and the tunnel offload need it"),
                host.is_root() ? "lift the seccomp profile or the kernel lockdown that forbids "
                                 "bpf(2)"
                               : "run as root, or give the program CAP_BPF and CAP_NET_ADMIN");
  }
  if (trial.load != 0) {
    return note("bpf", "not usable", cat("loading an XDP program: ", describe(trial.load)),
                "boot a kernel with CONFIG_BPF_SYSCALL and CONFIG_XDP_SOCKETS");
  }
  if (trial.run != 0 || trial.verdict != kPass) {
    return note(
        "bpf", "loads, does not run",
        trial.run != 0
            ? cat("BPF_PROG_TEST_RUN: ", describe(trial.run))
            : cat("the program answers ", kPass, " and was heard to answer ", trial.verdict),
        "attached programs may work all the same; testing them on packets in memory does not");
  }
  return ok("bpf", "an XDP program loads and runs");
}

Finding af_xdp(const Host& host) {
  const Errno error = host.try_af_xdp();
  if (error == 0) {
    return ok("af-xdp", "sockets can be made");
  }
  if (const auto limit = own_limit(error)) {
    return note("af-xdp", "not tried", limit->cause, limit->remedy);
  }
  return note("af-xdp", "not usable",
              cat("socket(AF_XDP): ", describe(error), "; the fast uplink needs it"),
              error == EPERM || error == EACCES ? "run as root, or give the program CAP_NET_RAW"
                                                : "boot a kernel with CONFIG_XDP_SOCKETS");
}

}  // namespace

Findings check_network(const Host& host) { return {tun(host), bpf(host), af_xdp(host)}; }

}  // namespace superfluid::doctor
