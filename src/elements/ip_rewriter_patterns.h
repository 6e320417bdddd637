// SPDX-License-Identifier: Apache-2.0
// IPRewriterPatterns: names patterns, which several rewriters and mappers may then share.
//
//   IPRewriterPatterns(NAME SADDR SPORT DADDR DPORT [, ...])
//
// Arguments  each a name, and a pattern as IPRewriter takes it. A name may be defined once in a
//            graph.
// Ports      none
// Example    IPRewriterPatterns(nat 192.0.2.1 1024-65535 - -);
//            i -> rw :: IPRewriter(pattern nat 0 1, drop) -> t;   u -> [1] rw;   rw[1] -> t;
//
// Those who share a pattern share its place in a sequence ('#') as well.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "elements/rewrite_pattern.h"
#include "graph/element.h"

namespace superfluid::elements {

class IPRewriterPatterns final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;

  // By name, whichever element of the router defines it; nullptr when none does. Elements that are
  // not configured yet are read for it, so that their order in a file does not matter.
  static SharedPattern find(const graph::Element& user, std::string_view name);

 private:
  struct Named {
    std::string name;
    SharedPattern pattern;
  };

  void read(const std::vector<std::string>& definitions);

  bool read_ = false;
  std::vector<Named> patterns_;
  std::vector<std::string> complaints_;
};

}  // namespace superfluid::elements
