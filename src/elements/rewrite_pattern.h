// SPDX-License-Identifier: Apache-2.0
// RewritePattern: how a rewriter makes a flow's new addresses and ports out of its old ones.
//
//   SADDR SPORT DADDR DPORT    for IPRewriter and its like
//   SADDR DADDR SPORT          where only the source's port is to change
//   SADDR DADDR                for IPAddrRewriter and IPAddrPairRewriter
//
// A dash leaves a field as it is. SPORT may be a range of ports, `1024-65535`, of which one is
// chosen that makes the reply's flow a new one: the packet's own if it lies in the range, else one
// by chance. A '#' behind the range chooses in sequence, a '?' by chance always. SADDR may be a
// range, `10.0.0.1-10.0.0.9`, or a prefix, `10.0.0.0/24`, without its first and last.
//
// A search looks at kTriesMax candidates: one packet must not cost the look at 64,000 ports.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/shared.h"
#include "graph/arguments.h"
#include "net/flow_key.h"

namespace superfluid::elements {

class Rewriter;

class RewritePattern {
 public:
  static constexpr std::uint32_t kTriesMax = 512;

  // What is wrong with the words, empty when nothing is; `user` knows the names in them.
  graph::Complaint parse(std::span<const std::string> words, const graph::Element& user);

  // What packets of this flow become; nullopt when no candidate is free in the rewriter.
  std::optional<net::Ipv4FlowKey> apply(const net::Ipv4FlowKey& flow, const Rewriter& rewriter);

  // What apply() will look at first, as far as that can be told.
  net::Ipv4FlowKey first_choice(const net::Ipv4FlowKey& flow) const;

  // As a person would write it, without the marks for the kind of choice.
  std::string text() const;

 private:
  bool parse_source(std::string_view text, const graph::Element& user);
  bool parse_source_port(std::string_view text);
  std::string_view without_mark(std::string_view text);
  // With all that does not vary.
  net::Ipv4FlowKey with_fixed_parts(const net::Ipv4FlowKey& flow) const;
  // The candidate that leaves the port as it is, where there is one and it goes first.
  std::optional<std::uint32_t> own_candidate(const net::Ipv4FlowKey& flow) const;
  void set_candidate(net::Ipv4FlowKey& flow, std::uint32_t number) const;

  net::Ipv4Address source_;  // zero: as it is, like all that follow
  net::Ipv4Address destination_;
  std::uint16_t source_port_ = 0;
  std::uint16_t destination_port_ = 0;
  bool ports_ = false;       // there are words for ports
  bool sequential_ = false;  // '#'
  bool prefer_own_ = true;   // neither '#' nor '?'
  std::uint32_t last_ = 0;   // candidates are numbered 0 to last_
  std::uint32_t next_ = 0;   // behind the one chosen last
};

// `pattern` may be shared: a named one is, by all who use its name.
using SharedPattern = base::Shared<RewritePattern>;

// What a packet of no known flow gets.
struct RewriteChoice {
  enum class What : std::uint8_t {
    kDrop,
    kFail,  // dropped too, since nothing was free
    kPass,  // unchanged, to forward_output
    kMap,   // begins a flow
  };

  What what = What::kDrop;
  std::uint32_t forward_output = 0;
  std::uint32_t reply_output = 0;
  net::Ipv4FlowKey rewritten{};
};

// `PATTERN FOUTPUT ROUTPUT`, where PATTERN is words as above or the name of one that an
// IPRewriterPatterns element defines.
struct PatternSpec {
  SharedPattern pattern;
  std::uint32_t forward_output = 0;
  std::uint32_t reply_output = 0;

  graph::Complaint parse(std::span<const std::string> words, const graph::Element& context);
  RewriteChoice choose(const net::Ipv4FlowKey& flow, const Rewriter& rewriter) const;
};

// The two output ports at the end of a specification.
graph::Complaint parse_output_ports(std::span<const std::string> words, std::uint32_t& forward,
                                    std::uint32_t& reply);

}  // namespace superfluid::elements
