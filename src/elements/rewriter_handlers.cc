// SPDX-License-Identifier: Apache-2.0
// What a rewriter shows, and what may be written to it.
#include <algorithm>
#include <array>

#include "elements/ip_argument.h"
#include "elements/ip_mapper.h"
#include "elements/rewriter.h"
#include "elements/values.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;
using net::Ipv4FlowKey;
using Side = Translation::Side;

namespace {

constexpr std::string_view kReasons[] = {"no IPv4 header", "other protocol", "fragment",
                                         "truncated",      "not mapped",     "no room"};

std::string show_key(const Ipv4FlowKey& key) {
  return cat("(", to_text(key.source).view(), ", ", key.source_port.host(), ", ",
             to_text(key.destination).view(), ", ", key.destination_port.host(), ")");
}

}  // namespace

std::string Rewriter::show(const Translation& flow, Side side) const {
  const Ipv4FlowKey& key = flow.keys[side];
  return cat(show_key(key), " => ", show_key(rewritten(key, flow, side)));
}

// Both outputs, a star before the one that this side goes to; the input; the seconds left, rounded.
std::string Rewriter::show_end(const Translation& flow, Side side) const {
  constexpr std::int64_t kSecond = base::seconds(1).count();
  const std::int64_t left = (over_at(flow) - schedule().now()).count();
  const bool forward = side == Translation::kForward;
  return cat(" [", forward ? "*" : "", flow.outputs[Translation::kForward], " ", forward ? "" : "*",
             flow.outputs[Translation::kReply], "] i", flow.input->number, " exp",
             left / kSecond + (left % kSecond >= kSecond / 2 ? 1 : 0));
}

std::string Rewriter::table(net::IpProtocol protocol) const {
  std::string text;
  pool_->for_each([&](std::uint32_t number) {
    const Translation& flow = (*pool_)[number];
    if (flow.input->owner != this || flow.keys[Translation::kForward].protocol != protocol) {
      return;
    }
    for (const Side side : {Translation::kForward, Translation::kReply}) {
      text += cat(show(flow, side), show_end(flow, side), "\n");
    }
  });
  return text;
}

base::Result<std::string> Rewriter::lookup(std::string_view text, net::IpProtocol protocol) const {
  const std::vector<std::string> words = graph::split_words(text);
  Ipv4FlowKey key{.protocol = protocol};
  const auto address = [&](std::size_t i, net::Ipv4Address& value) {
    const auto read = i < words.size() ? read_address(words[i], this) : std::nullopt;
    value = read.value_or(net::Ipv4Address{});
    return read.has_value();
  };
  const auto port = [&](std::size_t i, base::be16& value) {
    return i < words.size() && graph::parse_argument(words[i], value).empty();
  };
  if (words.size() != 4 || !address(0, key.source) || !port(1, key.source_port) ||
      !address(2, key.destination) || !port(3, key.destination_port)) {
    return base::fail(base::ErrorCode::kInvalid, "expected 'SADDR SPORT DADDR DPORT'");
  }
  const std::uint32_t found = find(key, hasher_(key));
  if (found == kNone) {
    return std::string();
  }
  const Ipv4FlowKey made = rewritten(key, flow_at(found), side_of(found));
  return cat(to_text(made.source).view(), " ", made.source_port.host(), " ",
             to_text(made.destination).view(), " ", made.destination_port.host());
}

void Rewriter::set_capacity(std::uint32_t capacity) {
  constexpr std::uint32_t kLook = 64;
  pool_->set_limit(std::min(capacity, TranslationPool::kLimitMax));
  const base::Instant now = schedule().now();
  while (pool_->size() > pool_->limit()) {
    // The guaranteed ones come last.
    const std::uint32_t weakest = pool_->weakest(kLook, [&](std::uint32_t number) {
      const Translation& flow = (*pool_)[number];
      const Rewriter& owner = *flow.input->owner;
      const bool guaranteed = flow.last_seen + owner.times(flow).guarantee > now;
      return std::optional(std::pair(guaranteed, owner.over_at(flow)));
    });
    drop_flow(*pool_, weakest);
  }
}

base::Status Rewriter::rewrite_input(std::size_t number, std::string_view text) {
  RewriterInput& input = inputs_[number];
  RewriterInput fresh;
  fresh.owner = this;
  fresh.number = input.number;
  graph::Complaint wrong = fresh.parse(text);
  if (wrong.empty() && fresh.mapper != nullptr) {
    wrong = fresh.mapper->check_outputs(outputs());
  }
  if (!wrong.empty()) {
    return base::fail(base::ErrorCode::kInvalid, cat("input spec ", number, ": ", wrong));
  }
  drop_flows_of(&input);
  input = std::move(fresh);
  return {};
}

void Rewriter::add_handlers(graph::HandlerTable& handlers) {
  const auto flows = [this] {
    std::uint64_t sum = 0;
    for (const RewriterInput& input : inputs_) {
      sum += input.flows;
    }
    return sum;
  };
  handlers.value("table_size", flows);
  handlers.value("nmappings", flows);
  handlers.value("mapping_failures", [this] {
    std::uint64_t sum = 0;
    for (const RewriterInput& input : inputs_) {
      sum += input.failures;
    }
    return sum;
  });
  handlers.value("size", [this] { return pool_->size(); });
  handlers.value("capacity", [this] { return pool_->limit(); });
  handlers.write("capacity", [this](std::string_view text) -> base::Status {
    std::uint32_t capacity = 0;
    SF_CHECKED(graph::parse_handler_value(text, capacity));
    set_capacity(capacity);
    return {};
  });
  add_button(handlers, "clear", [this] {
    pool_->for_each([this](std::uint32_t number) { drop_flow(*pool_, number); });
  });
  handlers.value("patterns", [this] {
    std::string text;
    for (const RewriterInput& input : inputs_) {
      text += cat(input.text(), "\n");
    }
    return text;
  });
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const std::string name = cat("pattern", i);
    handlers.value(name, [this, i] { return cat(inputs_[i].text(), "\n"); });
    handlers.write(name, [this, i](std::string_view text) { return rewrite_input(i, text); });
  }
  handlers.value("drops", [this] {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : drops_) {
      sum += count;
    }
    return sum;
  });
  handlers.value("drop_details", [this] {
    std::string text;
    for (std::size_t i = 0; i < drops_.size(); ++i) {
      text += cat(drops_[i], "\t", kReasons[i], "\n");
    }
    return text;
  });
}

}  // namespace superfluid::elements
