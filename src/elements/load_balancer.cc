// SPDX-License-Identifier: Apache-2.0
#include "elements/load_balancer.h"

#include <algorithm>

#include "base/text.h"
#include "elements/address_change.h"
#include "elements/ip_argument.h"
#include "elements/values.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"
#include "net/conntrack.h"

namespace superfluid::elements {

using base::cat;
using base::ErrorCode;
using base::fail;
using graph::Batch;
using graph::Packet;
using net::FlowKey;
using net::MaglevTable;

namespace {

constexpr std::string_view kReasonNames[] = {"not to the address", "malformed", "no server",
                                             "no memory"};
constexpr base::Duration kReapEvery = base::seconds(1);
constexpr std::uint32_t kReapsPerRound = 64;
constexpr std::string_view kBadServer = "expected 'SERVER [WEIGHT]', a weight from 0 to 1000";

net::Ipv4Address ipv4_of(const std::array<std::uint8_t, 16>& bytes) {
  net::Ipv4Address address;
  std::copy_n(bytes.begin(), sizeof address, address.bytes.begin());
  return address;
}

}  // namespace

const graph::ElementClass LoadBalancer::kClass{
    .name = "LoadBalancer",
    .ports = "2/2",
    .processing = "h/h",
    .make = graph::make_element<LoadBalancer>,
    .flow = "xy/xy",
};

base::Status LoadBalancer::read_server(std::string_view text, Server& server) const {
  const std::vector<std::string> words = graph::split_words(text);
  const auto address = words.empty() ? std::nullopt : read_address(words[0], this);
  const auto weight = words.size() == 2 ? base::parse_u64(words[1]) : std::optional(1ul);
  if (!address || !weight || *weight > MaglevTable::kWeightMax || words.size() > 2) {
    return fail(ErrorCode::kInvalid, kBadServer);
  }
  server.address = *address;
  server.weight = static_cast<std::uint32_t>(*weight);
  return {};
}

void LoadBalancer::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  std::uint64_t seed = 1;
  arguments.required("VIP", vip_)
      .keyword("LIMIT", limit_)
      .keyword("TIMEOUT", timeout_)
      .keyword("SEED", seed)
      .rest(texts)
      .complete();
  if (limit_ == 0 || limit_ > net::FlowPool<int>::kLimitMax) {
    arguments.complain("LIMIT: expected a number from 1 to 1073741824");
    return;
  }
  hasher_ = std::make_unique<net::FlowHasher>(seed);
  table_ = std::make_unique<Table>(Table::Options{.flows_max = limit_, .seed = rng().next()});
  servers_.reserve(MaglevTable::kNodesMax);
  for (const std::string& text : texts) {
    Server server;
    base::Status status = read_server(text, server);
    if (status) {
      status = add(server);
    }
    if (!status) {
      arguments.complain(cat("'", base::escape(text), "': ", status.error().message()));
    }
  }
  rebuild();
}

base::Status LoadBalancer::initialize() {
  timer_.attach(schedule());
  return {};
}

// Without a new table: rebuild() follows.
base::Status LoadBalancer::add(const Server& server) {
  Server* place = nullptr;
  for (Server& each : servers_) {
    if (each.address == server.address && each.state != State::kGone) {
      return fail(ErrorCode::kConflict, "this server is there already");
    }
    const bool empty = each.state == State::kGone && each.flows == 0;
    place = empty && place == nullptr ? &each : place;
  }
  if (place != nullptr) {
    *place = server;
  } else if (servers_.size() == MaglevTable::kNodesMax) {
    return fail(ErrorCode::kExhausted,
                cat("there are at most ", MaglevTable::kNodesMax, " servers"));
  } else {
    servers_.push_back(server);
  }
  return {};
}

base::Result<LoadBalancer::Server*> LoadBalancer::named(std::string_view text) {
  const auto address = read_address(base::trim(text), this);
  for (Server& server : servers_) {
    if (address && server.address == *address && server.state != State::kGone) {
      return &server;
    }
  }
  return fail(ErrorCode::kNotFound, cat("there is no server '", base::escape(text), "'"));
}

base::Status LoadBalancer::change_state(std::string_view text, State state) {
  SF_TRY(server, named(text));
  server->state = state;
  rebuild();
  return {};
}

