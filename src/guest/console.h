// SPDX-License-Identifier: Apache-2.0
// Console: what the guest prints, in a ring that the host reads.
//
// Invariants
//   1. Bytes are counted for ever, modulo 2^32: those written and not taken are in the ring.
//   2. A text that does not fit makes the guest leave once, so that the host may take; what does
//      not fit then is dropped and counted. The guest never waits for a reader.
//
// Threads: the guest's.

#pragma once

#include <string_view>

#include "graph/router.h"
#include "guest/exits.h"
#include "guest/memory.h"

namespace superfluid::guest {

class Console final : public graph::TextSink {
 public:
  Console(const Memory& memory, Exits& exits) : memory_(memory), exits_(exits) {}

  void write(std::string_view text) override;

 private:
  std::size_t room() const;
  void put(std::string_view text);

  Memory memory_;
  Exits& exits_;
};

}  // namespace superfluid::guest
