// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "base/check_watch.h"

namespace superfluid::base {
namespace {

CheckWatch watch = nullptr;

}  // namespace

void watch_failed_checks(CheckWatch now) { watch = now; }

void check_failed(const char* what, const std::source_location& where) {
  if (watch != nullptr) {
    watch(what, where);
  }
  std::fprintf(stderr, "superfluid: check failed: %s\n  at %s:%u in %s\n", what, where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace superfluid::base
