// SPDX-License-Identifier: Apache-2.0
// EtherRewrite: sets both addresses of Ethernet headers.
//
//   EtherRewrite(SRC, DST)
//
// Arguments  SRC, DST  Ethernet addresses
// Ports      1 input, 1 output, push or pull. The header is where the packet's notes say, else at
//            its first byte.
// Drops      packets too short for two addresses
// Handlers   src, dst (rw), drops (r)
// Example    f -> EtherRewrite(2:0:0:0:0:1, 2:0:0:0:0:2) -> t;

#pragma once

#include "graph/element.h"
#include "net/ether.h"

namespace superfluid::elements {

class EtherRewrite final : public graph::PerPacket<EtherRewrite> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  struct Addresses {
    net::MacAddress destination;
    net::MacAddress source;
  };

  Addresses addresses_;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
