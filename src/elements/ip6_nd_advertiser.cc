// SPDX-License-Identifier: Apache-2.0
#include "elements/ip6_nd_advertiser.h"

#include "elements/ip6_argument.h"
#include "elements/ip6_neighbor.h"
#include "elements/values.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

namespace {

constexpr net::Ipv6Address kAllNodes{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

}  // namespace

const graph::ElementClass IP6NDAdvertiser::kClass{"IP6NDAdvertiser", "1/1", "a/a",
                                                  graph::make_element<IP6NDAdvertiser>};

void IP6NDAdvertiser::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.rest(texts).complete();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    read_entry(texts[i], i, arguments);
  }
}

void IP6NDAdvertiser::read_entry(std::string_view text, std::size_t index,
                                 graph::Arguments& arguments) {
  std::vector<net::Ipv6Prefix> prefixes;
  std::optional<net::MacAddress> link;
  for (const std::string& word : graph::split_words(text)) {
    net::MacAddress mac;
    if (const auto prefix = read_prefix6(word, this)) {
      prefixes.push_back(*prefix);
    } else if (!graph::parse_argument(word, mac, this).empty()) {
      arguments.complain(cat("argument ", index, " should be `IP6/MASK ETHADDR'"));
      return;
    } else if (link) {
      arguments.complain(cat("argument ", index, " has more than one Ethernet address"));
      return;
    } else {
      link = mac;
    }
  }
  if (prefixes.empty()) {
    arguments.complain(cat("argument ", index, " had no IP6 address and masks"));
  } else if (!link) {
    arguments.complain(cat("argument ", index, " had no Ethernet address"));
  } else {
    for (const net::Ipv6Prefix& prefix : prefixes) {
      entries_.push_back({prefix, *link});
    }
  }
}

const IP6NDAdvertiser::Entry* IP6NDAdvertiser::find(const net::Ipv6Address& address) const {
  const Entry* best = nullptr;
  for (const Entry& entry : entries_) {
    if (entry.prefix.contains(address) &&
        (best == nullptr || entry.prefix.length() > best->prefix.length())) {
      best = &entry;
    }
  }
  return best;
}

Packet* IP6NDAdvertiser::answer(base::ByteView frame) {
  const auto asked = read_neighbor(frame, net::Icmpv6Type::kNeighborSolicitation);
  const Entry* const entry = asked ? find(asked->target) : nullptr;
  if (entry == nullptr) {
    return nullptr;
  }
  // Who has no address yet cannot be answered alone.
  const bool to_all = asked->ip->source.is_unspecified();
  const NeighborAddresses addresses{
      .from_link = entry->link,
      .to_link = to_all ? ethernet_group(kAllNodes) : asked->ethernet->source,
      .from = asked->target,
      .to = to_all ? kAllNodes : asked->ip->source,
  };
  return pool().make(neighbor_advertisement(
      addresses, {.target = asked->target,
                  .target_link = entry->link,
                  .router = true,
                  .solicited = !to_all,
                  .replaces = entry->prefix.length() == net::Ipv6Prefix::kLengthMax}));
}

Packet* IP6NDAdvertiser::act(Packet* packet) {
  Packet* const made = answer(packet->bytes());
  release(packet);
  drops_ += made == nullptr ? 1 : 0;
  return made;
}

void IP6NDAdvertiser::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
