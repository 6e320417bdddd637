// SPDX-License-Identifier: Apache-2.0
#include "elements/stateful_firewall.h"

#include <algorithm>

#include "base/text.h"
#include "elements/ip_expression.h"
#include "elements/ip_header.h"
#include "elements/ip_names.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;
using graph::Batch;
using graph::Packet;
using net::Tracked;

namespace {

constexpr base::Duration kReapEvery = base::seconds(1);
constexpr std::uint32_t kReapsPerRound = 64;  // until every connection was looked at
constexpr std::size_t kListedMax = 10'000;

net::PacketFacts facts_of(Packet& packet) {
  const Ipv4Datagram datagram = ipv4_datagram(packet);
  if (datagram.header == nullptr || datagram.header->version() != 4) {
    return {};
  }
  // The rules look for ports where tracking does.
  packet.transport = datagram.payload;
  return net::facts_of(packet.from(packet.network));
}

std::string end_text(const std::array<std::uint8_t, 16>& address, base::be16 port) {
  net::Ipv4Address ipv4;
  std::copy_n(address.begin(), sizeof ipv4, ipv4.bytes.begin());
  return cat(to_text(ipv4).view(), ":", port.host());
}

std::string protocol_text(net::IpProtocol protocol) {
  const auto number = static_cast<std::uint32_t>(protocol);
  const std::string_view name = name_of(number, NameKind::kProtocol);
  return name.empty() ? cat(number) : std::string(name);
}

}  // namespace

const graph::ElementClass StatefulFirewall::kClass{
    .name = "StatefulFirewall",
    .ports = "2/2-3",
    .processing = "h/h",
    .make = graph::make_element<StatefulFirewall>,
    .flow = "xy/xyx",
};

void StatefulFirewall::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.keyword("LIMIT", limit_)
      .keyword("TCP_TIMEOUT", timeouts_.tcp_established)
      .keyword("TCP_NODATA_TIMEOUT", timeouts_.tcp_opening)
      .keyword("TCP_DONE_TIMEOUT", timeouts_.tcp_closing)
      .keyword("UDP_TIMEOUT", timeouts_.udp_unanswered)
      .keyword("UDP_STREAMING_TIMEOUT", timeouts_.udp)
      .keyword("ICMP_TIMEOUT", timeouts_.icmp)
      .keyword("OTHER_TIMEOUT", timeouts_.other)
      .rest(texts)
      .complete();
  if (limit_ == 0 || limit_ > net::FlowPool<int>::kLimitMax) {
    arguments.complain("LIMIT: expected a number from 1 to 1073741824");
  }
  if (texts.empty()) {
    texts.emplace_back("allow inside");
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    read_rule(texts[i], i, arguments);
  }
  if (!arguments.complaints().empty()) {
    return;
  }
  conntrack_ =
      std::make_unique<net::Conntrack>(net::Conntrack::Options{.connections_max = limit_,
                                                               .seed = rng().next(),
                                                               .two_sided = true,
                                                               .timeouts = timeouts_});
  for (Policy& policy : policies_) {
    policy.matcher = RuleMatcher(std::move(policy.rules));
  }
}

void StatefulFirewall::read_rule(const std::string& text, std::size_t index,
                                 graph::Arguments& arguments) {
  std::vector<std::string> words = split_expression(graph::unquote(text));
  const std::string action = words.empty() ? "" : words.front();
  if (action != "allow" && action != "deny" && action != "drop") {
    arguments.complain(cat("rule ", index, ": expected 'allow' or 'deny'"));
    return;
  }
  words.erase(words.begin());
  const std::string side = words.empty() ? "" : words.front();
  const bool named = side == "inside" || side == "outside";
  if (named) {
    words.erase(words.begin());
  }
  Remarks remarks;
  const auto rule = parse_ip_expression(words, remarks);
  report(remarks, index, *this, arguments);
  if (!rule) {
    return;
  }
  for (std::size_t i = 0; i < kSides; ++i) {
    if (!named || (side == "outside") == (i == 1)) {
      policies_[i].rules.push_back(*rule);
      policies_[i].allows.push_back(action == "allow");
    }
  }
}

