// SPDX-License-Identifier: Apache-2.0
// Answers each request through the mailbox with the request's own text, fragment by fragment; to
// the handler "wrong" with pieces that do not fit, to "error" with an error, to "never" never.
#include "kvm/guests/guest.h"

#include "abi/mailbox.h"

namespace {

volatile abi::Mailbox& mailbox() {
  return *reinterpret_cast<volatile abi::Mailbox*>(abi::kRamBase + abi::kMailboxAt);
}

char held[abi::kHandlerTextMax / 8];

struct Request {
  std::uint32_t number = 0;
  std::uint32_t fragment = 0;
  std::uint32_t got = 0;
  std::uint32_t total = 0;
  std::uint32_t sent = 0;
};

void take(Request& request) {
  volatile abi::MailboxHalf& half = mailbox().request;
  request.total = half.header.total;
  for (std::uint32_t i = 0; i < half.header.bytes && request.got < sizeof held; ++i) {
    held[request.got++] = static_cast<char>(half.text[i]);
  }
}

void answer(Request& request) {
  volatile abi::MailboxHalf& half = mailbox().answer;
  const char first = held[0];
  std::uint32_t bytes = request.total - request.sent;
  bytes = bytes < abi::kFragmentBytes ? bytes : static_cast<std::uint32_t>(abi::kFragmentBytes);
  half.header.what = first == 'e' ? 1 + 2 : 0;
  half.header.total = first == 'w' ? 0xffff'ffff : request.total;
  half.header.at = request.sent;
  half.header.bytes = bytes;
  for (std::uint32_t i = 0; i < bytes; ++i) {
    half.text[i] = static_cast<std::uint8_t>(held[request.sent + i]);
  }
  request.sent += bytes;
  guest_page().mailbox_answered = request.number;
  leave(abi::Exit::kAnswer);
}

}  // namespace

void guest_main(abi::DevicePage* page) {
  volatile abi::Live& live = page->live;
  leave(abi::Exit::kReady);
  leave(abi::Exit::kLive);
  Request request;
  for (;;) {
    if (live.mailbox_request != request.number) {
      request = {.number = live.mailbox_request};
    } else if (live.mailbox_fragment == request.fragment) {
      guest_page().sleep_until_ns = abi::kNoDeadline;
      leave(abi::Exit::kSleep);
      continue;
    }
    request.fragment = live.mailbox_fragment;
    if (request.sent == 0) {
      take(request);
    }
    if (request.got < request.total) {
      guest_page().mailbox_fragment = request.fragment;
      leave(abi::Exit::kYield);
    } else if (held[0] != 'n') {
      answer(request);
    }
  }
}
