// SPDX-License-Identifier: Apache-2.0
#include "elements/classifier.h"

#include <numeric>

#include "base/text.h"
#include "elements/byte_pattern.h"
#include "graph/arguments.h"
#include "graph/handler.h"

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

void Classifier::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("program", [this] {
    std::vector<std::uint32_t> ports(outputs());
    std::iota(ports.begin(), ports.end(), 0);
    return matcher_.program(ports);
  });
}

}  // namespace superfluid::elements
