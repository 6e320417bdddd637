// SPDX-License-Identifier: Apache-2.0
// IP6Print: prints a line about each IPv6 packet.
//
//   IP6Print([LABEL, CONTENTS bool, NBYTES n])
//
// Arguments  LABEL     stands in front of the line.
//            CONTENTS  whether the packet's bytes follow, in hexadecimal. Default false.
//            NBYTES    how many of them at most. Default 1500.
// Ports      1 input, 1 output, push or pull
// Example    f -> MarkIP6Header(14) -> IP6Print(in) -> t;
//
//   in: 2001:db8::1 -> 2001:db8::2 plen 32, next 58, hlim 64
//
// Packets without a noted header (CheckIP6Header, MarkIP6Header) are told as such.

#pragma once

#include <string>

#include "graph/element.h"

namespace superfluid::elements {

class IP6Print final : public graph::PerPacket<IP6Print> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::string label_;
  bool contents_ = false;
  std::uint32_t bytes_max_ = 1500;
};

}  // namespace superfluid::elements
