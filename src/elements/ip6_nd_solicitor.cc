// SPDX-License-Identifier: Apache-2.0
#include "elements/ip6_nd_solicitor.h"

#include "base/text.h"
#include "elements/values.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::elements {

using base::cat;
using graph::Batch;
using graph::Packet;

namespace {

// As RFC 4861, section 10.
constexpr base::Duration kAskEvery = base::seconds(1);
constexpr std::uint8_t kQuestionsMax = 3;
constexpr base::Duration kBelieved = base::seconds(120);
constexpr base::Duration kAskAgainAfter = base::seconds(60);
constexpr base::Duration kUnanswered = kAskEvery * kQuestionsMax;

net::Ipv6Address address_of(const net::FlowKey& key) { return {key.source}; }

}  // namespace

const graph::ElementClass IP6NDSolicitor::kClass{
    .name = "IP6NDSolicitor",
    .ports = "2/1-2",
    .processing = "h/h",
    .make = graph::make_element<IP6NDSolicitor>,
    .flow = "xy/x",
};

IP6NDSolicitor::Neighbor::~Neighbor() {
  for (Packet* packet : waiting) {
    ++*drops;
    release(packet);
  }
}

net::FlowKey IP6NDSolicitor::key_of(const net::Ipv6Address& address) {
  return net::FlowKey::of(address, net::Ipv6Address{}, net::IpProtocol::kIcmpv6);
}

void IP6NDSolicitor::configure(graph::Arguments& arguments) {
  arguments.required("IP", ip_).required("ETH", link_).keyword("LIMIT", limit_).complete();
  if (limit_ == 0 || limit_ > net::FlowPool<int>::kLimitMax) {
    arguments.complain("LIMIT: expected a number from 1 to 1073741824");
    return;
  }
  table_ =
      std::make_unique<Table>(Table::Options{.flows_max = limit_, .seed = rng().next()});
}

base::Status IP6NDSolicitor::initialize() {
  timer_.attach(schedule());
  return {};
}

Packet* IP6NDSolicitor::frame(Packet* packet, const net::MacAddress& to) {
  packet = push_front(packet, sizeof(net::EthernetHeader));
  if (packet == nullptr) [[unlikely]] {
    ++drops_;
    return nullptr;
  }
  packet->mac = packet->data;
  auto* const header = reinterpret_cast<net::EthernetHeader*>(packet->data);
  *header = {to, link_, base::be16(static_cast<std::uint16_t>(net::EtherType::kIpv6))};
  return packet;
}

bool IP6NDSolicitor::wants_asking(const Neighbor& neighbor, base::Instant now) {
  const bool due = !neighbor.known || now - neighbor.heard >= kAskAgainAfter;
  return due && neighbor.asked < kQuestionsMax &&
         (neighbor.asked == 0 || now - neighbor.asked_at >= kAskEvery);
}

void IP6NDSolicitor::ask_for(const net::Ipv6Address& address, Neighbor& neighbor, base::Instant now,
                             Questions& questions) {
  if (wants_asking(neighbor, now) && !questions.full()) {
    ++neighbor.asked;
    neighbor.asked_at = now;
    questions.push_back(address);
  }
}

// The packet in its frame; nullptr when it waits, or was dropped.
Packet* IP6NDSolicitor::handle(Packet* packet, Table::Flow* flow, base::Instant now,
                               Questions& questions) {
  const net::Ipv6Address to = packet->notes.destination;
  if (to.is_multicast()) {
    return frame(packet, ethernet_group(to));
  }
  if (flow == nullptr && !to.is_unspecified()) {
    flow = table_->insert(key_of(to), now, now + kUnanswered);
  }
  if (flow == nullptr || to.is_unspecified()) {
    drop(packet);
    return nullptr;
  }
  Neighbor& neighbor = flow->value;
  neighbor.drops = &drops_;
  ask_for(to, neighbor, now, questions);
  if (neighbor.known) [[likely]] {
    return frame(packet, neighbor.link);
  }
  if (neighbor.waiting.full()) {
    drop(neighbor.waiting[0]);
    std::copy(neighbor.waiting.begin() + 1, neighbor.waiting.end(), neighbor.waiting.begin());
    neighbor.waiting.pop_back();
  }
  neighbor.waiting.push_back(packet);
  return nullptr;
}

