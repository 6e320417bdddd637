// SPDX-License-Identifier: Apache-2.0
#include "graph/compound.h"

#include <algorithm>

#include "graph/words.h"

namespace superfluid::graph {

bool assign_arguments(const std::vector<Formal>& formals, const std::vector<std::string>& arguments,
                      std::vector<std::string>* values) {
  std::vector<std::string> assigned(formals.size());
  std::vector<bool> given(formals.size(), false);
  std::vector<std::string> rest;
  std::size_t positional = 0;
  const bool takes_rest = !formals.empty() && formals.back().keyword == "__REST__";
  for (const std::string& argument : arguments) {
    std::string value = argument;
    const std::string word = shift_word(value);
    const auto keyed = std::ranges::find_if(formals, [&](const Formal& formal) {
      return !formal.keyword.empty() && formal.keyword != "__REST__" && formal.keyword == word;
    });
    if (keyed != formals.end()) {
      const auto index = static_cast<std::size_t>(keyed - formals.begin());
      assigned[index] = value;
      given[index] = true;
    } else if (positional < formals.size() && formals[positional].keyword.empty()) {
      assigned[positional] = argument;
      given[positional++] = true;
    } else if (takes_rest) {
      rest.push_back(argument);
    } else {
      return false;
    }
  }
  if (takes_rest) {
    assigned.back() = join_arguments(rest);
    given.back() = true;
  }
  if (std::ranges::find(given, false) != given.end()) {
    return false;
  }
  if (values != nullptr) {
    *values = std::move(assigned);
  }
  return true;
}

}  // namespace superfluid::graph
