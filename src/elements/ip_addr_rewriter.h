// SPDX-License-Identifier: Apache-2.0
// IPAddrRewriter, IPAddrPairRewriter: translate the addresses of IPv4 packets of any protocol.
//
//   IPAddrRewriter(INPUT1, ..., INPUTn [, keywords])        an inner source gets an outer address
//   IPAddrPairRewriter(INPUT1, ..., INPUTn [, keywords])    both addresses, for each pair of them
//
// Arguments  the inputs, and the keywords of IPRewriter but DST_ANNO and those for TCP and UDP. A
//            pattern is `SADDR DADDR`, of which SADDR may be a range, `10.0.0.1-10.0.0.9`, or a
//            prefix, `10.0.0.0/24`, without its first and last address: a free one by chance, or
//            with '#' behind it the next in sequence. DADDR of IPAddrRewriter, whose flows are a
//            source's packets to anybody, must be a dash.
//            TIMEOUT  Default 2 hours.
// Ports      any number of inputs, 1 or more outputs, push
// Handlers   those of IPRewriter but its tables and lookup, and
//            table (r)  the flows, a line for each direction (also mappings)
// Drops      those of IPRewriter; a pattern that changes what it must not counts as "no room"
// Example    i -> nat :: IPAddrRewriter(pattern 192.0.2.1-192.0.2.9 - 0 1, pass 1) -> t;
//            u -> [1] nat;   nat[1] -> t;
//
// Packets need a noted IPv4 header (CheckIPHeader). Fragments are translated as well; the checksums
// of TCP and UDP, in packets that begin with their header, follow the addresses.

#pragma once

#include "elements/rewriter.h"

namespace superfluid::elements {

class IPAddrRewriter final : public RewriterOf<IPAddrRewriter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;

  // The key of a packet is its source, for replies its destination.
  Problem read(const graph::Packet& packet, net::Ipv4FlowKey& key) const;
  std::uint32_t find_flow(const graph::Packet& packet, const net::Ipv4FlowKey& key,
                          std::uint64_t hash, std::uint32_t candidate) const;
  void translate(graph::Packet& packet, Translation& flow, Translation::Side side) const;

 private:
  Times times(const Translation&) const override { return {guarantee_, timeout_}; }
  bool complete(net::Ipv4FlowKey& rewritten) const override;
  net::Ipv4FlowKey rewritten(const net::Ipv4FlowKey& key, const Translation& flow,
                             Translation::Side side) const override;
  std::uint32_t find_quoted(net::Ipv4FlowKey reply) const override;
  net::ChecksumDelta transport_delta(const net::Ipv4FlowKey& from,
                                     const net::Ipv4FlowKey& to) const override;
  std::string show(const Translation& flow, Translation::Side side) const override;

  base::Duration timeout_ = base::seconds(7200);
};

class IPAddrPairRewriter final : public RewriterOf<IPAddrPairRewriter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;

  Problem read(const graph::Packet& packet, net::Ipv4FlowKey& key) const;
  void translate(graph::Packet& packet, Translation& flow, Translation::Side side) const;

 private:
  Times times(const Translation&) const override { return {guarantee_, timeout_}; }
  bool complete(net::Ipv4FlowKey& rewritten) const override;
  net::Ipv4FlowKey rewritten(const net::Ipv4FlowKey& key, const Translation& flow,
                             Translation::Side side) const override;
  std::uint32_t find_quoted(net::Ipv4FlowKey reply) const override;
  net::ChecksumDelta transport_delta(const net::Ipv4FlowKey& from,
                                     const net::Ipv4FlowKey& to) const override;
  std::string show(const Translation& flow, Translation::Side side) const override;

  base::Duration timeout_ = base::seconds(7200);
};

}  // namespace superfluid::elements
