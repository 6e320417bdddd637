// SPDX-License-Identifier: Apache-2.0
// IPClassifier: sends IPv4 packets to the output of the first pattern that they match.
//
//   IPClassifier(PATTERN, ...)
//
// Arguments  as many patterns as there are outputs. A pattern is tests joined by `and` (also `&&`
//            or nothing), `or` (`||`), `not` (`!`), `test ? test : test` (spaces around the
//            colon) and parentheses; or `-`, `any`, `all`. The tests, SIDE being
//            `src`, `dst`, `src and dst` or (the default) `src or dst`:
//              [SIDE] [host] ADDRESS          [SIDE] [net] ADDRESS/BITS, ADDRESS mask MASK
//              [proto] PROTOCOL               [SIDE] [tcp | udp] [port] PORT
//              [tcp opt] syn, fin, ack, ...   [icmp type] TYPE             tcp win N
//              ip vers, hl, tos, dscp, id, len, ttl N
//              ip frag, unfrag, ect, ce
//              ip[POS:LEN], transp[POS:LEN], tcp[POS:LEN], ... N      bytes of the header
//              [SIDE] ether [host] ETHERNET   true, false
//            N may follow =, ==, !=, <, >, <=, >=; before that, `& MASK` picks bits. What is the
//            same as before may be left out: `src port 80 or 81`. Names: elements/ip_names.cc.
// Ports      1 push input, any number of push outputs
// Handlers   pattern0, pattern1, ... (rw)  the patterns
//            program (r)  what they were compiled to: this program's tables, which are not Click's
//                         decision tree
// Drops      packets that match no pattern
// Example    IPClassifier(dst tcp port 8000 or 8080, icmp type echo, 10.0.0.0/8 and syn, -)
//
// Tests of ports, TCP flags, windows and transport bytes hold for first fragments only, and only
// for their protocols: `tcp port != 5` is about TCP, `not tcp port 5` is about all packets. Bytes
// that a packet does not have match nothing. Packets need their IPv4 header noted (CheckIPHeader,
// MarkIPHeader). The cost hardly depends on the number of patterns (elements/rule_matcher.h).

#pragma once

#include <string>
#include <vector>

#include "elements/rule_matcher.h"
#include "graph/element.h"

namespace superfluid::elements {

class IPClassifier final : public graph::Splitter<IPClassifier> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void choose_all(graph::Batch batch, std::uint32_t* outputs) {
    match_batch(matcher_, batch, outputs);
  }

 private:
  base::Status set_pattern(std::size_t index, std::string_view text);

  std::vector<std::string> patterns_;
  std::vector<Expression> rules_;
  RuleMatcher matcher_;
};

}  // namespace superfluid::elements
