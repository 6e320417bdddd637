// SPDX-License-Identifier: Apache-2.0
// ICMPRewriter: brings ICMP errors about translated packets back to who sent those.
//
//   ICMPRewriter(MAPS [, DST_ANNO bool, REPLY_ANNO note])
//
// Arguments  MAPS        the rewriters whose packets an error may be about: names, with space
//                        between. A name may be followed by `:N`: errors about its packets go to
//                        output N plus the output that a reply has there, not to output 0.
//            DST_ANNO    whether the noted destination changes too. Default true.
//            REPLY_ANNO  the note that the rewriter keeps for replies (its own REPLY_ANNO) is
//                        written to this note of the error.
// Ports      1 input, 1 or more outputs, push. With two outputs and no `:N`, what is not rewritten
//            goes to output 1.
// Handlers   drops (r)  packets dropped so far
// Drops      packets that are no ICMP, are no error, or quote no packet of the rewriters
// Example    u -> c :: IPClassifier(icmp type unreachable or icmp type timxceed, -);
//            i -> nat :: IPRewriter(pattern 192.0.2.1 1024-65535 - - 0 1, drop) -> t;
//            c[1] -> [1] nat;   nat[1] -> back :: Null -> t;
//            c -> ICMPRewriter(nat) -> back;
//
// An error answers a packet by quoting its header and the first bytes behind it. Those are
// rewritten to what the sender had sent, checksums included as far as they are quoted; so is the
// error's destination when it is the quoted source. The quoted header is as the network saw it:
// its own checksum, when wrong, stays wrong.

#pragma once

#include <vector>

#include "elements/rewriter.h"

namespace superfluid::elements {

class ICMPRewriter final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;

 private:
  struct Map {
    const Rewriter* rewriter;
    std::optional<std::uint32_t> first_output;
  };
  struct Quote;

  static std::optional<Quote> quote_of(const graph::Packet& packet);
  // Rewrites the packet, which then may be another, or nullptr: there was no memory for a copy.
  std::uint32_t output_for(graph::Packet*& packet);
  void rewrite(graph::Packet& packet, const Quote& quote, const Rewriter::Found& found) const;
  graph::Complaint add_map(std::string_view word);

  std::vector<Map> maps_;
  bool note_destination_ = true;
  std::optional<NoteByte> reply_note_;
  bool second_output_ = false;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
