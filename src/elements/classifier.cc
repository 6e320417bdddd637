// SPDX-License-Identifier: Apache-2.0
#include "elements/classifier.h"

#include "base/text.h"
#include "elements/byte_pattern.h"
#include "graph/arguments.h"

namespace superfluid::elements {

const graph::ElementClass Classifier::kClass{"Classifier", "1/-", "h/h",
                                             graph::make_element<Classifier>};

void Classifier::configure(graph::Arguments& arguments) {
  std::vector<std::string> patterns;
  arguments.rest(patterns).complete();
  if (patterns.size() != outputs()) {
    arguments.complain(base::cat("need ", outputs(), " arguments, one per output port"));
    return;
  }
  std::vector<Expression> rules;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    auto rule = parse_byte_pattern(patterns[i]);
    if (!rule) {
      arguments.complain(base::cat("pattern ", i, ": ", rule.error()));
    } else {
      rules.push_back(std::move(*rule));
    }
  }
  if (arguments.complaints().empty()) {
    matcher_ = RuleMatcher(std::move(rules));
  }
}

}  // namespace superfluid::elements
