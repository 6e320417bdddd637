// SPDX-License-Identifier: Apache-2.0
#include "elements/static_thread_sched.h"

#include <algorithm>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;

const graph::ElementClass StaticThreadSched::kClass{"StaticThreadSched", "0/0", "a/a",
                                                    graph::make_element<StaticThreadSched>};

void StaticThreadSched::configure(graph::Arguments& arguments) {
  std::vector<std::string> placements;
  arguments.rest(placements).complete();
  for (const std::string& placement : placements) {
    place(placement, arguments);
  }
}

void StaticThreadSched::place(std::string_view placement, graph::Arguments& arguments) const {
  std::string as_list;
  for (const std::string& word : graph::split_words(placement)) {
    as_list += cat(as_list.empty() ? "" : ", ", word);
  }
  graph::Arguments words(this, as_list);
  std::string name;
  std::int32_t thread = 0;
  words.required("ELEMENT", name).required("THREAD", thread).complete();
  for (const std::string& complaint : words.complaints()) {
    arguments.complain(complaint);
  }
  if (!words.complaints().empty()) {
    return;
  }
  if (!is_element(name)) {
    arguments.complain(cat("'", base::escape(name), "' does not name an element"));
  }
  if (thread < -1 || thread > 0) {
    arguments.warn(cat("thread preference ", thread, " out of range, one thread runs the graph"));
  }
}

// Names are looked up from within this element's compound, and only there for compounds.
bool StaticThreadSched::is_element(std::string_view name) const {
  if (name.empty() || router().find(name, this) != nullptr) {
    return !name.empty();
  }
  const std::string within =
      cat(std::string_view(this->name()).substr(0, this->name().rfind('/') + 1), name, "/");
  return std::ranges::any_of(router().elements(), [&](const auto& element) {
    return element->name().starts_with(within);
  });
}

}  // namespace superfluid::elements
