// SPDX-License-Identifier: Apache-2.0
// SetIPECN, MarkIPCE: the two bits by which routers tell of congestion (RFC 3168).
//
//   SetIPECN(ECN)
//   MarkIPCE([FORCE bool])
//
// Arguments  ECN    0 to 3, or no (-), ect1 (ECT(1)), ect2 (ECT(0)), ce (CE)
//            FORCE  whether packets of hosts that do not take part are marked too. Default false:
//                   they are dropped, as a router without ECN would have done.
// Ports      1 input, 1 output, push or pull
// Handlers   ecn (rw)   of SetIPECN: a number
//            drops (r)  packets dropped so far
// Drops      packets without a noted IPv4 header; MarkIPCE: packets of hosts that do not take part
// Example    f -> MarkIPHeader -> SetIPECN(ect2) -> MarkIPCE -> t;
//
// MarkIPCE says "congestion experienced". The checksum follows by RFC 1624.

#pragma once

#include "graph/arguments.h"
#include "graph/element.h"
#include "net/ipv4.h"

namespace superfluid::elements {

enum class Ecn : std::uint8_t { kNone = 0, kEct1 = 1, kEct0 = 2, kCongestion = 3 };
graph::Complaint parse_argument(std::string_view text, Ecn& ecn);

class SetIPECN final : public graph::PerPacket<SetIPECN> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  Ecn ecn_ = Ecn::kNone;
  std::uint64_t drops_ = 0;
};

class MarkIPCE final : public graph::PerPacket<MarkIPCE> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  bool force_ = false;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
