// SPDX-License-Identifier: Apache-2.0
// Clerk: reads what the host asks through the mailbox (abi/mailbox.h), calls the graph's handlers,
// and writes the answers.
//
// A request and an answer go in fragments. Within one request the host counts
// Live::mailbox_fragment up by one for each further fragment, of either; the guest takes whatever
// word it finds there, once it differs from the one it saw before, for the next.
//
// Invariants
//   1. Private handlers and wrong names are answered as if there were none; every request is
//      answered, or replaced by one with a new number.
//   2. A text that the guest has no memory for is refused, and costs nothing but the answer.
//
// Threads: the guest's, between two rounds.

#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "graph/router.h"
#include "guest/exits.h"
#include "guest/memory.h"

namespace superfluid::guest {

class Clerk {
 public:
  Clerk(const Memory& memory, Exits& exits) : memory_(memory), exits_(exits) {}

  // In a new life: what was asked in the one before and answered there is not asked again.
  void start_over();
  bool has_mail() const;
  void serve(graph::Router& router);

 private:
  enum class Phase : std::uint8_t { kNone, kTaking, kAnswered };

  void begin(std::uint32_t number);
  // False: the request is not whole yet.
  bool take_fragment();
  base::Result<std::string> ask(graph::Router& router) const;
  void answer(base::Result<std::string> result);
  void send_fragment();
  void refuse(base::ErrorCode code, base::TextView message);

  Memory memory_;
  Exits& exits_;
  Phase phase_ = Phase::kNone;
  std::uint32_t number_ = 0;    // of the request that is served
  std::uint32_t fragment_ = 0;  // Live::mailbox_fragment, as it was seen last
  abi::MailboxHeader header_{};
  std::string text_;  // the request's, then the answer's
  std::uint32_t answer_what_ = 0;
  std::uint32_t sent_ = 0;        // bytes of the answer
  std::uint32_t sent_count_ = 0;  // fragments
};

}  // namespace superfluid::guest
