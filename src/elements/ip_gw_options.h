// SPDX-License-Identifier: Apache-2.0
// IPGWOptions: handles the IPv4 options that every router on the way must: Record Route and
// Timestamp.
//
//   IPGWOptions(MYADDR [, OTHERADDRS])
//
// Arguments  MYADDR      this router's address on the way out, which is what gets recorded
//            OTHERADDRS  its other addresses: a Timestamp option may ask for any of them by name.
//                        Default none.
// Ports      1 input, 1 or 2 outputs, push or pull; packets whose options are wrong are pushed to
//            output 1 when there is one, unchanged, with the wrong byte noted for ICMPError
// Handlers   drops (r)  packets with wrong options so far
// Drops      options longer than the header or shorter than they must be, pointers that point to no
//            whole entry, timestamps of an unknown form or that overflowed fifteen times; packets
//            without an IPv4 header noted
// Example    f -> gio :: IPGWOptions(10.0.0.1) -> t;
//            gio [1] -> ICMPError(10.0.0.1, parameterproblem) -> rt;
//
// An option that is full is passed on; Timestamp counts that. Source routes are left alone. The
// checksum is computed anew when something was written.

#pragma once

#include <optional>
#include <span>

#include "elements/ip_argument.h"
#include "graph/element.h"
#include "net/ipv4.h"

namespace superfluid::elements {

class IPGWOptions final : public graph::PerPacket<IPGWOptions> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  // Offsets of wrong bytes count from the first option, or within one option.
  using Problem = std::optional<std::size_t>;

  graph::Packet* handle(graph::Packet* packet);
  Problem handle_all(base::ByteSpan options) const;
  Problem record_route(base::ByteSpan option) const;
  Problem stamp(base::ByteSpan option) const;
  graph::Packet* refuse(graph::Packet* packet, std::size_t wrong_byte);

  net::Ipv4Address address_;
  AddressList others_;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
