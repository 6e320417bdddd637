// SPDX-License-Identifier: Apache-2.0
// The pattern language of IPFilter and IPClassifier, which looks much like tcpdump's:
//
//   expr    ::= or | or ? expr : expr
//   or      ::= and { ("or" | "||") and }
//   and     ::= factor { ["and" | "&&"] factor }
//   factor  ::= ("not" | "!") factor | "(" expr ")" | test
//   test    ::= "true" | "false" | { qualifier } [ "[" place "]" ] [ "&" mask ] [ relation ]
//               [ data ]
//
// What a test leaves out is taken from the test before it (`src port 80 or 81`), from its data
// (`10.0.0.0/8`, `www`, `syn`), or from its protocol. The manual of IPClassifier
// (elements/ip_classifier.h) lists the tests.
//
// Invariants: parsing ends for every text, within kDepthMax levels of nesting; an expression is
// given only when there were no errors.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elements/expression.h"
#include "graph/arguments.h"
#include "graph/element.h"

namespace superfluid::elements {

inline constexpr std::size_t kDepthMax = 64;

struct Remarks {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

// Passes remarks about pattern `index` on: errors as complaints, warnings to the router's errors.
void report(const Remarks& remarks, std::size_t index, const graph::Element& element,
            graph::Arguments& arguments);

// The words of a pattern: names, numbers and addresses, operators.
std::vector<std::string> split_expression(std::string_view text);

// The expression that `words` are, with the names that `user` knows (graph/names.h). "-", "any",
// "all" and nothing are always true.
std::optional<Expression> parse_ip_expression(const std::vector<std::string>& words,
                                              Remarks& remarks,
                                              const graph::Element* user = nullptr);

}  // namespace superfluid::elements
