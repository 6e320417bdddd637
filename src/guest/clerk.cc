// SPDX-License-Identifier: Apache-2.0
#include "guest/clerk.h"

#include <algorithm>
#include <utility>

#include "base/error_lines.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/handler.h"

namespace superfluid::guest {
namespace {

using base::cat;
using base::ErrorCode;

// A value is held in the mailbox's text, in the handler's argument and in what it becomes there.
constexpr std::size_t kCopiesOfText = 3;

}  // namespace

void Clerk::start_over() {
  const std::uint32_t request = load(memory_.device_page().live.mailbox_request);
  number_ = request == memory_.guest_page().mailbox_answered ? request : 0;
  phase_ = Phase::kNone;
  text_.clear();
}

bool Clerk::has_mail() const {
  const abi::Live& live = memory_.device_page().live;
  const std::uint32_t request = load(live.mailbox_request);
  if (request != number_) {
    return request != 0;
  }
  return phase_ != Phase::kNone && load(live.mailbox_fragment) != fragment_;
}

void Clerk::serve(graph::Router& router) {
  const abi::Live& live = memory_.device_page().live;
  const std::uint32_t request = load(live.mailbox_request);
  if (request != number_) {
    begin(request);
  }
  fragment_ = load(live.mailbox_fragment);
  if (phase_ == Phase::kAnswered) {
    send_fragment();
  } else if (take_fragment()) {
    answer(ask(router));
  }
}

void Clerk::begin(std::uint32_t number) {
  number_ = number;
  phase_ = Phase::kTaking;
  text_.clear();
  header_ = memory_.mailbox().request.header;
  sent_ = sent_count_ = 0;
}

bool Clerk::take_fragment() {
  const abi::MailboxHalf& half = memory_.mailbox().request;
  const abi::MailboxHeader part = half.header;
  if (header_.total > abi::kHandlerTextMax + abi::kHandlerNameMax ||
      header_.name_bytes > std::min(header_.total, abi::kHandlerNameMax)) {
    refuse(ErrorCode::kInvalid, "the request is longer than a request may be");
    return false;
  }
  if (part.at != text_.size() || part.bytes > abi::kFragmentBytes ||
      part.bytes > header_.total - part.at) {
    refuse(ErrorCode::kCorrupt, "the request's fragments do not fit together");
    return false;
  }
  if (text_.empty() && !base::has_memory_for(kCopiesOfText * header_.total)) {
    refuse(ErrorCode::kExhausted,
           cat("the instance has no memory left for a text of ", header_.total, " bytes"));
    return false;
  }
  text_.reserve(header_.total);
  text_.append(reinterpret_cast<const char*>(half.text), part.bytes);
  if (text_.size() < header_.total) {
    store(memory_.guest_page().mailbox_fragment, fragment_);
    exits_.leave(abi::Exit::kYield);
    return false;
  }
  return true;
}

base::Result<std::string> Clerk::ask(graph::Router& router) const {
  const std::string_view name = std::string_view(text_).substr(0, header_.name_bytes);
  const std::string_view value = std::string_view(text_).substr(header_.name_bytes);
  const auto what = static_cast<abi::Ask>(header_.what);
  SF_TRY(handler, router.find_handler(name, nullptr));
  if (what != abi::Ask::kRead && what != abi::Ask::kWrite) {
    return base::fail(ErrorCode::kUnsupported, "the request is neither to read nor to write");
  }
  const bool reads = what == abi::Ask::kRead;
  if (handler == nullptr || handler->is_private ||
      (reads ? handler->read == nullptr : handler->write == nullptr)) {
    return base::fail(ErrorCode::kNotFound,
                      cat("no '", base::escape(name), reads ? "' read" : "' write", " handler"));
  }
  if (reads) {
    return handler->read(value);
  }
  SF_CHECKED(handler->write(value));
  return std::string();
}

void Clerk::answer(base::Result<std::string> result) {
  answer_what_ = result ? 0 : 1 + static_cast<std::uint32_t>(result.error().code());
  text_ = result ? std::move(*result) : base::lines_of(result.error());
  if (text_.size() > abi::kHandlerTextMax) {
    answer_what_ = 1 + static_cast<std::uint32_t>(ErrorCode::kExhausted);
    text_ = cat("the value has ", text_.size(), " bytes, and at most ", abi::kHandlerTextMax,
                " can be told");
  }
  send_fragment();
}

void Clerk::refuse(ErrorCode code, base::TextView message) { answer(base::fail(code, message)); }

void Clerk::send_fragment() {
  phase_ = Phase::kAnswered;
  abi::GuestPage& page = memory_.guest_page();
  abi::MailboxHalf& half = memory_.mailbox().answer;
  const auto total = static_cast<std::uint32_t>(text_.size());
  const auto bytes =
      static_cast<std::uint32_t>(std::min<std::size_t>(total - sent_, abi::kFragmentBytes));
  half.header = {.what = answer_what_,
                 .name_bytes = 0,
                 .total = total,
                 .at = sent_,
                 .bytes = bytes,
                 .reserved = {}};
  std::copy_n(text_.data() + sent_, bytes, half.text);
  sent_ += bytes;
  store(page.mailbox_fragment, sent_count_++);
  store(page.mailbox_answered, number_);
  if (sent_ == total) {
    phase_ = Phase::kNone;
    text_ = {};
  }
  exits_.leave(abi::Exit::kAnswer);
}

}  // namespace superfluid::guest
