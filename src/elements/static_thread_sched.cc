// SPDX-License-Identifier: Apache-2.0
#include "elements/static_thread_sched.h"

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
  const std::vector<const graph::Element*> named = elements_of(name);
  if (named.empty()) {
    arguments.complain(cat("'", base::escape(name), "' does not name an element"));
  }
  const std::size_t threads = router().lanes();
  if (thread < -1 || thread >= static_cast<std::int64_t>(threads)) {
    arguments.warn(cat("thread preference ", thread, " out of range, ",
                       threads == 1 ? std::string("one thread runs") : cat(threads, " threads run"),
                       " the graph"));
    return;
  }
  for (const graph::Element* element : named) {
    router().wish_lane(*element,
                       thread == -1 ? std::nullopt : std::optional<std::uint32_t>(thread));
  }
}

// Names are looked up from within this element's compound, and only there for compounds.
std::vector<const graph::Element*> StaticThreadSched::elements_of(std::string_view name) const {
  std::vector<const graph::Element*> named;
  if (name.empty()) {
    return named;
  }
  if (const graph::Element* const element = router().find(name, this)) {
    named.push_back(element);
    return named;
  }
  const std::string within =
      cat(std::string_view(this->name()).substr(0, this->name().rfind('/') + 1), name, "/");
  for (const auto& element : router().elements()) {
    if (element->name().starts_with(within)) {
      named.push_back(element.get());
    }
  }
  return named;
}

}  // namespace superfluid::elements
