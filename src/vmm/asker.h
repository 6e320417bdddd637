// SPDX-License-Identifier: Apache-2.0
// Asker: the host's side of the mailbox (abi/mailbox.h). It puts the daemon's requests to the
// guest, one after the other and each in fragments, and puts the answers together.
//
// Invariants
//   1. Requests are answered in their order, each once; at most kWaitingMax wait.
//   2. Of an answer, a fragment is copied out once. The first fixes the total; what does not fit to
//      it, or is beyond the limit, ends the answer with an error.
//   3. Numbers of requests and fragments only grow in a life, so that what a guest said before is
//      not taken for an answer.
//
// Threads: the shell's.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "vmm/protocol.h"
#include "vmm/shell.h"

namespace superfluid::vmm {

class Asker {
 public:
  static constexpr std::size_t kWaitingMax = 64;
  using Answer = base::Result<std::string>;

  explicit Asker(Shell& shell) : shell_(shell) {}

  // A life begins, perhaps of a snapshot that was asked things elsewhere.
  void begin_life();
  // Now, an answer that needs no guest: there is no room for another request.
  std::optional<Answer> ask(AskOrder order);
  // Looks what the guest has done, after each time that it left.
  std::optional<Answer> look();
  bool is_waiting() const { return !waiting_.empty(); }
  // The guest will answer no more: how many asked.
  std::size_t give_up();

 private:
  void begin();
  void put_fragment();
  std::optional<Answer> take_fragment();
  Answer finish(Answer answer);

  Shell& shell_;
  std::deque<AskOrder> waiting_;  // the first is with the guest
  std::uint32_t number_ = 0;
  std::uint32_t fragment_ = 0;
  std::string request_;
  std::size_t sent_ = 0;
  std::string answer_;
  std::uint32_t total_ = 0;
  bool has_first_ = false;
};

}  // namespace superfluid::vmm
