// SPDX-License-Identifier: Apache-2.0
#include "elements/route_table.h"

#include <algorithm>

#include "base/check.h"

namespace superfluid::elements {
namespace {

std::uint64_t hop_key(const NextHop& next) {
  return std::uint64_t{next.gateway.host()} << 32 | next.port;
}

std::uint8_t byte_at(std::uint32_t address, unsigned level) {
  return static_cast<std::uint8_t>(address >> (24 - 8 * level));
}

std::uint32_t mask_of(unsigned length) {
  return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
}

}  // namespace

RouteTable::RouteTable() : nodes_(kNodeEntries), hops_(1) {}

const NextHop* RouteTable::find_route(std::uint32_t address, unsigned length) const {
  const std::uint32_t* hop = routes_.find(key(address, length));
  return hop == nullptr ? nullptr : &hops_[*hop].next;
}

std::uint32_t RouteTable::hop_of(const NextHop& next) {
  if (const std::uint32_t* known = hop_index_.find(hop_key(next))) {
    ++hops_[*known].uses;
    return *known;
  }
  std::uint32_t hop = static_cast<std::uint32_t>(hops_.size());
  if (free_hops_.empty()) {
    hops_.emplace_back();
  } else {
    hop = free_hops_.back();
    free_hops_.pop_back();
  }
  hops_[hop] = {next, 1};
  hop_index_.set(hop_key(next), hop);
  return hop;
}

void RouteTable::release_hop(std::uint32_t hop) {
  if (--hops_[hop].uses == 0) {
    hop_index_.erase(hop_key(hops_[hop].next));
    free_hops_.push_back(hop);
  }
}

std::uint32_t RouteTable::make_node(Entry fill) {
  if (free_nodes_.empty()) {
    nodes_.resize(nodes_.size() + kNodeEntries, fill);
    return static_cast<std::uint32_t>(nodes_.size() / kNodeEntries - 1);
  }
  const std::uint32_t node = free_nodes_.back();
  free_nodes_.pop_back();
  std::fill_n(nodes_.begin() + static_cast<std::ptrdiff_t>(node * kNodeEntries), kNodeEntries,
              fill);
  return node;
}

// The entries of a node on this level that a prefix which ends there covers.
RouteTable::Span RouteTable::span_of(std::uint32_t address, unsigned length, unsigned level) {
  const std::uint32_t count = 1u << (8 * (level + 1) - length);
  return {byte_at(address, level) & ~(count - 1), count};
}

// Gives `with` to the entries below that a prefix of `length` holds, or (unless only_equal) should.
void RouteTable::paint(std::uint32_t node, Span span, unsigned length, Entry with,
                       bool only_equal) {
  for (std::uint32_t i = span.first; i < span.first + span.count; ++i) {
    const Entry entry = nodes_[node * kNodeEntries + i];
    if ((entry & kChild) != 0) {
      paint(entry & ~kChild, {0, kNodeEntries}, length, with, only_equal);
    } else if (only_equal ? length_of(entry) == length : length_of(entry) <= length) {
      nodes_[node * kNodeEntries + i] = with;
    }
  }
}

bool RouteTable::set(const Route& route) {
  base::check((route.address & ~mask_of(route.length)) == 0 && route.length <= 32,
              "a route's address ends with its prefix");
  const std::uint32_t* const old = routes_.find(key(route.address, route.length));
  const std::size_t nodes_left = kNodesMax - nodes();
  if (old == nullptr && (routes_.size() == kRoutesMax || nodes_left < kLevels - 1)) {
    return false;
  }
  if (old != nullptr) {
    // The new hop may be the old one: it must not be given up in between.
    const std::uint32_t before = *old;
    const std::uint32_t hop = hop_of(route.hop);
    release_hop(before);
    routes_.set(key(route.address, route.length), hop);
  } else {
    routes_.set(key(route.address, route.length), hop_of(route.hop));
  }
  const Entry with = leaf(*routes_.find(key(route.address, route.length)), route.length);
  std::uint32_t node = 0;
  unsigned level = 0;
  for (; route.length > 8 * (level + 1); ++level) {
    const std::size_t at = node * kNodeEntries + byte_at(route.address, level);
    if ((nodes_[at] & kChild) == 0) {
      const std::uint32_t child = make_node(nodes_[at]);
      nodes_[at] = kChild | child;
    }
    node = nodes_[at] & ~kChild;
  }
  paint(node, span_of(route.address, route.length, level), route.length, with, false);
  return true;
}

// What holds where a prefix is taken away: the longest shorter one.
RouteTable::Entry RouteTable::covering(std::uint32_t address, unsigned length) const {
  while (length-- > 0) {
    if (const std::uint32_t* hop = routes_.find(key(address & mask_of(length), length))) {
      return leaf(*hop, length);
    }
  }
  return leaf(0, 0);
}

// Whether a node says the same for all addresses, as the entry above it could.
bool RouteTable::collapses(std::uint32_t node, unsigned level) const {
  const Entry* const first = nodes_.data() + node * kNodeEntries;
  return (*first & kChild) == 0 && length_of(*first) <= 8 * level &&
         std::all_of(first, first + kNodeEntries, [&](Entry each) { return each == *first; });
}

void RouteTable::remove(std::uint32_t address, unsigned length) {
  const std::uint32_t* const hop = routes_.find(key(address, length));
  base::check(hop != nullptr, "a route that is removed is there");
  release_hop(*hop);
  routes_.erase(key(address, length));

  std::array<std::size_t, kLevels> path{};  // the entries that lead down
  std::uint32_t node = 0;
  unsigned level = 0;
  for (; length > 8 * (level + 1); ++level) {
    path[level] = node * kNodeEntries + byte_at(address, level);
    node = nodes_[path[level]] & ~kChild;
  }
  paint(node, span_of(address, length, level), length, covering(address, length), true);
  for (; level > 0 && collapses(node, level); --level) {
    nodes_[path[level - 1]] = nodes_[node * kNodeEntries];
    free_nodes_.push_back(node);
    node = static_cast<std::uint32_t>(path[level - 1] / kNodeEntries);
  }
}

void RouteTable::find(std::span<const std::uint32_t> addresses, const NextHop** hops) const {
  base::check(addresses.size() <= graph::kBatchMax, "a table is asked for one batch at a time");
  std::array<const Entry*, graph::kBatchMax> at;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    at[i] = &nodes_[byte_at(addresses[i], 0)];
  }
  bool deeper = true;
  for (unsigned level = 1; level < kLevels && deeper; ++level) {
    deeper = false;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      if (const Entry entry = *at[i]; (entry & kChild) != 0) {
        at[i] = &nodes_[(entry & ~kChild) * kNodeEntries + byte_at(addresses[i], level)];
        __builtin_prefetch(at[i]);
        deeper = true;
      }
    }
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::uint32_t hop = *at[i] >> kLengthBits;
    hops[i] = hop == 0 ? nullptr : &hops_[hop].next;
  }
}

std::vector<Route> RouteTable::sorted() const {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order(routes_.begin(), routes_.end());
  std::ranges::sort(order);
  std::vector<Route> all;
  for (const auto& [prefix, hop] : order) {
    all.push_back({static_cast<std::uint32_t>(prefix >> kLengthBits),
                   static_cast<unsigned>(prefix & ((1u << kLengthBits) - 1)), hops_[hop].next});
  }
  return all;
}

}  // namespace superfluid::elements
