// SPDX-License-Identifier: Apache-2.0
#include "elements/arp_querier.h"

#include "elements/arp_frame.h"
#include "elements/ip_argument.h"
#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

namespace {

net::MacAddress group_address(const net::Ipv4Address& group) {
  const auto& bytes = group.bytes;
  return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(bytes[1] & 0x7f), bytes[2], bytes[3]}};
}

}  // namespace

const graph::ElementClass ARPQuerier::kClass{"ARPQuerier", "2/1-2", "h/h",
                                             graph::make_element<ARPQuerier>, "xy/x"};

// Frames that are ready but not sent, and where the one before went.
struct ARPQuerier::Outgoing {
  explicit Outgoing(base::Instant at) : now(at) {}

  Packet* frames[graph::kBatchMax];
  std::size_t count = 0;
  base::Instant now;
  net::Ipv4Address last_hop;
  net::MacAddress last_mac;
  bool last_known = false;
};

void ARPQuerier::configure(graph::Arguments& arguments) {
  std::optional<net::Ipv4Address> broadcast;
  std::optional<std::string> table;
  std::vector<std::string> rest;
  own_.read_arguments(arguments)
      .keyword("BROADCAST", broadcast)
      .keyword("POLL_TIMEOUT", poll_after_)
      .keyword("BROADCAST_POLL", broadcast_poll_)
      .keyword("TABLE", table)
      .rest(rest)
      .complete();
  own_.check_arguments(arguments);
  read_addresses(arguments, rest);
  if (broadcast) {
    broadcast_ = *broadcast;
  }
  if (table) {
    Element* const found = router().find_partner(*table, *this);
    if (found == nullptr || &found->element_class() != &ARPTable::kClass) {
      arguments.complain(base::cat("TABLE: '", base::escape(*table), "' is no ARPTable"));
      return;
    }
    store_ = &static_cast<ARPTable*>(found)->store();
  }
}

void ARPQuerier::read_addresses(graph::Arguments& arguments, const std::vector<std::string>& rest) {
  if (rest.empty()) {
    arguments.complain("required IP argument missing");
    return;
  }
  if (const auto range = read_range_or_address(rest[0], this)) {
    ip_ = range->address;
    broadcast_ = net::Ipv4Address::from_host(range->address.host() | ~range->mask.host());
    if (broadcast_ == ip_) {
      broadcast_ = net::Ipv4Address::from_host(0xffffffff);
    }
  } else {
    arguments.complain(base::cat("IP: '", base::escape(rest[0]), "' is not an IP prefix"));
  }
  if (graph::Complaint wrong = graph::parse_argument(rest[rest.size() > 1 ? 1 : 0], mac_, this);
      !wrong.empty()) {
    arguments.complain(base::cat("ETH: ", wrong));
  }
  if (rest.size() > 2) {
    arguments.complain("too many arguments");
  }
}

base::Status ARPQuerier::initialize() {
  own_.attach(*this);
  return {};
}

void ARPQuerier::push(std::uint32_t port, Batch batch) {
  if (port == 1) {
    for (const Packet* packet : batch) {
      learn(*packet);
    }
    batch.release();
    return;
  }
  Outgoing outgoing(store_->now());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i + 2 < batch.size()) {
      __builtin_prefetch(batch[i + 2]->data - sizeof(net::EthernetHeader), 1);
    }
    resolve(batch[i], outgoing);
  }
  flush(outgoing);
}

void ARPQuerier::resolve(Packet* packet, Outgoing& outgoing) {
  const net::Ipv4Address next_hop = ipv4_destination(packet->notes);
  if (ip_ == net::Ipv4Address{}) [[unlikely]] {
    ++drops_;
    release(packet);
    return;
  }
  packet = push_front(packet, sizeof(net::EthernetHeader));
  if (packet == nullptr) [[unlikely]] {
    ++drops_;
    return;
  }
  packet->mac = packet->data;
  reinterpret_cast<net::EthernetHeader*>(packet->data)
      ->type_or_length.set(static_cast<std::uint16_t>(net::EtherType::kIpv4));
  if (outgoing.last_known && outgoing.last_hop == next_hop) [[likely]] {
    send(packet, outgoing.last_mac, outgoing);
    return;
  }
  net::MacAddress mac;
  switch (store_->cache.find(next_hop, outgoing.now, poll_after_, mac)) {
    case ArpCache::Answer::kKnownButAsk:
      send_query(*packet, broadcast_poll_ ? net::MacAddress::broadcast() : mac, outgoing);
      break;
    case ArpCache::Answer::kKnown: break;
    case ArpCache::Answer::kUnknown:
      if (next_hop.is_broadcast() || next_hop == broadcast_) {
        mac = net::MacAddress::broadcast();
      } else if (next_hop.is_multicast()) {
        mac = group_address(next_hop);
      } else {
        wait(packet, next_hop, outgoing);
        return;
      }
  }
  send(packet, mac, outgoing);
  outgoing.last_hop = next_hop;
  outgoing.last_mac = mac;
  outgoing.last_known = true;
}

