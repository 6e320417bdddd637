// SPDX-License-Identifier: Apache-2.0
#include "graph/handler.h"

#include <algorithm>

#include "base/text.h"

namespace superfluid::graph {

const Handler* HandlerTable::find(std::string_view name) const {
  const auto found = std::ranges::find(handlers_, name, &Handler::name);
  return found == handlers_.end() ? nullptr : &*found;
}

Handler& HandlerTable::entry(std::string_view name) {
  const auto found = std::ranges::find(handlers_, name, &Handler::name);
  return found == handlers_.end() ? handlers_.emplace_back(Handler{std::string(name), {}, {}})
                                  : *found;
}

void HandlerTable::set_read(base::TextView name, Read::Function function, Read::Words words) {
  entry(name).read = {function, words};
}

void HandlerTable::set_write(base::TextView name, Write::Function function, Write::Words words) {
  entry(name).write = {function, words};
}

base::Result<std::string> value_text(std::uint64_t value) { return base::cat(value); }
base::Result<std::string> value_text(std::int64_t value) { return base::cat(value); }
base::Result<std::string> value_text(std::string_view value) { return std::string(value); }

}  // namespace superfluid::graph
