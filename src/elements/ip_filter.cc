// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_filter.h"

#include "base/text.h"
#include "elements/ip_expression.h"
#include "elements/ip_names.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;

namespace {

// The output that a rule's first word names.
std::uint32_t read_action(std::string_view word, std::uint32_t outputs, Remarks& remarks) {
  if (word == "deny" || word == "drop") {
    return RuleMatcher::kNone;
  }
  if (word == "allow") {
    if (outputs == 0) {
      remarks.errors.push_back("'allow' is meaningless, element has zero outputs");
    }
    return 0;
  }
  const auto output = read_number(word);
  if (!output) {
    remarks.errors.push_back(cat("unknown slot ID '", base::escape(word), "'"));
  } else if (*output >= outputs) {
    remarks.errors.push_back(cat("slot '", *output, "' out of range"));
  }
  return output.value_or(RuleMatcher::kNone);
}

}  // namespace

const graph::ElementClass IPFilter::kClass{"IPFilter", "1/-", "h/h", graph::make_element<IPFilter>};

void IPFilter::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.rest(texts).complete();
  std::vector<Expression> rules;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<std::string> words = split_expression(graph::unquote(texts[i]));
    if (words.empty()) {
      arguments.complain(cat("empty pattern ", i));
      continue;
    }
    Remarks remarks;
    action_.push_back(read_action(words[0], outputs(), remarks));
    words.erase(words.begin());
    if (auto rule = parse_ip_expression(words, remarks, this)) {
      rules.push_back(std::move(*rule));
    }
    report(remarks, i, *this, arguments);
  }
  if (arguments.complaints().empty()) {
    matcher_ = RuleMatcher(std::move(rules));
  }
}

void IPFilter::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("program", [this] { return matcher_.program(action_); });
}

void IPFilter::choose_all(graph::Batch batch, std::uint32_t* outputs) {
  match_batch(matcher_, batch, outputs);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    outputs[i] = outputs[i] == RuleMatcher::kNone ? outputs[i] : action_[outputs[i]];
  }
}

}  // namespace superfluid::elements
