// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_classifier.h"

#include <numeric>

#include "base/text.h"
#include "elements/ip_expression.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;

const graph::ElementClass IPClassifier::kClass{"IPClassifier", "1/-", "h/h",
                                               graph::make_element<IPClassifier>};

void IPClassifier::configure(graph::Arguments& arguments) {
  arguments.rest(patterns_).complete();
  if (patterns_.size() != outputs()) {
    arguments.complain(cat("need ", outputs(), " arguments, one per output port"));
    return;
  }
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    Remarks remarks;
    if (auto rule =
            parse_ip_expression(split_expression(graph::unquote(patterns_[i])), remarks, this)) {
      rules_.push_back(std::move(*rule));
    }
    report(remarks, i, *this, arguments);
  }
  if (arguments.complaints().empty()) {
    matcher_ = RuleMatcher(rules_);
  }
}

base::Status IPClassifier::set_pattern(std::size_t index, std::string_view text) {
  Remarks remarks;
  auto rule = parse_ip_expression(split_expression(graph::unquote(text)), remarks, this);
  if (!rule) {
    return base::fail(base::ErrorCode::kInvalid,
                      cat("pattern ", index, ": ", remarks.errors.front()));
  }
  patterns_[index] = std::string(base::trim(text));
  rules_[index] = std::move(*rule);
  matcher_ = RuleMatcher(rules_);
  return {};
}

void IPClassifier::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("program", [this] {
    std::vector<std::uint32_t> ports(outputs());
    std::iota(ports.begin(), ports.end(), 0);
    return matcher_.program(ports);
  });
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    const std::string name = cat("pattern", i);
    handlers.value(name, [this, i] { return patterns_[i]; });
    handlers.write(name, [this, i](std::string_view text) { return set_pattern(i, text); });
  }
}

}  // namespace superfluid::elements
