// SPDX-License-Identifier: Apache-2.0
#include "elements/arp_cache.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "elements/fraction_text.h"
#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

constexpr base::Duration kAskAfter = base::milliseconds(100);
constexpr base::Duration kAskRarelyAfter = base::seconds(2);
constexpr std::uint8_t kAskedOften = 10;
constexpr int kStepsMax = 16;

}  // namespace

bool ArpCache::may_ask(const Entry& entry, base::Instant now) {
  return now >= entry.asked_at + (entry.asked >= kAskedOften ? kAskRarelyAfter : kAskAfter);
}

void ArpCache::mark_asked(Entry& entry, base::Instant now) {
  entry.asked_at = now;
  entry.asked = static_cast<std::uint8_t>(std::min(entry.asked + 1, 255));
}

ArpCache::Answer ArpCache::find(const net::Ipv4Address& ip, base::Instant now,
                                base::Duration poll_after, net::MacAddress& mac) {
  const std::uint32_t* const at = state_.index.find(key(ip));
  if (at == nullptr) {
    return Answer::kUnknown;
  }
  Entry& entry = state_.entries[*at];
  if (!entry.known || expired(entry, now)) {
    return Answer::kUnknown;
  }
  mac = entry.mac;
  if (poll_after.count() != 0 && now >= entry.heard + poll_after && may_ask(entry, now)) {
    mark_asked(entry, now);
    return Answer::kKnownButAsk;
  }
  return Answer::kKnown;
}

std::uint32_t ArpCache::ensure(const net::Ipv4Address& ip, base::Instant now) {
  if (const std::uint32_t* at = state_.index.find(key(ip))) {
    return *at;
  }
  const std::uint32_t most =
      limits_.entries == 0 ? kEntriesMax : std::min(limits_.entries, kEntriesMax);
  if (entries() >= most) {
    expire(now);
  }
  while (entries() >= most) {
    remove(state_.oldest);
  }
  std::uint32_t at = state_.free_entry;
  if (at == kNone) {
    at = static_cast<std::uint32_t>(state_.entries.size());
    state_.entries.emplace_back();
  } else {
    state_.free_entry = state_.entries[at].newer;
  }
  state_.entries[at] = Entry{.ip = ip, .heard = now, .asked_at = now + base::seconds(-1)};
  state_.index.try_emplace(key(ip), at);
  link_before(at, kNone);
  return at;
}

void ArpCache::learn(const net::Ipv4Address& ip, const net::MacAddress& mac, base::Instant now) {
  const std::uint32_t at = ensure(ip, now);
  Entry& entry = state_.entries[at];
  entry.mac = mac;
  entry.known = !mac.is_broadcast();
  entry.asked = 0;
  entry.heard = now;
  entry.asked_at = now + base::seconds(-1);
  unlink(at);
  link_before(at, kNone);
}

// An entry that packets still come for is kept just from being too old, at its place by age. Many
// steps on the way there would mean as many entries that nobody wants any more.
void ArpCache::keep_alive(std::uint32_t at, base::Instant now) {
  if (!expired(state_.entries[at], now)) {
    return;
  }
  const base::Instant heard = now + limits_.timeout * -1;
  state_.entries[at].heard = heard;
  state_.entries[at].known = false;
  std::uint32_t newer = state_.entries[at].newer;
  unlink(at);
  int steps = 0;
  while (newer != kNone && state_.entries[newer].heard < heard && ++steps <= kStepsMax) {
    newer = state_.entries[newer].newer;
  }
  if (steps > kStepsMax) {
    expire(now);
    newer = state_.oldest;
  }
  link_before(at, newer);
}

ArpCache::Kept ArpCache::keep(const net::Ipv4Address& ip, Packet* packet, base::Instant now) {
  const std::uint32_t at = ensure(ip, now);
  keep_alive(at, now);
  if (limits_.packets_per_entry != 0 && state_.entries[at].waiting >= limits_.packets_per_entry) {
    ++drops_;
    return Kept::kRefused;
  }
  make_room_for_packet(now);
  std::uint32_t place = state_.free_waiting;
  if (place == kNone) {
    place = static_cast<std::uint32_t>(state_.waiting.size());
    state_.waiting.emplace_back();
  } else {
    state_.free_waiting = state_.waiting[place].next;
  }
  state_.waiting[place] = {packet, kNone};
  Entry& entry = state_.entries[at];
  (entry.last == kNone ? entry.first : state_.waiting[entry.last].next) = place;
  entry.last = place;
  ++entry.waiting;
  ++state_.packets;
  if (!may_ask(entry, now)) {
    return Kept::kKept;
  }
  mark_asked(entry, now);
  return Kept::kKeptAndAsk;
}

