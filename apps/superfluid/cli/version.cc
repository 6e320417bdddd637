// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/version.h"

namespace superfluid::cli {

base::Status run_version(const Invocation&, Output& output) {
  if (output.json()) {
    output.result({{"version", SUPERFLUID_VERSION}});
  } else {
    output.text("superfluid " SUPERFLUID_VERSION "\n");
  }
  return {};
}

}  // namespace superfluid::cli
