// SPDX-License-Identifier: Apache-2.0
#include "elements/counter.h"

#include "elements/values.h"
#include "graph/words.h"

namespace superfluid::elements {
namespace {

using graph::Batch;
using graph::Packet;

std::uint64_t bytes_of(Batch batch) {
  std::uint64_t bytes = 0;
  for (const Packet* packet : batch) {
    bytes += packet->length;
  }
  return bytes;
}

// The whole of an argument, which is several words.
struct Words {
  std::string text;
};
graph::Complaint parse_argument(std::string_view text, Words& words) {
  words.text = text;
  return {};
}

bool begins_with_number(std::string_view text) {
  std::string rest(text);
  std::uint64_t number = 0;
  return graph::parse_argument(graph::shift_word(rest), number).empty();
}

}  // namespace

const graph::ElementClass Counter::kClass{"Counter", "1/1", "a/a", graph::make_element<Counter>};

void Counter::configure(graph::Arguments& arguments) {
  Words count_call;
  Words byte_count_call;
  arguments.keyword("COUNT_CALL", count_call)
      .keyword("BYTE_COUNT_CALL", byte_count_call)
      .complete();
  count_call_ = std::move(count_call.text);
  byte_count_call_ = std::move(byte_count_call.text);
  if (!count_call_.empty() && !begins_with_number(count_call_)) {
    arguments.complain("COUNT_CALL type mismatch");
  }
  if (!byte_count_call_.empty() && !begins_with_number(byte_count_call_)) {
    arguments.complain("BYTE_COUNT_CALL type mismatch");
  }
}

base::Status Counter::initialize() {
  if (!count_call_.empty()) {
    SF_CHECKED(packets_.bind(*this, count_call_));
  }
  if (!byte_count_call_.empty()) {
    SF_CHECKED(bytes_.bind(*this, byte_count_call_));
  }
  return {};
}

base::Status Counter::Trigger::bind(const graph::Element& owner, std::string_view text) {
  std::string rest(text);
  std::uint64_t number = 0;
  SF_CHECKED(graph::parse_handler_value(graph::shift_word(rest), number));
  SF_CHECKED(call.bind(owner, rest));
  at = number;
  bound = armed = true;
  return {};
}

void Counter::add(Batch batch, std::uint64_t bytes) {
  const base::Instant now = schedule().now();
  count_ += batch.size();
  byte_count_ += bytes;
  rate_.add(batch.size(), now);
  byte_rate_.add(bytes, now);
}

bool Counter::call_due(std::size_t packets, std::uint64_t bytes) const {
  return packets_.due(count_ + packets) || bytes_.due(byte_count_ + bytes);
}

// One by one, so that the call comes between the packets that it should come between.
void Counter::count_one(Packet* packet) {
  add(Batch(&packet, 1), packet->length);
  for (auto [trigger, reached] : {std::pair(&packets_, count_), std::pair(&bytes_, byte_count_)}) {
    if (trigger->due(reached)) {
      trigger->armed = false;
      trigger->call.call(router());
    }
  }
}

void Counter::push(std::uint32_t, Batch batch) {
  const std::uint64_t bytes = bytes_of(batch);
  if (!call_due(batch.size(), bytes)) [[likely]] {
    add(batch, bytes);
    output(0).push(batch);
    return;
  }
  for (Packet* packet : batch) {
    count_one(packet);
    output(0).push(packet);
  }
}

std::size_t Counter::pull(std::uint32_t, Packet** into, std::size_t max) {
  const std::size_t found = input(0).pull(into, max);
  const Batch batch(into, found);
  const std::uint64_t bytes = bytes_of(batch);
  if (!call_due(found, bytes)) [[likely]] {
    add(batch, bytes);
  } else {
    for (Packet* packet : batch) {
      count_one(packet);
    }
  }
  return found;
}

void Counter::reset() {
  count_ = byte_count_ = 0;
  packets_.armed = packets_.bound;
  bytes_.armed = bytes_.bound;
}

void Counter::take_state(graph::Element& old) {
  const auto& before = static_cast<const Counter&>(old);
  count_ = before.count_;
  byte_count_ = before.byte_count_;
  rate_ = before.rate_;
  byte_rate_ = before.byte_rate_;
}

void Counter::add_handlers(graph::HandlerTable& handlers) {
  const auto now = [this] { return schedule().now(); };
  add_value(handlers, "count", count_);
  add_value(handlers, "byte_count", byte_count_);
  handlers.value("rate", [this, now] { return rate_.text(now()); });
  handlers.value("byte_rate", [this, now] { return byte_rate_.text(now()); });
  handlers.value("bit_rate", [this, now] { return byte_rate_.text(now(), 8); });
  add_button(handlers, "reset", [this] { reset(); });
  add_button(handlers, "reset_counts", [this] { reset(); });
  handlers.value("count_call",
                 [this] { return packets_.bound ? base::cat(packets_.at) : std::string(); });
  handlers.write("count_call", [this](std::string_view text) {
    return set_trigger(packets_, "count_call", text);
  });
  handlers.write("byte_count_call", [this](std::string_view text) {
    return set_trigger(bytes_, "byte_count_call", text);
  });
}

base::Status Counter::set_trigger(Trigger& trigger, std::string_view name, std::string_view text) {
  if (!begins_with_number(text)) {
    return base::fail(base::ErrorCode::kInvalid,
                      base::cat("'", name, "' first word should be unsigned (count)"));
  }
  return trigger.bind(*this, text);
}

}  // namespace superfluid::elements
