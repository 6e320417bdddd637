// SPDX-License-Identifier: Apache-2.0
// Classifier: sends packets to the output of the first pattern of bytes that they match.
//
//   Classifier(PATTERN, ...)
//
// Arguments  as many patterns as there are outputs. A pattern is a row of clauses, all of
//            which must hold, or `-`, which every packet matches. A clause is
//              OFFSET/VALUE        bytes in hexadecimal from that offset on; ? is any digit
//              OFFSET/VALUE%MASK   where only the bits of MASK count
//              !CLAUSE             holds when the clause does not
// Ports      1 push input, any number of push outputs
// Handlers   program (r)  what the patterns were compiled to: this program's tables, which are not
//                         Click's decision tree
// Drops      packets that match no pattern
// Example    FromDevice(eth0) -> c :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
//            c[0] -> arp_queries...;  c[1] -> arp_answers...;  c[2] -> Strip(14) -> ...
//
// A packet that ends before the bytes of a clause does not match it. The cost is that of the bytes
// that all patterns together look at, however many patterns there are (elements/rule_matcher.h).

#pragma once

#include "elements/rule_matcher.h"
#include "graph/element.h"

namespace superfluid::elements {

class Classifier final : public graph::Splitter<Classifier> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void choose_all(graph::Batch batch, std::uint32_t* outputs) {
    match_batch(matcher_, batch, outputs);
  }

 private:
  RuleMatcher matcher_;
};

}  // namespace superfluid::elements
