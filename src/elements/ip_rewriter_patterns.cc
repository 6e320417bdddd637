// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_rewriter_patterns.h"

#include <span>

#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;

const graph::ElementClass IPRewriterPatterns::kClass{"IPRewriterPatterns", "0/0", "a/a",
                                                     graph::make_element<IPRewriterPatterns>};

void IPRewriterPatterns::configure(graph::Arguments& arguments) {
  std::vector<std::string> definitions;
  arguments.rest(definitions).complete();
  if (!read_) {
    read(definitions);
  }
  for (std::string& complaint : complaints_) {
    arguments.complain(complaint);
  }
}

void IPRewriterPatterns::read(const std::vector<std::string>& definitions) {
  read_ = true;
  for (const std::string& definition : definitions) {
    const std::vector<std::string> words = graph::split_words(definition);
    if (words.empty()) {
      continue;
    }
    if (find(*this, words[0])) {
      complaints_.push_back(cat("pattern '", base::escape(words[0]), "' already defined"));
      continue;
    }
    auto pattern = SharedPattern::make();
    if (std::string wrong = pattern->parse(std::span(words).subspan(1), *this); !wrong.empty()) {
      complaints_.push_back(std::move(wrong));
      continue;
    }
    patterns_.push_back({words[0], std::move(pattern)});
  }
}

SharedPattern IPRewriterPatterns::find(const graph::Element& user, std::string_view name) {
  graph::Router& router = user.router();
  for (const auto& element : router.elements()) {
    if (&element->element_class() != &kClass) {
      continue;
    }
    auto& definer = static_cast<IPRewriterPatterns&>(*element);
    if (!definer.read_) {
      definer.read(graph::split_arguments(router.config(definer)));
    }
    for (const Named& named : definer.patterns_) {
      if (named.name == name) {
        router.make_partners(user, definer);  // a pattern remembers the port that it gave out last
        return named.pattern;
      }
    }
  }
  return {};
}

}  // namespace superfluid::elements
