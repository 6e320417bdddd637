// SPDX-License-Identifier: Apache-2.0
// What an End means: for the restart policy, for the user in a sentence, and for whoever waits for
// the start as an Error. What a guest says of itself is hostile text: it is shown escaped, and of a
// list of findings each line is taken apart strictly.
//
// Threads: pure.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/restart_policy.h"
#include "base/result.h"
#include "vmm/nursery.h"

namespace superfluid::agent {

struct Verdict {
  Ending ending = Ending::kFailed;
  std::string reason;
  base::Error error;
};

// `name` is what errors call the graph.
Verdict judge(const vmm::End& end, std::string_view name);

struct Finding {
  std::string severity;
  std::string file;
  std::uint64_t line = 0;
  std::uint64_t column = 0;
  std::string message;
  std::string remedy;
};
inline constexpr std::size_t kFindingsMax = 200;
// Lines that are no findings are left out.
std::vector<Finding> parse_findings(std::string_view text);
// All errors in one, each a cause with its place.
base::Error error_of(const std::vector<Finding>& findings, std::string_view name);

}  // namespace superfluid::agent
