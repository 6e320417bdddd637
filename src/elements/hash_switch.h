// SPDX-License-Identifier: Apache-2.0
// HashSwitch: sends packets with equal bytes at one place to the same output.
//
//   HashSwitch(OFFSET, LENGTH)
//
// Arguments  OFFSET  where the bytes begin
//            LENGTH  how many they are, at least 1
// Ports      1 push input, 1 or more push outputs. Packets too short for the bytes go to output 0.
// Example    f -> h :: HashSwitch(26, 4);   h [0] -> a;   h [1] -> b;   an IPv4 source address
//
// The hash is the sum of the bytes, folded once where the number of outputs is 2, 4 or 8: weak, but
// it is the one that existing configurations count on.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class HashSwitch final : public graph::Splitter<HashSwitch> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  std::uint32_t choose(graph::Packet& packet) const;

 private:
  std::uint32_t offset_ = 0;
  std::uint32_t length_ = 1;
};

}  // namespace superfluid::elements
