// SPDX-License-Identifier: Apache-2.0
#include "support/require.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace superfluid::testing {
namespace {

std::string_view name_of(Need need) {
  switch (need) {
    case Need::root: return "root";
    case Need::netns: return "netns";
    case Need::tun: return "tun";
    case Need::kvm: return "kvm";
    case Need::bpf: return "bpf";
    case Need::tshark: return "tshark";
    case Need::ping: return "ping";
  }
  return "";
}

std::optional<std::string> lack_of_netns() {
  // Tried in a child, so that the test's own thread stays where it is.
  const pid_t child = fork();
  if (child == 0) {
    _exit(unshare(CLONE_NEWNET) == 0 ? 0 : errno);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    return "a child process to try it in did not come back";
  }
  if (WEXITSTATUS(status) != 0) {
    return std::string("unshare(CLONE_NEWNET): ") + std::strerror(WEXITSTATUS(status));
  }
  return std::nullopt;
}

std::optional<std::string> lack_of_device(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    return std::string(path) + ": " + std::strerror(errno);
  }
  close(fd);
  return std::nullopt;
}

std::optional<std::string> lack_of_bpf() {
  // bpf(2) with an unknown command: EPERM where it is forbidden, EINVAL where it would be allowed.
  char attributes[64] = {};
  if (syscall(SYS_bpf, 0x7fffffff, attributes, sizeof attributes) < 0 && errno != EINVAL) {
    return std::string("bpf(2): ") + std::strerror(errno);
  }
  return std::nullopt;
}

std::optional<std::string> lack_of_program(const char* name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const auto colon = std::min(rest.find(':'), rest.size());
    const std::string candidate = std::string(rest.substr(0, colon)) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) {
      return std::nullopt;
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return std::string(name) + " is not on the PATH";
}

}  // namespace

std::optional<std::string> lack_of(Need need) {
  switch (need) {
    case Need::root:
      return geteuid() == 0 ? std::nullopt : std::optional<std::string>("not running as root");
    case Need::netns: return lack_of_netns();
    case Need::tun: return lack_of_device("/dev/net/tun");
    case Need::kvm: return lack_of_device("/dev/kvm");
    case Need::bpf: return lack_of_bpf();
    case Need::tshark: return lack_of_program("tshark");
    case Need::ping: return lack_of_program("ping");
  }
  return "unknown need";
}

bool is_required(Need need) {
  const char* required = std::getenv("SUPERFLUID_REQUIRE");
  std::string_view rest = required != nullptr ? required : "";
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    if (rest.substr(0, comma) == name_of(need)) {
      return true;
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

}  // namespace superfluid::testing