void LoadBalancer::rebuild() {
  std::vector<MaglevTable::Node> nodes;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (servers_[i].state == State::kServing) {
      nodes.push_back({.name = servers_[i].address.host(),
                       .weight = servers_[i].weight,
                       .id = static_cast<std::uint16_t>(i)});
    }
  }
  maglev_.build(nodes);
}

// False when the packet is dropped, and counted.
bool LoadBalancer::look_at(const Packet& packet, std::uint32_t port, Seen& seen) {
  const auto ip = net::parse_ipv4(packet.from(packet.network));
  if (!ip) {
    ++drops_[kMalformed];
    return false;
  }
  if (port == 0 && ip->header->destination != vip_) {
    ++drops_[kNotOurs];
    return false;
  }
  bool readable = true;
  if (ip->header->protocol == net::IpProtocol::kIcmpv4) {
    const net::PacketFacts facts = net::facts_of(packet.from(packet.network));
    seen.key = facts.key;
    seen.quotes = facts.kind == net::PacketFacts::Kind::kError;
    readable = facts.kind != net::PacketFacts::Kind::kMalformed;
  } else {
    const auto key = net::flow_key_of(*ip);
    readable = key.has_value();
    seen.key = key.value_or(FlowKey{});
  }
  if (!readable) {
    ++drops_[kMalformed];
    return false;
  }
  // Either a packet from servers, or an error about one, was sent the other way round.
  if ((port == 1) != seen.quotes) {
    seen.key = seen.key.reversed();
  }
  if (port == 1) {
    seen.server = ipv4_of(seen.key.destination);
    std::copy_n(vip_.bytes.begin(), sizeof vip_, seen.key.destination.begin());
  }
  return true;
}

// Where a packet of this flow goes; nullptr when nobody serves. An error begins no flow.
LoadBalancer::Server* LoadBalancer::server_for(const FlowKey& key, Table::Flow* flow, bool quotes,
                                               base::Instant now) {
  Server* server = flow == nullptr ? nullptr : flow->value.server();
  if (server == nullptr || server->state == State::kGone) {
    const std::uint16_t index = maglev_.find((*hasher_)(key));
    server = index == MaglevTable::kNone ? nullptr : &servers_[index];
  }
  if (server == nullptr || quotes) {
    return server;
  }
  if (flow == nullptr) {
    flow = table_->insert(key, now, now + timeout_);
  }
  if (flow != nullptr) {
    flow->expires = now + timeout_;
    if (flow->value.server() != server) {
      flow->value.set(server);
    }
  }
  return server;
}

Packet* LoadBalancer::to_server(Packet* packet, const Seen& seen, Table::Flow* flow,
                                base::Instant now) {
  Server* const server = server_for(seen.key, flow, seen.quotes, now);
  if (server == nullptr) {
    return refuse(packet, kNoServer);
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return refuse(nullptr, kNoMemory);
  }
  ++server->packets;
  const Ipv4Datagram datagram = ipv4_datagram(*packet);
  if (seen.quotes) {
    change_quoted_address(datagram, QuotedField::kSource, server->address);
  }
  change_address(datagram, datagram.header->destination, server->address);
  set_ipv4_destination(packet->notes, server->address);
  return packet;
}

Packet* LoadBalancer::to_client(Packet* packet, const Seen& seen, Table::Flow* flow,
                                base::Instant now) {
  const Server* const server = flow == nullptr ? nullptr : flow->value.server();
  if (server == nullptr || server->address != seen.server) {
    return packet;
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return refuse(nullptr, kNoMemory);
  }
  const Ipv4Datagram datagram = ipv4_datagram(*packet);
  if (seen.quotes) {
    change_quoted_address(datagram, QuotedField::kDestination, vip_);
  } else {
    flow->expires = now + timeout_;
  }
  // An error may come from a router in between.
  if (datagram.header->source == server->address) {
    change_address(datagram, datagram.header->source, vip_);
  }
  return packet;
}

