// SPDX-License-Identifier: Apache-2.0
// IPRewriter, TCPRewriter, UDPRewriter: translate the addresses and ports of TCP and UDP, as a
// network address translator or a load balancer does.
//
//   IPRewriter(INPUT1, ..., INPUTn [, keywords])     TCP and UDP, each with its own flows
//   TCPRewriter(INPUT1, ..., INPUTn [, keywords])    TCP alone
//   UDPRewriter(INPUT1, ..., INPUTn [, keywords])    TCP, UDP and DCCP, told apart by nothing
//
// Arguments  the inputs, and the keywords of all rewriters: rewriter.h
//            TCP_TIMEOUT            a TCP flow that has carried data both ways is over when it is
//                                   silent for so long (also TIMEOUT). Default 24 hours.
//            TCP_NODATA_TIMEOUT     one that has not. Default 5 minutes.
//            TCP_DONE_TIMEOUT       one that was reset, or ended by both sides. Default 4 minutes.
//            TCP_GUARANTEE          as GUARANTEE, for TCP
//            UDP_TIMEOUT            a UDP flow. Default 5 minutes. For UDPRewriter also TIMEOUT.
//            UDP_STREAMING_TIMEOUT  one of three packets or more, and a reply (for UDPRewriter also
//                                   STREAMING_TIMEOUT). Default UDP_TIMEOUT.
//            UDP_GUARANTEE          as GUARANTEE, for UDP
// Ports      any number of inputs, 1 or more outputs, push
// Handlers   those of all rewriters (rewriter.h), and
//            tcp_table, udp_table (r)  IPRewriter's flows, a line for each direction (also
//                                      tcp_mappings, udp_mappings)
//            tcp_lookup (r)            "SADDR SPORT DADDR DPORT" of a TCP packet: what it becomes,
//                                      or nothing
//            table (r)                 the flows of TCPRewriter, UDPRewriter (also mappings)
//            lookup (r)                TCPRewriter's tcp_lookup
// Drops      those of all rewriters: rewriter.h
// Example    i -> nat :: IPRewriter(pattern 192.0.2.1 1024-65535 - - 0 1, drop) -> t;
//            u -> [1] nat;   nat[1] -> t;
//
// Packets need a noted IPv4 header (CheckIPHeader). Checksums follow by RFC 1624, so that a wrong
// one stays wrong; UDP's zero stays zero. A first fragment is translated, the later ones have no
// ports: put an IPReassembler before a translator that is to carry them.

#pragma once

#include "elements/rewriter.h"

namespace superfluid::elements {

// What the three share: keys with ports.
template <typename Self>
class PortRewriter : public RewriterOf<Self> {
 public:
  void translate(graph::Packet& packet, Translation& flow, Translation::Side side) const;

 protected:
  // A whole transport header, as far as ports and checksum need it.
  static Rewriter::Problem read_ports(const graph::Packet& packet, net::Ipv4FlowKey& key);

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
