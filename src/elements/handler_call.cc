// SPDX-License-Identifier: Apache-2.0
#include "elements/handler_call.h"

#include <algorithm>

#include "base/text.h"
#include "graph/handler.h"
#include "graph/variables.h"
#include "graph/words.h"

namespace superfluid::elements {
namespace {

constexpr std::string_view kStop = "stop";  // the router's own

}  // namespace

base::Status HandlerCall::bind(const graph::Element& owner, std::string_view text) {
  std::string value(text);
  std::string handler = graph::shift_word(value);
  if (handler != kStop) {
    const std::size_t dot = std::min(handler.rfind('.'), handler.size());
    const std::string element_name = handler.substr(0, dot);
    const graph::Element* element = owner.router().find(element_name, &owner);
    if (element == nullptr || dot == handler.size()) {
      return base::fail(base::ErrorCode::kNotFound,
                        base::cat("no element named '", base::escape(element_name), "'"));
    }
    const std::string name = handler.substr(dot + 1);
    const graph::Handler* found = owner.router().handlers(*element).find(name);
    if (found == nullptr || !found->write) {
      return base::fail(base::ErrorCode::kNotFound,
                        base::cat("no '", base::escape(name), "' write handler for element '",
                                  element->name(), "'"));
    }
    handler = base::cat(element->name(), ".", name);
  }
  handler_ = std::move(handler);
  value_ = graph::unquote(value);
  return {};
}

void HandlerCall::call(graph::Router& router, std::string_view variable,
                       std::string_view value) const {
  graph::Variables scope;
  scope.define(variable, std::string(value));
  write(router, scope.expand(value_).text);
}

void HandlerCall::write(graph::Router& router, std::string_view value) const {
  if (handler_ == kStop) {
    router.stop();
  } else if (const base::Status status = router.write(handler_, value); !status) {
    router.errors().write(base::cat(handler_, ": ", status.error().message(), "\n"));
  }
}

}  // namespace superfluid::elements
