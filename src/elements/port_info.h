// SPDX-License-Identifier: Apache-2.0
// PortInfo: gives names to TCP and UDP ports.
//
//   PortInfo(NAME PORT[/PROTOCOL] [NAME ...], ...)
//
// Arguments  each  a name, its port, further names, up to a '#': lines of /etc/services are such.
//                  PROTOCOL is tcp or udp; left out, the name means both. Lines of other protocols
//                  are passed over.
// Ports      none
// Example    PortInfo(game 27015/udp);   f -> UDPIPEncap(10.0.0.1, game, 10.0.0.2, game) -> t;
//
// Names defined in a compound element are known there and in compounds within, and win over the
// names that are always known (elements/ip_names.h). It does not matter where in its compound a
// PortInfo stands.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class PortInfo final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;

 private:
  void define(const std::vector<std::string>& words, graph::Arguments& arguments);
};

}  // namespace superfluid::elements
