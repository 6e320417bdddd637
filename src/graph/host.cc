// SPDX-License-Identifier: Apache-2.0
#include "graph/host.h"

namespace superfluid::graph {
namespace {

base::Failure fail_missing(base::TextView why) {
  return base::fail(base::ErrorCode::kUnsupported, why);
}

}  // namespace

base::Result<std::string> Host::read_file(std::string_view) {
  return fail_missing("there are no files here");
}

base::Status Host::write_file(std::string_view, std::string_view, bool) {
  return fail_missing("there are no files here");
}

base::Status Host::at_signal(int, const void*, std::function<void()>) {
  return fail_missing("there are no signals here");
}

base::Status Host::send_signal(std::uint32_t, int) {
  return fail_missing("there are no processes here");
}

}  // namespace superfluid::graph
