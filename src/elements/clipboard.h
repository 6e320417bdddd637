// SPDX-License-Identifier: Apache-2.0
// Clipboard: copies bytes from packets on one way to packets on another.
//
//   Clipboard(OFFSET/LENGTH, ...)
//
// Arguments  OFFSET/LENGTH  a range of bytes, counted from the packet's first; all ranges together
//                           have 65536 bytes at most
// Ports      2 inputs, 2 outputs, 0 to 0 and 1 to 1, each push or pull. The ranges of a packet that
//            comes by input 0 are kept; into packets that come by input 1 they are written. Packets
//            too short for a range pass unchanged, and leave what is kept as it was.
// Handlers   drops (r)
// Drops      packets that there is no memory to change
// Example    c :: Clipboard(0/4);   f -> [0] c [0] -> Discard;   g -> [1] c [1] -> t;
//
// Until a first packet was kept, the bytes are zero.

#pragma once

#include <vector>

#include "graph/element.h"

namespace superfluid::elements {

class Clipboard final : public graph::Element {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::size_t kBytesMax = 1 << 16;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  std::size_t pull(std::uint32_t port, graph::Packet** into, std::size_t max) override;

 private:
  struct Range {
    std::uint32_t offset;
    std::uint32_t length;
  };

  // What is left of the packets.
  std::size_t act(std::uint32_t port, graph::Packet** packets, std::size_t count);
  void keep(const graph::Packet& packet);
  graph::Packet* write(graph::Packet* packet);

  std::vector<Range> ranges_;
  std::vector<std::uint8_t> kept_;  // of all ranges, one behind the other
  std::uint32_t length_min_ = 0;    // of packets that have all ranges
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
