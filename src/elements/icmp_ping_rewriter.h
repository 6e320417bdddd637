// SPDX-License-Identifier: Apache-2.0
// ICMPPingRewriter: translates the addresses and identifiers of echo requests and their replies, so
// that pings pass a translator.
//
//   ICMPPingRewriter(INPUT1, ..., INPUTn [, keywords])
//
// Arguments  the inputs, and the keywords of IPRewriter but those for TCP and UDP. In a pattern the
//            source's port is the identifier: `pattern 192.0.2.1 - 0-65535 0 1`.
//            TIMEOUT  Default 5 minutes.
// Ports      any number of inputs, 1 or more outputs, push
// Handlers   those of IPRewriter but its tables and lookup, and
//            table (r)  the flows, a line for each direction: (source, destination, identifier)
//                       (also mappings)
// Drops      those of IPRewriter; a reply that belongs to no request counts as "not mapped"
// Example    i -> nat :: ICMPPingRewriter(pattern 192.0.2.1 - 0-65535 0 1, drop) -> t;
//            u -> [1] nat;   nat[1] -> t;
//
// Packets need a noted IPv4 header (CheckIPHeader). A flow is a source, a destination and an
// identifier; only requests begin one.

#pragma once

#include "elements/rewriter.h"

namespace superfluid::elements {

class ICMPPingRewriter final : public RewriterOf<ICMPPingRewriter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;

  // In a key, the identifier is the port of who asks, and one more that of who answers: so a
  // request and a reply never have the same key.
  Problem read(const graph::Packet& packet, net::Ipv4FlowKey& key) const;
  static bool begins(const net::Ipv4FlowKey& key);
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

  base::Duration timeout_ = base::seconds(300);
};

}  // namespace superfluid::elements
