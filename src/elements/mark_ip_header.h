// SPDX-License-Identifier: Apache-2.0
// MarkIPHeader: notes where the IPv4 header begins, without checking it.
//
//   MarkIPHeader([OFFSET])
//
// Arguments  OFFSET  bytes in front of the header. Default 0.
// Ports      1 input, 1 output, push or pull
// Example    f -> MarkIPHeader(14) -> IPClassifier(tcp) -> t;
//
// Packets that end before the header's 20 bytes do, or before its options, pass with what there is
// of it noted: elements behind check what they read.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class MarkIPHeader final : public graph::PerPacket<MarkIPHeader> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint32_t offset_ = 0;
};

}  // namespace superfluid::elements
