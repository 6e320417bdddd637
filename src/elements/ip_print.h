// SPDX-License-Identifier: Apache-2.0
// IPPrint: says a line about each IPv4 packet that passes, as tcpdump does.
//
//   IPPrint([LABEL] [, CONTENTS c, PAYLOAD c, MAXLENGTH n, ID bool, TTL bool, TOS bool,
//           LENGTH bool, TIMESTAMP bool, AGGREGATE bool, PAINT bool, SWAP bool, ACTIVE bool])
//
// Arguments  LABEL      what the line begins with. Default: nothing.
//            CONTENTS   shows the packet too: NONE, HEX or ASCII, in any case; true is HEX and
//                       false NONE. Default NONE.
//            PAYLOAD    the same of what is behind the TCP or UDP header, or behind the IPv4 header
//                       of others. Default NONE. Only one of both may be given.
//            MAXLENGTH  how many bytes of that, negative for all. Default 1500. NBYTES is its old
//                       name.
//            ID, TTL, TOS, LENGTH   show the header's field. Default false.
//            TIMESTAMP  shows the timestamp. Default true.
//            AGGREGATE, PAINT       show the note. Default false.
//            SWAP       shows identifier and sequence of pings as they are meant; false turns their
//                       bytes around. Default true.
//            ACTIVE     whether it says anything. Default true.
// Ports      1 input, 1 output, push or pull; packets without a noted IPv4 header pass unsaid
// Handlers   active (rw)
// Example    f -> CheckIPHeader -> IPPrint(in) -> t;
//            in: 1.000020: 192.0.2.1.10 > 192.0.2.2.20: S 0:1(1,40,40) win 0
//
// Of TCP: flags, first and next sequence number, in brackets how much sequence space is used, the
// packet's length and the header's.

#pragma once

#include <string>

#include "graph/element.h"
#include "net/ipv4.h"

namespace superfluid::elements {

class IPPrint final : public graph::PerPacket<IPPrint> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  enum class Contents : std::uint8_t { kNone, kHex, kAscii };

  void read_contents(graph::Arguments& arguments, const std::string& contents,
                     const std::string& payload);
  std::string line(const graph::Packet& packet) const;
  std::string fields(const net::Ipv4Header& header) const;
  std::string contents(const graph::Packet& packet, const net::Ipv4Header& header) const;

  std::string label_;
  std::int32_t length_max_ = 1500;
  Contents contents_ = Contents::kNone;
  bool payload_only_ = false;
  bool id_ = false;
  bool ttl_ = false;
  bool tos_ = false;
  bool length_ = false;
  bool timestamp_ = true;
  bool aggregate_ = false;
  bool paint_ = false;
  bool swap_ = true;
  bool active_ = true;
};

}  // namespace superfluid::elements
