// SPDX-License-Identifier: Apache-2.0
#include "elements/arp_table.h"

#include "elements/values.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

const graph::ElementClass ARPTable::kClass{"ARPTable", "0/0", "a/a", graph::make_element<ARPTable>};

graph::Arguments& ArpStore::read_arguments(graph::Arguments& arguments) {
  ArpCache::Limits& limits = cache.limits();
  return arguments.keyword("CAPACITY", limits.packets)
      .keyword("ENTRY_CAPACITY", limits.entries)
      .keyword("ENTRY_PACKET_CAPACITY", limits.packets_per_entry)
      .keyword("CAPACITY_SLIM_FACTOR", limits.slim_factor)
      .keyword("TIMEOUT", limits.timeout);
}

void ArpStore::check_arguments(graph::Arguments& arguments) const {
  if (cache.limits().slim_factor == 0) {
    arguments.complain("CAPACITY_SLIM_FACTOR cannot be zero");
  }
}

void ArpStore::attach(const graph::Element& owner) {
  schedule_ = &owner.schedule();
  timer_.attach(*schedule_);
  cache.set_secret(owner.rng().next());
}

// Nothing is in a hurry to be forgotten: once in a timeout, and a second, will do.
void ArpStore::set_timer() {
  if (const base::Duration timeout = cache.limits().timeout; timeout.count() != 0) {
    timer_.set(now() + timeout + base::seconds(1));
  }
}

void ArpStore::expire() {
  cache.expire(now());
  watch();
}

base::Status ArpStore::insert(std::string_view text) {
  const std::vector<std::string> words = graph::split_words(text);
  net::Ipv4Address ip;
  net::MacAddress mac;
  if (words.size() != 2) {
    return base::fail(base::ErrorCode::kInvalid, "expected 'IP ETH'");
  }
  SF_CHECKED(graph::parse_handler_value(words[0], ip, owner_));
  SF_CHECKED(graph::parse_handler_value(words[1], mac, owner_));
  cache.learn(ip, mac, now());
  watch();
  return {};
}

base::Status ArpStore::remove(std::string_view text) {
  net::Ipv4Address ip;
  SF_CHECKED(graph::parse_handler_value(text, ip, owner_));
  cache.learn(ip, net::MacAddress::broadcast(), now());
  watch();
  return {};
}

void ArpStore::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("table", [this] { return cache.text(now()); });
  handlers.value("count", [this] { return cache.entries(); });
  handlers.value("length", [this] { return cache.packets(); });
  handlers.write("insert", [this](std::string_view text) { return insert(text); });
  handlers.write("delete", [this](std::string_view text) { return remove(text); });
}

void ARPTable::configure(graph::Arguments& arguments) {
  store_.read_arguments(arguments).complete();
  store_.check_arguments(arguments);
}

base::Status ARPTable::initialize() {
  store_.attach(*this);
  return {};
}

void ARPTable::take_state(graph::Element& old) {
  store_.cache.take_over(static_cast<ARPTable&>(old).store_.cache);
  store_.watch();
}

void ARPTable::add_handlers(graph::HandlerTable& handlers) {
  store_.add_handlers(handlers);
  handlers.value("drops", [this] { return store_.cache.drops(); });
  add_button(handlers, "clear", [this] { store_.cache.clear(); });
}

}  // namespace superfluid::elements
