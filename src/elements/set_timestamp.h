// SPDX-License-Identifier: Apache-2.0
// SetTimestamp: notes a time on packets.
//
//   SetTimestamp([TIMESTAMP])
//
// Arguments  TIMESTAMP  seconds since 1970. Default: the time of day when the packet comes.
// Ports      1 input, 1 output, push or pull
// Example    f -> SetTimestamp -> Queue -> DelayUnqueue(20ms) -> t;

#pragma once

#include <optional>

#include "graph/element.h"

namespace superfluid::elements {

class SetTimestamp final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void push(std::uint32_t, graph::Batch batch) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;

 private:
  void stamp(graph::Batch batch) const;

  std::optional<base::Duration> timestamp_;
};

}  // namespace superfluid::elements