void LoadBalancer::push(std::uint32_t port, Batch batch) {
  const base::Instant now = schedule().now();
  std::array<Seen, graph::kBatchMax> seen;
  std::array<FlowKey, graph::kBatchMax> keys;
  std::array<Table::Flow*, graph::kBatchMax> flows;
  std::size_t count = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i + 2 < batch.size()) {
      __builtin_prefetch(batch[i + 2]->data);
    }
    if (look_at(*batch[i], port, seen[count])) {
      keys[count] = seen[count].key;
      batch[count++] = batch[i];
    } else {
      seen[count] = {};
      release(batch[i]);
    }
  }
  table_->find_all({keys.data(), count}, now, flows.data());
  std::size_t kept = 0;
  bool found = true;  // until a new flow may have taken another's place
  for (std::size_t i = 0; i < count; ++i) {
    Table::Flow* const flow = found ? flows[i] : table_->find(keys[i], now);
    Packet* const packet = port == 0 ? to_server(batch[i], seen[i], flow, now)
                                     : to_client(batch[i], seen[i], flow, now);
    found = found && (port == 1 || flow != nullptr);
    if (packet != nullptr) [[likely]] {
      batch[kept++] = packet;
    }
  }
  if (!timer_.when() && table_->size() != 0) {
    timer_.set_after(kReapEvery);
  }
  if (kept != 0) {
    output(port).push(Batch(batch.begin(), kept));
  }
}

void LoadBalancer::run_timer(graph::Timer& timer) {
  table_->reap(schedule().now(), table_->size() / kReapsPerRound + 1);
  if (table_->size() != 0) {
    timer.set_after(kReapEvery);
  }
}

void LoadBalancer::take_state(graph::Element& old) {
  auto& before = static_cast<LoadBalancer&>(old);
  drops_ = before.drops_;
  if (before.vip_ != vip_) {
    return;
  }
  for (const Server& theirs : before.servers_) {
    if (const auto ours = named(to_text(theirs.address).view());
        ours && theirs.state != State::kGone) {
      (*ours)->state = theirs.state;
      (*ours)->packets = theirs.packets;
    }
  }
  rebuild();
  const base::Instant now = schedule().now();
  before.table_->for_each([&](const Table::Flow& theirs) {
    const Server* const server = theirs.value.server();
    const auto ours = named(to_text(server->address).view());
    if (ours && theirs.expires > now) {
      if (Table::Flow* const flow = table_->insert(theirs.key, now, theirs.expires)) {
        flow->value.set(*ours);
      }
    }
  });
  if (table_->size() != 0) {
    timer_.set_after(kReapEvery);
  }
}

std::string LoadBalancer::servers() const {
  std::string text;
  for (const Server& server : servers_) {
    if (server.state != State::kGone) {
      text += cat(to_text(server.address).view(), "\t", server.weight, "\t",
                  server.state == State::kServing ? "serving" : "draining", "\t", server.flows,
                  "\t", server.packets, "\n");
    }
  }
  return text;
}

void LoadBalancer::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("servers", [this] { return servers(); });
  handlers.write("add", [this](std::string_view text) -> base::Status {
    Server server;
    SF_CHECKED(read_server(text, server));
    SF_CHECKED(add(server));
    rebuild();
    return {};
  });
  handlers.write("remove",
                 [this](std::string_view text) { return change_state(text, State::kGone); });
  handlers.write("drain",
                 [this](std::string_view text) { return change_state(text, State::kDraining); });
  handlers.write("serve",
                 [this](std::string_view text) { return change_state(text, State::kServing); });
  handlers.write("weight", [this](std::string_view text) -> base::Status {
    Server with;
    SF_CHECKED(read_server(text, with));
    SF_TRY(server, named(to_text(with.address).view()));
    server->weight = with.weight;
    rebuild();
    return {};
  });
  handlers.value("count", [this] { return table_->size(); });
  handlers.write("clear", [this](std::string_view) -> base::Status {
    table_->clear();
    return {};
  });
  handlers.value("drops", [this] {
    return drops_[kNotOurs] + drops_[kMalformed] + drops_[kNoServer] + drops_[kNoMemory];
  });
  handlers.value("drop_details", [this] {
    std::string text;
    for (std::size_t i = 0; i < drops_.size(); ++i) {
      text += cat(drops_[i], "\t", kReasonNames[i], "\n");
    }
    return text;
  });
  handlers.value("evicted", [this] { return table_->counts().evicted; });
}

}  // namespace superfluid::elements