// As much as slim_factor says goes at once, from the oldest entries first.
void ArpCache::make_room_for_packet(base::Instant now) {
  const std::uint32_t most = limits_.packets;
  if (most == 0 || state_.packets < most) {
    return;
  }
  expire(now);
  const std::uint32_t left = std::max(most - most / limits_.slim_factor, 1U) - 1;
  if (state_.packets < most) {
    return;
  }
  for (std::uint32_t at = state_.oldest; at != kNone && state_.packets > left;
       at = state_.entries[at].newer) {
    Entry& entry = state_.entries[at];
    const std::uint32_t surplus = state_.packets - left;
    drop_packets(entry, entry.waiting > surplus ? entry.waiting - surplus : 0);
  }
}

Packet* ArpCache::take_first(Entry& entry) {
  const std::uint32_t place = entry.first;
  Packet* const packet = state_.waiting[place].packet;
  entry.first = state_.waiting[place].next;
  if (entry.first == kNone) {
    entry.last = kNone;
  }
  state_.waiting[place].next = state_.free_waiting;
  state_.free_waiting = place;
  --entry.waiting;
  --state_.packets;
  return packet;
}

void ArpCache::drop_packets(Entry& entry, std::uint32_t down_to) {
  while (entry.waiting > down_to) {
    release(take_first(entry));
    ++drops_;
  }
}

std::size_t ArpCache::take(const net::Ipv4Address& ip, Packet** into, std::size_t max) {
  const std::uint32_t* const at = state_.index.find(key(ip));
  std::size_t taken = 0;
  while (at != nullptr && state_.entries[*at].waiting != 0 && taken < max) {
    into[taken++] = take_first(state_.entries[*at]);
  }
  return taken;
}

void ArpCache::expire(base::Instant now) {
  while (state_.oldest != kNone && expired(state_.entries[state_.oldest], now)) {
    remove(state_.oldest);
  }
}

void ArpCache::clear() {
  while (state_.oldest != kNone) {
    remove(state_.oldest);
  }
}

void ArpCache::take_over(ArpCache& other) {
  clear();
  std::swap(state_, other.state_);
  drops_ += std::exchange(other.drops_, 0);
}

void ArpCache::remove(std::uint32_t at) {
  Entry& entry = state_.entries[at];
  drop_packets(entry, 0);
  unlink(at);
  state_.index.erase(key(entry.ip));
  entry.newer = state_.free_entry;
  state_.free_entry = at;
}

void ArpCache::link_before(std::uint32_t at, std::uint32_t newer) {
  const std::uint32_t older = newer == kNone ? state_.newest : state_.entries[newer].older;
  state_.entries[at].older = older;
  state_.entries[at].newer = newer;
  (older == kNone ? state_.oldest : state_.entries[older].newer) = at;
  (newer == kNone ? state_.newest : state_.entries[newer].older) = at;
}

void ArpCache::unlink(std::uint32_t at) {
  const Entry& entry = state_.entries[at];
  (entry.older == kNone ? state_.oldest : state_.entries[entry.older].newer) = entry.newer;
  (entry.newer == kNone ? state_.newest : state_.entries[entry.newer].older) = entry.older;
}

std::string ArpCache::text(base::Instant now) const {
  std::string text;
  for (std::uint32_t at = state_.oldest; at != kNone; at = state_.entries[at].newer) {
    const Entry& entry = state_.entries[at];
    const bool known = entry.known && !expired(entry, now);
    text += base::cat(to_text(entry.ip).view(), " ", known ? 1 : 0, " ", show(entry.mac), " ",
                      timestamp_text(now - entry.heard), "\n");
  }
  return text;
}

}  // namespace superfluid::elements
