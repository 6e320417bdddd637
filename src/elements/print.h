// SPDX-License-Identifier: Apache-2.0
// Print: says a line about each packet that passes.
//
//   Print([LABEL, MAXLENGTH] [, CONTENTS c, TIMESTAMP bool, PRINTANNO bool, HEADROOM bool,
//         ACTIVE bool])
//
// Arguments  LABEL      what the line begins with. Default: nothing.
//            MAXLENGTH  bytes of the packet to show, negative for all. Default 24. LENGTH and
//                       NBYTES are its old names.
//            CONTENTS   NONE, HEX or ASCII, in any case; true is HEX and false NONE. Default HEX.
//            TIMESTAMP  shows the timestamp. Default false.
//            PRINTANNO  shows the notes as 48 bytes in hexadecimal. Default false.
//            HEADROOM   shows the bytes free before and behind the packet. Default false.
//            ACTIVE     whether it says anything. Default true.
// Ports      1 input, 1 output, push or pull
// Handlers   active (rw)
// Example    f -> Print(in, 8) -> t;          in:   60 | 00163e00 00010016
//
// The notes lie where the original has them: destination at 0, paint 16, icmp_pointer 17,
// fix_ip_source 19, aggregate or else the VLAN's tag 20, extra_length 28, number 32.

#pragma once

#include <string>

#include "graph/element.h"

namespace superfluid::elements {

class Print final : public graph::PerPacket<Print> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  enum class Contents : std::uint8_t { kNone, kHex, kAscii };

  void read_contents(std::string text, graph::Arguments& arguments);
  std::string line(const graph::Packet& packet) const;
  std::string contents(const graph::Packet& packet) const;

  std::string label_;
  std::int32_t length_max_ = 24;
  Contents contents_ = Contents::kHex;
  bool timestamp_ = false;
  bool notes_ = false;
  bool headroom_ = false;
  bool active_ = true;
};

}  // namespace superfluid::elements
