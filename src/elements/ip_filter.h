// SPDX-License-Identifier: Apache-2.0
// IPFilter: decides what becomes of IPv4 packets by rules, the first that matches.
//
//   IPFilter(ACTION PATTERN, ...)
//
// Arguments  any number of rules. ACTION is an output's number, `allow` for output 0, `deny` or
//            `drop`. PATTERN is as IPClassifier's (elements/ip_classifier.h); none matches all.
// Ports      1 push input, any number of push outputs
// Handlers   program (r)  what the rules were compiled to: this program's tables, which are not
//                         Click's decision tree
// Drops      packets whose rule says so, and those that match none
// Example    IPFilter(deny src net 192.0.2.0/24,
//                     allow tcp && dst port www && syn,
//                     deny all)
//
// Packets need their IPv4 header noted (CheckIPHeader, MarkIPHeader); without it they match only
// what asks for nothing in it. The cost hardly depends on the number of rules
// (elements/rule_matcher.h).

#pragma once

#include "elements/rule_matcher.h"
#include "graph/element.h"

namespace superfluid::elements {

class IPFilter final : public graph::Splitter<IPFilter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void choose_all(graph::Batch batch, std::uint32_t* outputs);

 private:
  RuleMatcher matcher_;
  std::vector<std::uint32_t> action_;  // by rule: an output, or kNone
};

}  // namespace superfluid::elements
