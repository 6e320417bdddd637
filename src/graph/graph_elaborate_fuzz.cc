// SPDX-License-Identifier: Apache-2.0
// Any text elaborates to a graph or to errors; a graph's own text elaborates to the same graph.
#include <cstdlib>

#include "base/bytes.h"
#include "graph/elaborate.h"

namespace {

using namespace superfluid;

class FuzzCatalog final : public graph::ClassCatalog {
 public:
  bool contains(std::string_view name) const override {
    // Element names such as Queue@2 or a/Queue must not look like classes.
    return !name.empty() && name[0] >= 'A' && name[0] <= 'Z' &&
           name.find_first_of("@/") == name.npos;
  }
  std::vector<std::string_view> names() const override { return {"Idle", "Queue"}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzCatalog catalog;
  const graph::ElaborateOptions options{catalog, nullptr, {}};
  graph::Diagnostics first;
  const graph::FlatGraph made =
      graph::elaborate("fuzz", base::text_of({data, size}), options, first);
  if (first.errors() != 0) {
    return 0;
  }
  const std::string text = graph::unparse(made);
  graph::Diagnostics second;
  const graph::FlatGraph again = graph::elaborate("flat", text, options, second);
  if (second.errors() != 0 || graph::unparse(again) != text) {
    std::abort();
  }
  return 0;
}