void IP6NDSolicitor::learn(const Packet& advertisement) {
  const auto heard = read_neighbor(advertisement.bytes(), net::Icmpv6Type::kNeighborAdvertisement);
  const base::Instant now = schedule().now();
  Table::Flow* const flow = heard ? table_->find(key_of(heard->target), now) : nullptr;
  if (flow == nullptr || !heard->link || heard->link->is_multicast()) {
    return;
  }
  Neighbor& neighbor = flow->value;
  if (neighbor.known && neighbor.link != *heard->link && !heard->icmp->is_override()) {
    return;
  }
  neighbor.link = *heard->link;
  neighbor.known = true;
  neighbor.asked = 0;
  neighbor.heard = now;
  flow->expires = now + kBelieved;
  Packet* frames[kWaitingMax];
  std::size_t count = 0;
  for (Packet* packet : neighbor.waiting) {
    if (Packet* framed = frame(packet, neighbor.link)) {
      frames[count++] = framed;
    }
  }
  neighbor.waiting.clear();
  if (count != 0) {
    output(0).push(Batch(frames, count));
  }
}

void IP6NDSolicitor::send(const Questions& questions) {
  for (const net::Ipv6Address& address : questions) {
    if (Packet* packet = pool().make(neighbor_solicitation(link_, ip_, address))) {
      ++questions_;
      packet->mac = packet->data;
      output(outputs() - 1).push(packet);
    }
  }
}

void IP6NDSolicitor::push(std::uint32_t port, Batch batch) {
  if (port == 1) {
    for (Packet* packet : batch) {
      learn(*packet);
      release(packet);
    }
    return;
  }
  const base::Instant now = schedule().now();
  std::array<net::FlowKey, graph::kBatchMax> keys;
  std::array<Table::Flow*, graph::kBatchMax> flows;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    keys[i] = key_of(batch[i]->notes.destination);
  }
  table_->find_all({keys.data(), batch.size()}, now, flows.data());
  Questions questions;
  std::size_t kept = 0;
  bool found = true;  // until a new neighbour may have taken another's place
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Table::Flow* const flow = found ? flows[i] : nullptr;
    Packet* const framed = handle(batch[i], flow, now, questions);
    found = found && flow != nullptr;
    if (framed != nullptr) {
      batch[kept++] = framed;
    }
  }
  if (!timer_.when() && table_->size() != 0) {
    timer_.set_after(kAskEvery);
  }
  if (kept != 0) {
    output(0).push(Batch(batch.begin(), kept));
  }
  send(questions);
}

// Asks again for those whom packets wait for, and forgets who did not answer.
void IP6NDSolicitor::run_timer(graph::Timer& timer) {
  const base::Instant now = schedule().now();
  table_->reap(now, table_->size());
  Questions questions;
  table_->for_each([&](Table::Flow& flow) {
    if (!flow.value.known && flow.expires > now) {
      ask_for(address_of(flow.key), flow.value, now, questions);
    }
  });
  if (table_->size() != 0) {
    timer.set_after(kAskEvery);
  }
  send(questions);
}

void IP6NDSolicitor::take_state(graph::Element& old) {
  auto& before = static_cast<IP6NDSolicitor&>(old);
  drops_ = before.drops_;
  questions_ = before.questions_;
  if (before.ip_ != ip_ || before.link_ != link_) {
    return;
  }
  const base::Instant now = schedule().now();
  before.table_->for_each([&](const Table::Flow& theirs) {
    if (theirs.value.known && theirs.expires > now) {
      if (Table::Flow* const ours = table_->insert(theirs.key, now, theirs.expires)) {
        ours->value.link = theirs.value.link;
        ours->value.known = true;
        ours->value.heard = theirs.value.heard;
        ours->value.drops = &drops_;
      }
    }
  });
  if (table_->size() != 0) {
    timer_.set_after(kAskEvery);
  }
}

std::string IP6NDSolicitor::table() {
  std::string text;
  table_->for_each([&](const Table::Flow& flow) {
    text += cat(to_text(address_of(flow.key)).view(), " ", flow.value.known ? 1 : 0, " ",
                show(flow.value.link), "\n");
  });
  return text;
}

void IP6NDSolicitor::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("table", [this] { return table(); });
  handlers.value("count", [this] { return table_->size(); });
  handlers.value("stats", [this] {
    return cat(drops_, " packets killed\n", questions_, " ND Solicitation Message sent\n");
  });
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
