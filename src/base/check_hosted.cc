// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "base/check.h"

namespace superfluid::base {

void check_failed(const char* what, const std::source_location& where) {
  std::fprintf(stderr, "superfluid: check failed: %s\n  at %s:%u in %s\n", what, where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace superfluid::base
