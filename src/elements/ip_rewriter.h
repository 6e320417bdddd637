// SPDX-License-Identifier: Apache-2.0
// IPRewriter, TCPRewriter, UDPRewriter: translate the addresses and ports of TCP and UDP, as a
// network address translator or a load balancer does.
//
//   IPRewriter(INPUT1, ..., INPUTn [, keywords])     TCP and UDP, each with its own flows
//   TCPRewriter(INPUT1, ..., INPUTn [, keywords])    TCP alone
//   UDPRewriter(INPUT1, ..., INPUTn [, keywords])    TCP, UDP and DCCP, told apart by nothing
//
// Arguments  one for each input, in order, which says what becomes of a packet of no known flow:
//              drop                     it is dropped (also `discard`)
//              pass [OUTPUT]            it goes to OUTPUT as it is; 0 if none is named (also
//                                       `nochange`, `passthrough`)
//              keep FOUTPUT ROUTPUT     begins a flow that keeps its addresses and ports
//              pattern SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT
//                                       begins a flow with these addresses and ports; a dash
//                                       leaves one as it is. SPORT may be a range, `1024-65535`:
//                                       the packet's own port if it lies in the range and is free,
//                                       else a free one by chance; with '#' behind the range the
//                                       next in sequence, with '?' always one by chance.
//              pattern NAME FOUTPUT ROUTPUT
//                                       as the IPRewriterPatterns says that gave this name
//              ELEMENT                  as the mapper of that name says (RoundRobinIPMapper, ...)
//            A flow's packets go to FOUTPUT, those of its reply, back in their old form, to
//            ROUTPUT, whatever input they come to.
//            MAPPING_CAPACITY       how many flows there may be, or the name of another rewriter
//                                   to share its capacity with (also CAPACITY). Default 1048576.
//            GUARANTEE              how long after a packet a flow cannot lose its place to a new
//                                   one. Default 5 seconds. TCP_GUARANTEE and UDP_GUARANTEE are
//                                   those of each protocol; IPRewriter's GUARANTEE is TCP's.
//            TCP_TIMEOUT            a TCP flow that has carried data both ways is over when it is
//                                   silent for so long (also TIMEOUT). Default 24 hours.
//            TCP_NODATA_TIMEOUT     one that has not. Default 5 minutes.
//            TCP_DONE_TIMEOUT       one that was reset, or ended by both sides. Default 4 minutes.
//            UDP_TIMEOUT            a UDP flow. Default 5 minutes. For UDPRewriter also TIMEOUT.
//            UDP_STREAMING_TIMEOUT  one of three packets or more, and a reply (for UDPRewriter also
//                                   STREAMING_TIMEOUT). Default UDP_TIMEOUT.
//            REAP_INTERVAL          in this time, every flow is looked at once, and goes when it
//                                   is over; 0: never. Default 15 minutes.
//            DST_ANNO               whether the packet's noted destination changes too. Default
//                                   true.
//            REPLY_ANNO             a note of one byte, such as PAINT: packets of a reply get the
//                                   value that it had on the flow's first packet
// Ports      any number of inputs, 1 or more outputs, push
// Handlers   table_size (r)        this rewriter's flows (also nmappings)
//            size (r)              all flows that share its capacity
//            capacity (rw)         how many there may be; the oldest go when it shrinks
//            mapping_failures (r)  flows that did not begin: nothing free, or no room
//            patterns (r)          what the inputs say, and how many flows each began
//            patternN (rw)         that of input N; those flows go when it is written
//            clear (w)             forgets all flows that share the capacity
//            drops, drop_details (r)  packets dropped, and by which reason
//            tcp_table, udp_table (r)  IPRewriter's flows, a line for each direction (also
//                                      tcp_mappings, udp_mappings)
//            tcp_lookup (r)        "SADDR SPORT DADDR DPORT" of a TCP packet: what it becomes, or
//                                  nothing
//            table (r)             the flows of TCPRewriter, UDPRewriter (also mappings)
//            lookup (r)            TCPRewriter's tcp_lookup
// Drops      no IPv4 header, other protocol, fragment (but a first one), truncated, not mapped (by
//            `drop`, or a reply to nothing), no room; those for the protocol or form of a packet do
//            not hold for an input with `pass`, which passes it on
// Example    i -> nat :: IPRewriter(pattern 192.0.2.1 1024-65535 - - 0 1, drop) -> t;
//            u -> [1] nat;   nat[1] -> t;
//
// Packets need a noted IPv4 header (CheckIPHeader). Checksums follow by RFC 1624, so that a wrong
// one stays wrong; UDP's zero stays zero. A first fragment is translated, the later ones have no
// ports: put an IPReassembler before a translator that is to carry them.
//
// A full rewriter makes room by dropping the flow whose time is over first, of those that are not
// guaranteed: of up to 64 flows that is certain, of more it is the best of some.

