// SPDX-License-Identifier: Apache-2.0
// Any text is substituted and any arguments are answered, within bounds.
#include <cstdlib>

#include "base/bytes.h"
#include "elements/script_text.h"

namespace {

using namespace superfluid;

// Handlers are the functions; variables hold what was substituted before.
class FuzzSubstitutions final : public elements::Substitutions {
 public:
  std::optional<std::string> variable(std::string_view name) override {
    return name == "x" ? std::optional(value) : std::nullopt;
  }
  std::optional<std::string> handler(std::string_view call) override {
    const std::string_view name = call.substr(0, call.find(' '));
    for (const elements::ScriptFunction& function : elements::script_functions()) {
      if (function.name == name) {
        auto answer = function.call(call.substr(name.size()));
        return answer ? std::optional(std::move(*answer)) : std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::string value = "$x'\"";
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzSubstitutions with;
  for (int i = 0; i < 3; ++i) {
    with.value = elements::substitute(
        base::text_of({data, size}), with,
        i == 1 ? elements::BareValues::kQuoted : elements::BareValues::kAsTheyAre);
    // The values that may be put in are escaped at most fourfold.
    if (with.value.size() > 8 * elements::kScriptBytesMax + size) {
      std::abort();
    }
  }
  return 0;
}