void ARPQuerier::wait(Packet* packet, const net::Ipv4Address& next_hop, Outgoing& outgoing) {
  if (next_hop == net::Ipv4Address{}) {
    if (!warned_) {
      router().errors().write(
          base::cat(name(), " :: ARPQuerier: would query for 0.0.0.0; missing dest IP addr",
                    " annotation?\n"));
      warned_ = true;
    }
    ++drops_;
    release(packet);
    return;
  }
  switch (store_->cache.keep(next_hop, packet, outgoing.now)) {
    case ArpCache::Kept::kRefused: release(packet); break;
    case ArpCache::Kept::kKept: break;
    case ArpCache::Kept::kKeptAndAsk:
      send_query(*packet, net::MacAddress::broadcast(), outgoing);
      break;
  }
  store_->watch();
}

// What is ready leaves first, so that the order stays; and what was found may have changed when the
// answer comes at once.
void ARPQuerier::send_query(const Packet& cause, const net::MacAddress& to, Outgoing& outgoing) {
  const net::Ipv4Address next_hop = ipv4_destination(cause.notes);
  Packet* const query = make_arp_frame(pool(), to,
                                       {.operation = net::ArpOperation::kRequest,
                                        .sender_mac = mac_,
                                        .sender_ip = ip_,
                                        .target_mac = {},
                                        .target_ip = next_hop});
  if (query == nullptr) {
    ++drops_;
    return;
  }
  query->notes.timestamp = cause.notes.timestamp;
  query->notes.vlan_tci = cause.notes.vlan_tci;
  ++queries_;
  flush(outgoing);
  output(outputs() - 1).push(query);
}

// Our own address is put in last, since a handler may change it while packets wait.
void ARPQuerier::send(Packet* packet, const net::MacAddress& to, Outgoing& outgoing) const {
  auto& header = *reinterpret_cast<net::EthernetHeader*>(packet->data);
  header.destination = to;
  header.source = mac_;
  outgoing.frames[outgoing.count++] = packet;
}

void ARPQuerier::flush(Outgoing& outgoing) const {
  outgoing.last_known = false;
  if (outgoing.count != 0) {
    output(0).push(Batch(outgoing.frames, std::exchange(outgoing.count, 0)));
  }
}

void ARPQuerier::learn(const Packet& reply) {
  ++responses_;
  const net::ArpHeader* const arp = arp_of_frame(reply);
  if (arp == nullptr || arp->operation() != net::ArpOperation::kReply ||
      arp->sender_mac.is_multicast()) {
    return;
  }
  const net::Ipv4Address ip = arp->sender_ip;
  const net::MacAddress mac = arp->sender_mac;
  store_->cache.learn(ip, mac, store_->now());
  store_->watch();
  Outgoing outgoing(store_->now());
  Packet* waited[graph::kBatchMax];
  while (const std::size_t count = store_->cache.take(ip, waited, router().batch_max())) {
    for (Packet* packet : Batch(waited, count)) {
      send(packet, mac, outgoing);
    }
    flush(outgoing);
  }
}

void ARPQuerier::take_state(graph::Element& old) {
  auto& before = static_cast<ARPQuerier&>(old);
  if (ip_ != before.ip_ || mac_ != before.mac_ || broadcast_ != before.broadcast_) {
    return;
  }
  if (store_ == &own_ && before.store_ == &before.own_) {
    own_.cache.take_over(before.own_.cache);
    own_.watch();
  }
  queries_ += before.queries_;
  responses_ += before.responses_;
  drops_ += before.drops_;
}

void ARPQuerier::add_handlers(graph::HandlerTable& handlers) {
  store_->add_handlers(handlers);
  handlers.value("stats", [this] {
    return base::cat(drops_ + store_->cache.drops(), " packets killed\n", queries_,
                     " ARP queries sent\n");
  });
  add_value(handlers, "queries", queries_);
  add_value(handlers, "responses", responses_);
  add_value(handlers, "drops", drops_);
  handlers.value("waiting_drops", [this] { return store_->cache.drops(); });
  add_address_setting(handlers, "ipaddr", ip_, *this);
  add_address_setting(handlers, "broadcast", broadcast_, *this);
  add_button(handlers, "clear", [this] {
    queries_ = responses_ = drops_ = 0;
    store_->cache.clear();
  });
}

}  // namespace superfluid::elements
