// SPDX-License-Identifier: Apache-2.0
// GTPUDecap: takes packets out of GTP-U tunnels, and answers echo requests.
//
//   GTPUDecap([TEID n, PAINT bool, CHECKSUM bool, VERBOSE bool, DETAILS bool])
//
// Arguments  TEID      lets only packets of this tunnel pass. Default: of all.
//            PAINT     whether a packet's QoS flow (0 without a PDU Session Container) becomes its
//                      paint. Default false.
//            CHECKSUM  whether UDP's checksum is verified. Default true.
//            VERBOSE, DETAILS, and the handlers drops and drop_details: elements/header_check.h
// Ports      1 input, 1 to 3 outputs, push or pull
//            input    IPv4 or IPv6 packets to UDP port 2152, their header noted (CheckIPHeader)
//            output 0 the packets that were inside
//            output 1 (push) answers to echo requests, to be routed back
//            output 2 (push) all other messages as they came: echo responses, error indications,
//                     end markers, and echo requests when output 1 is not connected. Released when
//                     there is no such output.
// Handlers   packets (r)   that came out of tunnels
//            echoes (r)    answered
//            messages (r)  that were neither
// Drops      not UDP to port 2152, fragment, bad UDP length, bad UDP checksum, bad GTP-U header,
//            unknown tunnel, unknown extension (one that a receiver must understand), bad inner
//            packet (neither IPv4 nor IPv6, or longer than what carries it)
// Example    f -> CheckIPHeader -> d :: GTPUDecap(PAINT true) -> t;   d [1] -> back;
//
// The tunnel's number is noted as the packet's aggregate, and the inner header and destination
// become the packet's. What is inside is checked no further: CheckIPHeader should follow.

#pragma once

#include <optional>

#include "elements/header_check.h"
#include "graph/element.h"
#include "net/gtpu.h"

namespace superfluid::elements {

class GTPUDecap final : public graph::PerPacket<GTPUDecap> {
 public:
  static const graph::ElementClass kClass;

  GTPUDecap();

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  struct Outer;

  graph::Packet* refuse(graph::Packet* packet, std::size_t reason);
  graph::Packet* take_out(graph::Packet* packet, const net::GtpuView& message);
  void answer(graph::Packet* request, const Outer& outer, const net::GtpuView& message);

  std::optional<std::uint32_t> teid_;
  bool paint_ = false;
  bool checksum_ = true;
  HeaderCheck check_;
  std::uint64_t packets_ = 0;
  std::uint64_t echoes_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace superfluid::elements
