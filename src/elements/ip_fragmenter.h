// SPDX-License-Identifier: Apache-2.0
// IPFragmenter: cuts IPv4 packets that are too large for a link into fragments.
//
//   IPFragmenter(MTU [, HONOR_DF, VERBOSE, HEADROOM n])
//
// Arguments  MTU       most bytes of a packet, from its IPv4 header on; at least 8
//            HONOR_DF  whether packets that must not be fragmented are not. Default true; false
//                      clears their flag and gives them a new identification.
//            VERBOSE   says something of every packet that must not be, not of the first five only.
//                      Default false.
//            HEADROOM  bytes free in front of fragments. Default 64.
// Ports      1 input, push; outputs, push: 0 packets that are small enough, fragments in order, 1
//            (when there is one) packets that cannot be sent, for an ICMPError to answer
// Handlers   fragments (r)  fragments made so far
//            drops (r)      packets that could not be sent
// Drops      too large and not to be fragmented, too large without a sound IPv4 header noted, a
//            fragment that would end beyond 65535 bytes, no memory for the fragments
// Example    f -> fr :: IPFragmenter(1500) -> t;   fr [1] -> ICMPError(10.0.0.1, 3, 4) -> rt;
//
// Later fragments have those options that are marked to be copied, and nothing of what is in front
// of the IPv4 header; all have the packet's notes. Bytes behind the length that the header states
// are no part of the packet and do not make it too large.

#pragma once

#include "graph/element.h"
#include "net/ipv4.h"

namespace superfluid::elements {

class IPFragmenter final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;

 private:
  struct Outgoing;
  struct Cut;

  void cut(graph::Packet* packet, Outgoing& outgoing);
  bool make_fragments(const Cut& cut, Outgoing& outgoing);
  graph::Packet* make_fragment(const Cut& cut, std::size_t offset, std::size_t length);
  void refuse(graph::Packet* packet, Outgoing& outgoing);
  void put(graph::Packet* packet, Outgoing& outgoing) const;
  void flush(Outgoing& outgoing) const;

  std::uint32_t mtu_ = 0;
  std::uint32_t headroom_ = graph::kHeadroom;
  bool honor_df_ = true;
  bool verbose_ = false;
  std::uint64_t fragments_ = 0;
  std::uint64_t drops_ = 0;
  std::uint64_t said_ = 0;
};

}  // namespace superfluid::elements
