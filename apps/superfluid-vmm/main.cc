// SPDX-License-Identifier: Apache-2.0
// superfluid-vmm: the zygote of a host's monitors (vmm/zygote.h). Started by the node's daemon,
// with a connection to it as descriptor 3; by hand for nothing.
//
//   superfluid-vmm --path SOCKET [--user NUMBER] [--daemon]

#include <cstdio>
#include <limits>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "vmm/zygote.h"

namespace {

constexpr int kDaemonFd = 3;
constexpr int kExitUsage = 2;

int usage() {
  std::fputs(
      "usage: superfluid-vmm --path SOCKET [--user NUMBER] [--daemon]\n"
      "It is started by the node's daemon: superfluid up.\n",
      stderr);
  return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  superfluid::vmm::ZygoteOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--path" && has_value) {
      options.path = argv[++i];
    } else if (word == "--user" && has_value) {
      const auto number = superfluid::base::parse_u64(argv[++i]);
      if (!number || *number >= std::numeric_limits<uid_t>::max()) {
        return usage();
      }
      options.user = static_cast<uid_t>(*number);
    } else if (word == "--daemon") {
      options.daemon = superfluid::os::UniqueFd(kDaemonFd);
    } else {
      return usage();
    }
  }
  if (options.path.empty()) {
    return usage();
  }
  return superfluid::vmm::run_zygote(std::move(options), superfluid::vmm::open_kvm_shells);
}
