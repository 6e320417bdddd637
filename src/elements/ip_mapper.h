// SPDX-License-Identifier: Apache-2.0
// RoundRobinIPMapper, SourceIPHashMapper: choose among several patterns for each new flow of a
// rewriter that names them as the specification of an input.
//
//   RoundRobinIPMapper(PATTERN1 FOUTPUT1 ROUTPUT1, ...)        one after the other
//   SourceIPHashMapper(NODES SEED, PATTERN1 FOUTPUT1 ROUTPUT1 ID1, ...)
//                                                              by the flow's source address
//
// Arguments  PATTERN FOUTPUT ROUTPUT: as behind `pattern` in an input of IPRewriter.
//            NODES  how many places each server has on the ring of hashes: the more, the more even.
//            SEED   any number; mappers with the same one choose alike.
//            ID     a number for the server, 0 or more, which stays with it when others come and
//                   go.
// Ports      none
// Example    rr :: RoundRobinIPMapper(- - 10.0.0.2 - 0 1, - - 10.0.0.3 - 0 1);
//            i -> rw :: IPRewriter(rr, pass 1) -> t;   u -> [1] rw;   rw[1] -> t;
//
// Round robin passes over a pattern that has nothing free. A source's hash falls on a ring where
// each server has its places: when a server is taken away, only its own sources move.

#pragma once

#include <cstdint>
#include <vector>

#include "elements/rewrite_pattern.h"
#include "graph/element.h"

namespace superfluid::elements {

class IPMapper : public graph::Element {
 public:
  // What a rewriter asks for each new flow.
  virtual RewriteChoice choose(const net::Ipv4FlowKey& flow, const Rewriter& rewriter) = 0;

  // What is wrong when a rewriter with so many outputs uses this; empty when nothing is.
  graph::Complaint check_outputs(std::uint32_t outputs) const;

  // nullptr when the element is not a mapper.
  static IPMapper* of(graph::Element* element);

 protected:
  std::vector<PatternSpec> specs_;
};

class RoundRobinIPMapper final : public IPMapper {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  RewriteChoice choose(const net::Ipv4FlowKey& flow, const Rewriter& rewriter) override;

 private:
  std::size_t next_ = 0;
};

class SourceIPHashMapper final : public IPMapper {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::uint32_t kNodesMax = 65'536;

  void configure(graph::Arguments& arguments) override;
  RewriteChoice choose(const net::Ipv4FlowKey& flow, const Rewriter& rewriter) override;

 private:
  struct Place {
    std::uint64_t hash;
    std::uint32_t spec;
  };

  void read_servers(const std::vector<std::string>& servers, std::uint32_t nodes,
                    graph::Arguments& arguments);

  std::uint64_t seed_ = 0;
  std::vector<Place> ring_;  // by hash
};

}  // namespace superfluid::elements
