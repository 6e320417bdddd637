// SPDX-License-Identifier: Apache-2.0
// The mailbox: one request at a time to the guest, and its answer. It carries reads and writes of
// handlers (graph/handler.h).
//
// A text that does not fit goes in fragments of at most kFragmentBytes, one after the other:
//   host   fills `request`, sets Live::mailbox_fragment, then Live::mailbox_request to a number
//          that is new;
//   guest  sees the number, takes the fragment; if it is not the last, sets
//          GuestPage::mailbox_fragment to that fragment's and waits for the next;
//   guest  when it has all, does what is asked, fills `answer`, sets GuestPage::mailbox_fragment to
//          0 and GuestPage::mailbox_answered to the number, and leaves with Exit::kAnswer;
//   host   copies the fragment out; if `total` says that there is more, sets Live::mailbox_fragment
//          to the next and lets the guest run, which fills `answer` with it and answers again.
//
// Within one request Live::mailbox_fragment counts up by one with each further fragment, of the
// request or of the answer.
//
// Either side counts what has come against `total`, fixed by the first fragment, and against its
// limit. A host that gives up simply begins a request with a new number. A guest looks between two
// rounds of its graph.

#pragma once

#include "abi/machine.h"

namespace superfluid::abi {

inline constexpr std::uint32_t kHandlerTextMax = 1 << 20;  // of a value, written or read
inline constexpr std::uint32_t kHandlerNameMax = 1024;

enum class Ask : std::uint32_t {
  kRead = 1,
  kWrite = 2,
};

struct MailboxHeader {
  // Request: an Ask. Answer: 0, or 1 + a base::ErrorCode; then the text is the error's message.
  std::uint32_t what;
  std::uint32_t name_bytes;  // request: the handler's name comes first in the text
  std::uint32_t total;       // bytes of the whole text
  std::uint32_t at;          // where this fragment belongs in it
  std::uint32_t bytes;       // of this fragment
  std::uint32_t reserved[3];
};
static_assert(sizeof(MailboxHeader) == 32);

inline constexpr std::size_t kFragmentBytes = kMailboxBytes / 2 - sizeof(MailboxHeader);

struct MailboxHalf {
  MailboxHeader header;
  std::uint8_t text[kFragmentBytes];
};

struct Mailbox {
  MailboxHalf request;  // written by the host
  MailboxHalf answer;   // written by the guest
};
static_assert(sizeof(Mailbox) == kMailboxBytes);

}  // namespace superfluid::abi
