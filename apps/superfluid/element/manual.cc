// SPDX-License-Identifier: Apache-2.0
#include "superfluid/element/manual.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/text.h"
#include "elements/registry.h"
#include "graph/router.h"
#include "hostgraph/registry.h"

namespace superfluid::element {

using base::cat;

namespace {

graph::Registry all_elements() {
  graph::Registry registry;
  elements::register_elements(registry);
  hostgraph::register_elements(registry);
  return registry;
}

std::vector<std::string_view> sorted_names(const graph::Registry& registry) {
  std::vector<std::string_view> names = registry.names();
  std::ranges::sort(names);
  return names;
}

// Empty when the header of the class has no page, which tests refuse.
std::string_view page_of(std::string_view class_name) {
  const std::span pages(kManualPages, kManualPageCount);
  const std::string wanted = cat(' ', class_name, ' ');
  const auto page = std::ranges::find_if(
      pages, [&](const ManualPage& each) { return each.classes.contains(wanted); });
  return page == pages.end() ? std::string_view() : page->text;
}

// The sentence of a class: what its page says after its name, where a page is of several classes,
// else the page's first line.
std::string summary_of(std::string_view class_name) {
  std::string_view page = page_of(class_name);
  const std::string intro = cat(class_name, ": ");
  std::size_t at = page.starts_with(intro) ? 0 : page.find(cat('\n', intro));
  if (at == page.npos) {
    at = std::min(page.find(": "), page.size());
    page.remove_prefix(std::min(at + 2, page.size()));
  } else {
    page.remove_prefix(page.find(": ", at) + 2);
  }
  std::string sentence;
  for (const char c : page.substr(0, page.find("\n\n"))) {
    sentence += c == '\n' ? ' ' : c;
  }
  const std::size_t stop = sentence.find(". ");
  sentence.resize(std::min(stop, sentence.size()));
  while (sentence.ends_with(' ') || sentence.ends_with('.')) {
    sentence.pop_back();
  }
  return sentence;
}

boost::json::object json_of(std::string_view name, const graph::ElementClass& of) {
  boost::json::object element{{"name", name},
                              {"summary", summary_of(of.name)},
                              {"ports", of.ports},
                              {"processing", of.processing}};
  if (name != of.name) {
    element["alias_of"] = of.name;
  }
  return element;
}

}  // namespace

base::Status run_list(const cli::Invocation&, cli::Output& output) {
  const graph::Registry registry = all_elements();
  const std::vector<std::string_view> names = sorted_names(registry);
  if (output.json()) {
    boost::json::array elements;
    for (const std::string_view name : names) {
      elements.push_back(json_of(name, *registry.find(name)));
    }
    output.result({{"elements", std::move(elements)}});
    return {};
  }
  std::size_t width = 0;
  for (const std::string_view name : names) {
    width = std::max(width, name.size());
  }
  const auto column = static_cast<unsigned>(width) + 2;
  for (const std::string_view name : names) {
    const graph::ElementClass& of = *registry.find(name);
    const std::string what = name == of.name ? summary_of(name) : cat("the same as ", of.name);
    output.text(cat(name, std::string(column - name.size(), ' '),
                    cli::wrap(what, column, column, output.terminal().columns), "\n"));
  }
  return {};
}

base::Status run_show(const cli::Invocation& invocation, cli::Output& output) {
  const std::string& name = invocation.arguments().front();
  const graph::Registry registry = all_elements();
  const graph::ElementClass* of = registry.find(name);
  if (of == nullptr) {
    const auto near = base::nearest_word(name, sorted_names(registry));
    return base::fail(base::ErrorCode::kNotFound,
                      cat("there is no element '", base::escape(name), "'"))
        .try_this(near ? cat("superfluid element show ", *near)
                       : "superfluid element list shows all there are");
  }
  const std::string_view page = page_of(of->name);
  if (output.json()) {
    boost::json::object element = json_of(name, *of);
    element["page"] = page;
    output.result(std::move(element));
  } else {
    output.text(page);
  }
  return {};
}

}  // namespace superfluid::element