#pragma once

#include "elements/rewriter.h"

namespace superfluid::elements {

// What the three share: keys with ports.
template <typename Self>
class PortRewriter : public RewriterOf<Self> {
 public:
  void translate(graph::Packet& packet, Translation& flow, Translation::Side side) const;

 protected:
  // A whole transport header, as far as ports and checksum need it; `protocol` is the key's.
  static Rewriter::Problem read_ports(const graph::Packet& packet, net::IpProtocol protocol,
                                      net::Ipv4FlowKey& key);

  bool complete(net::Ipv4FlowKey&) const final { return true; }
  net::Ipv4FlowKey rewritten(const net::Ipv4FlowKey&, const Translation& flow,
                             Translation::Side side) const final {
    return flow.keys[1 - side].reversed();
  }
  net::ChecksumDelta transport_delta(const net::Ipv4FlowKey& from,
                                     const net::Ipv4FlowKey& to) const final;

  graph::Arguments& tcp_arguments(graph::Arguments& arguments, base::Duration& guarantee);
  graph::Arguments& udp_arguments(graph::Arguments& arguments, base::Duration& guarantee);
  void finish_udp();

  base::Duration tcp_timeout(std::uint8_t state) const;
  base::Duration udp_timeout(std::uint8_t state) const;

  base::Duration tcp_data_timeout_ = base::seconds(86'400);
  base::Duration tcp_nodata_timeout_ = base::seconds(300);
  base::Duration tcp_done_timeout_ = base::seconds(240);
  base::Duration udp_timeout_ = base::seconds(300);
  base::Duration udp_streaming_timeout_;
  std::optional<base::Duration> streaming_given_;
};

class IPRewriter final : public PortRewriter<IPRewriter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  Problem read(const graph::Packet& packet, net::Ipv4FlowKey& key) const;
  void note_state(const net::Ipv4Header& header, const std::uint8_t* transport, Translation& flow,
                  Translation::Side side) const;

 private:
  Times times(const Translation& flow) const override;
  std::uint32_t find_quoted(net::Ipv4FlowKey reply) const override;

  base::Duration udp_guarantee_ = base::seconds(5);
};

class TCPRewriter final : public PortRewriter<TCPRewriter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  Problem read(const graph::Packet& packet, net::Ipv4FlowKey& key) const;
  void note_state(const net::Ipv4Header& header, const std::uint8_t* transport, Translation& flow,
                  Translation::Side side) const;

 private:
  Times times(const Translation& flow) const override;
  std::uint32_t find_quoted(net::Ipv4FlowKey reply) const override;
};

class UDPRewriter final : public PortRewriter<UDPRewriter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  Problem read(const graph::Packet& packet, net::Ipv4FlowKey& key) const;
  void note_state(const net::Ipv4Header& header, const std::uint8_t* transport, Translation& flow,
                  Translation::Side side) const;

 private:
  Times times(const Translation& flow) const override;
  std::uint32_t find_quoted(net::Ipv4FlowKey reply) const override;
};

}  // namespace superfluid::elements