base::Status StatefulFirewall::initialize() {
  timer_.attach(schedule());
  return {};
}

bool StatefulFirewall::Policy::allow(const Packet& packet) const {
  const HeaderBytes bytes = HeaderBytes::of(packet);
  std::uint32_t first = RuleMatcher::kNone;
  matcher.match({&bytes, 1}, &first);
  return first != RuleMatcher::kNone && allows[first];
}

void StatefulFirewall::push(std::uint32_t port, Batch batch) {
  std::array<net::PacketFacts, graph::kBatchMax> facts;
  std::array<Tracked, graph::kBatchMax> verdicts;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i + 2 < batch.size()) {
      __builtin_prefetch(batch[i + 2]->data);
    }
    facts[i] = facts_of(*batch[i]);
    facts[i].side = static_cast<std::uint8_t>(port);
  }
  conntrack_->track({facts.data(), batch.size()}, schedule().now(), verdicts.data(),
                    [&](std::size_t i) { return policies_[port].allow(*batch[i]); });
  Packet* refused[graph::kBatchMax];
  std::size_t refusals = 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    ++verdicts_[static_cast<std::size_t>(verdicts[i])];
    if (passes(verdicts[i])) [[likely]] {
      batch[kept++] = batch[i];
    } else {
      refused[refusals++] = batch[i];
    }
  }
  if (!timer_.when() && conntrack_->size() != 0) {
    timer_.set_after(kReapEvery);
  }
  if (kept != 0) {
    output(port).push(Batch(batch.begin(), kept));
  }
  if (refusals != 0 && outputs() > 2) {
    output(2).push(Batch(refused, refusals));
  } else if (refusals != 0) {
    Batch(refused, refusals).release();
  }
}

void StatefulFirewall::run_timer(graph::Timer& timer) {
  conntrack_->reap(schedule().now(), conntrack_->size() / kReapsPerRound + 1);
  if (conntrack_->size() != 0) {
    timer.set_after(kReapEvery);
  }
}

void StatefulFirewall::take_state(graph::Element& old) {
  auto& before = static_cast<StatefulFirewall&>(old);
  conntrack_->take_over(*before.conntrack_, schedule().now());
  verdicts_ = before.verdicts_;
  if (conntrack_->size() != 0) {
    timer_.set_after(kReapEvery);
  }
}

std::uint64_t StatefulFirewall::drops() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    sum += passes(static_cast<Tracked>(i)) ? 0 : verdicts_[i];
  }
  return sum;
}

std::string StatefulFirewall::connections() {
  const base::Instant now = schedule().now();
  std::string text;
  std::size_t listed = 0;
  conntrack_->for_each([&](const net::FlowKey& key, const net::Conntrack::Connection& connection,
                           base::Instant expires) {
    if (expires <= now || ++listed > kListedMax) {
      return;
    }
    const std::string_view state = key.protocol == net::IpProtocol::kTcp
                                       ? name_of(connection.tcp.state())
                                   : connection.answered ? "answered"
                                                         : "unanswered";
    text += cat(protocol_text(key.protocol), " ", end_text(key.source, key.source_port), " ",
                end_text(key.destination, key.destination_port), " ", state, " ",
                (expires - now).count() / base::seconds(1).count(), "\n");
  });
  return text;
}

void StatefulFirewall::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("count", [this] { return conntrack_->size(); });
  handlers.value("connections", [this] { return connections(); });
  handlers.value("passed", [this] {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : verdicts_) {
      sum += count;
    }
    return sum - drops();
  });
  handlers.value("drops", [this] { return drops(); });
  handlers.value("drop_details", [this] {
    std::string text;
    for (std::size_t i = 0; i < verdicts_.size(); ++i) {
      const auto verdict = static_cast<Tracked>(i);
      text += passes(verdict) ? "" : cat(verdicts_[i], "\t", name_of(verdict), "\n");
    }
    return text;
  });
  handlers.value("evicted", [this] { return conntrack_->counts().evicted; });
  handlers.value("expired", [this] { return conntrack_->counts().expired; });
  handlers.write("clear", [this](std::string_view) -> base::Status {
    conntrack_->clear();
    return {};
  });
}

}  // namespace superfluid::elements
