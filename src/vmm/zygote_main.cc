// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <limits>
#include <string_view>

#include "base/text.h"
#include "vmm/zygote.h"

namespace superfluid::vmm {
namespace {

constexpr int kDaemonFd = 3;
constexpr int kExitUsage = 2;

int usage(const char* program) {
  // rules: allow printf: the main() that two programs share
  std::fprintf(stderr,
               "usage: %s --path SOCKET [--user NUMBER] [--daemon]\n"
               "It is started by the node's daemon: superfluid up.\n",
               program);
  return kExitUsage;
}

}  // namespace

int zygote_main(int argc, char** argv, const OpenShells& open_shells) {
  ZygoteOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--path" && has_value) {
      options.path = argv[++i];
    } else if (word == "--user" && has_value) {
      const auto number = base::parse_u64(argv[++i]);
      if (!number || *number >= std::numeric_limits<uid_t>::max()) {
        return usage(argv[0]);
      }
      options.user = static_cast<uid_t>(*number);
    } else if (word == "--daemon") {
      options.daemon = os::UniqueFd(kDaemonFd);
    } else {
      return usage(argv[0]);
    }
  }
  if (options.path.empty()) {
    return usage(argv[0]);
  }
  return run_zygote(std::move(options), open_shells);
}

}  // namespace superfluid::vmm
