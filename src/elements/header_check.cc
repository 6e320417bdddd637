// SPDX-License-Identifier: Apache-2.0
#include "elements/header_check.h"

#include "graph/router.h"

namespace superfluid::elements {

using base::cat;

void HeaderCheck::count(const graph::Element& element, std::size_t reason) {
  if (drops_ == 0 || verbose_) {
    element.router().errors().write(
        cat(element.name(), ": ", what_, " header check failed: ", reasons_[reason], "\n"));
  }
  ++drops_;
  ++by_reason_[reason];
}

void HeaderCheck::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("drops", [this] { return drops_; });
  if (details_) {
    handlers.value("drop_details", [this] {
      std::string text;
      for (std::size_t i = 0; i < reasons_.size(); ++i) {
        text += cat(by_reason_[i], "\t", reasons_[i], "\n");
      }
      return text;
    });
  }
}

}  // namespace superfluid::elements
