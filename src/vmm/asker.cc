// SPDX-License-Identifier: Apache-2.0
#include "vmm/asker.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;

// Above the small numbers by which a guest counts the fragments of its answers.
constexpr std::uint32_t kFragmentsFrom = 1 << 16;

abi::Mailbox& mailbox_of(const Shell& shell) {
  return *reinterpret_cast<abi::Mailbox*>(shell.mailbox().data());
}

abi::GuestPage& page_of(const Shell& shell) {
  return *reinterpret_cast<abi::GuestPage*>(shell.ram().data() + abi::kGuestPageAt);
}

std::uint32_t load(std::uint32_t& word) {
  return std::atomic_ref<std::uint32_t>(word).load(std::memory_order_acquire);
}

Asker::Answer broken(std::string_view what) {
  return base::fail(ErrorCode::kCorrupt, base::cat("the guest's answer ", what));
}

}  // namespace

void Asker::begin_life() {
  auto* page = reinterpret_cast<abi::DevicePage*>(shell_.ram().data() + abi::kDevicePageAt);
  waiting_.clear();
  number_ = load(page->live.mailbox_request);
  fragment_ = std::max(load(page->live.mailbox_fragment), kFragmentsFrom);
}

std::optional<Asker::Answer> Asker::ask(AskOrder order) {
  if (waiting_.size() >= kWaitingMax) {
    return base::fail(ErrorCode::kExhausted,
                      base::cat(kWaitingMax, " requests to this function wait already"))
        .try_this("wait for their answers");
  }
  waiting_.push_back(std::move(order));
  if (waiting_.size() == 1) {
    begin();
  }
  return std::nullopt;
}

void Asker::begin() {
  const AskOrder& order = waiting_.front();
  request_ = order.handler + order.text;
  answer_.clear();
  sent_ = 0;
  total_ = 0;
  has_first_ = false;
  number_ += number_ == ~0u ? 2 : 1;  // 0 is no request
  put_fragment();
}

void Asker::put_fragment() {
  const AskOrder& order = waiting_.front();
  abi::MailboxHalf& half = mailbox_of(shell_).request;
  const std::size_t bytes = std::min(request_.size() - sent_, abi::kFragmentBytes);
  half.header = {.what = static_cast<std::uint32_t>(order.ask),
                 .name_bytes = static_cast<std::uint32_t>(order.handler.size()),
                 .total = static_cast<std::uint32_t>(request_.size()),
                 .at = static_cast<std::uint32_t>(sent_),
                 .bytes = static_cast<std::uint32_t>(bytes),
                 .reserved = {}};
  std::memcpy(half.text, request_.data() + sent_, bytes);
  sent_ += bytes;
  shell_.set_mailbox(number_, ++fragment_);
}

std::optional<Asker::Answer> Asker::look() {
  if (waiting_.empty()) {
    return std::nullopt;
  }
  abi::GuestPage& page = page_of(shell_);
  if (load(page.mailbox_answered) == number_) {
    return take_fragment();
  }
  if (sent_ < request_.size() && load(page.mailbox_fragment) == fragment_) {
    put_fragment();
  }
  return std::nullopt;
}

std::optional<Asker::Answer> Asker::take_fragment() {
  abi::MailboxHalf& half = mailbox_of(shell_).answer;
  abi::MailboxHeader header;
  std::memcpy(&header, &half.header, sizeof header);
  if (has_first_ && header.at < answer_.size()) {
    return std::nullopt;  // the one that was taken already; the next is not there yet
  }
  if (!has_first_) {
    total_ = header.total;
    has_first_ = true;
  }
  if (header.total != total_ || total_ > abi::kHandlerTextMax || header.at != answer_.size() ||
      header.bytes > abi::kFragmentBytes || header.bytes > total_ - header.at ||
      (header.bytes == 0 && total_ != 0)) {
    return finish(broken("comes in pieces that do not fit together"));
  }
  answer_.append(reinterpret_cast<const char*>(half.text), header.bytes);
  if (answer_.size() < total_) {
    shell_.set_mailbox(number_, ++fragment_);
    return std::nullopt;
  }
  if (header.what == 0) {
    return finish(std::move(answer_));
  }
  if (header.what > 1 + static_cast<std::uint32_t>(ErrorCode::kCorrupt) || answer_.empty()) {
    return finish(broken("is an error that nobody knows"));
  }
  // As the guest wrote it: whoever hears of it takes its lines apart, and escapes them.
  return finish(base::fail(static_cast<ErrorCode>(header.what - 1), answer_));
}

Asker::Answer Asker::finish(Answer answer) {
  waiting_.pop_front();
  if (!waiting_.empty()) {
    begin();
  }
  return answer;
}

std::size_t Asker::give_up() { return std::exchange(waiting_, {}).size(); }

}  // namespace superfluid::vmm
