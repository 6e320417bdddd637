// SPDX-License-Identifier: Apache-2.0
#include "elements/route_table.h"

#include <algorithm>

#include "base/check.h"

namespace superfluid::elements {

template <typename Address>
BasicRouteTable<Address>::BasicRouteTable() : nodes_(kNodeEntries), hops_(1) {}

template <typename Address>
auto BasicRouteTable<Address>::find_route(Bits address, unsigned length) const -> const NextHop* {
  const std::uint32_t* hop = routes_.find(Prefix{address, length});
  return hop == nullptr ? nullptr : &hops_[*hop].next;
}

template <typename Address>
std::uint32_t BasicRouteTable<Address>::hop_of(const NextHop& next) {
  if (const std::uint32_t* known = hop_index_.find(HopKey{next})) {
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
  hop_index_.set(HopKey{next}, hop);
  return hop;
}

template <typename Address>
void BasicRouteTable<Address>::release_hop(std::uint32_t hop) {
  if (--hops_[hop].uses == 0) {
    hop_index_.erase(HopKey{hops_[hop].next});
    free_hops_.push_back(hop);
  }
}

template <typename Address>
std::uint32_t BasicRouteTable<Address>::make_node(Entry fill) {
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
template <typename Address>
auto BasicRouteTable<Address>::span_of(Bits address, unsigned length, unsigned level) -> Span {
  const std::uint32_t count = 1u << (8 * (level + 1) - length);
  return {byte_at(address, level) & ~(count - 1), count};
}

// Gives `with` to the entries below that a prefix of `length` holds, or (unless only_equal) should.
template <typename Address>
void BasicRouteTable<Address>::paint(std::uint32_t node, Span span, unsigned length, Entry with,
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

template <typename Address>
bool BasicRouteTable<Address>::set(const Route& route) {
  base::check((route.address & ~mask_of(route.length)) == 0 && route.length <= kBits,
              "a route's address ends with its prefix");
  const std::uint32_t* const old = routes_.find(Prefix{route.address, route.length});
  const std::size_t nodes_left = kNodesMax - nodes();
  if (old == nullptr && (routes_.size() == kRoutesMax || nodes_left < kLevels - 1)) {
    return false;
  }
  if (old != nullptr) {
    // The new hop may be the old one: it must not be given up in between.
    const std::uint32_t before = *old;
    const std::uint32_t hop = hop_of(route.hop);
    release_hop(before);
    routes_.set(Prefix{route.address, route.length}, hop);
  } else {
    routes_.set(Prefix{route.address, route.length}, hop_of(route.hop));
  }
  const Entry with = leaf(*routes_.find(Prefix{route.address, route.length}), route.length);
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
template <typename Address>
auto BasicRouteTable<Address>::covering(Bits address, unsigned length) const -> Entry {
  while (length-- > 0) {
    if (const std::uint32_t* hop = routes_.find(Prefix{address & mask_of(length), length})) {
      return leaf(*hop, length);
    }
  }
  return leaf(0, 0);
}

// Whether a node says the same for all addresses, as the entry above it could.
template <typename Address>
bool BasicRouteTable<Address>::collapses(std::uint32_t node, unsigned level) const {
  const Entry* const first = nodes_.data() + node * kNodeEntries;
  return (*first & kChild) == 0 && length_of(*first) <= 8 * level &&
         std::all_of(first, first + kNodeEntries, [&](Entry each) { return each == *first; });
}

template <typename Address>
void BasicRouteTable<Address>::remove(Bits address, unsigned length) {
  const std::uint32_t* const hop = routes_.find(Prefix{address, length});
  base::check(hop != nullptr, "a route that is removed is there");
  release_hop(*hop);
  routes_.erase(Prefix{address, length});

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

template <typename Address>
void BasicRouteTable<Address>::find(std::span<const Bits> addresses, const NextHop** hops) const {
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

template <typename Address>
auto BasicRouteTable<Address>::sorted() const -> std::vector<Route> {
  std::vector<Route> all;
  for (const auto& [prefix, hop] : routes_) {
    all.push_back({prefix.address, prefix.length, hops_[hop].next});
  }
  std::ranges::sort(all, [](const Route& a, const Route& b) {
    return Prefix{a.address, a.length} < Prefix{b.address, b.length};
  });
  return all;
}

template class BasicRouteTable<net::Ipv4Address>;
template class BasicRouteTable<net::Ipv6Address>;

}  // namespace superfluid::elements
