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
  const std::uint32_t* const at = index_.find(key(ip));
  if (at == nullptr) {
    return Answer::kUnknown;
  }
  Entry& entry = entries_[*at];
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
  if (const std::uint32_t* at = index_.find(key(ip))) {
    return *at;
  }
  const std::uint32_t most =
      limits_.entries == 0 ? kEntriesMax : std::min(limits_.entries, kEntriesMax);
  if (entries() >= most) {
    expire(now);
  }
  while (entries() >= most) {
    remove(oldest_);
  }
  std::uint32_t at = free_entry_;
  if (at == kNone) {
    at = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    free_entry_ = entries_[at].newer;
  }
  entries_[at] = Entry{.ip = ip, .heard = now, .asked_at = now + base::seconds(-1)};
  index_.try_emplace(key(ip), at);
  link_before(at, kNone);
  return at;
}

void ArpCache::learn(const net::Ipv4Address& ip, const net::MacAddress& mac, base::Instant now) {
  const std::uint32_t at = ensure(ip, now);
  Entry& entry = entries_[at];
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
  if (!expired(entries_[at], now)) {
    return;
  }
  const base::Instant heard = now + limits_.timeout * -1;
  entries_[at].heard = heard;
  entries_[at].known = false;
  std::uint32_t newer = entries_[at].newer;
  unlink(at);
  int steps = 0;
  while (newer != kNone && entries_[newer].heard < heard && ++steps <= kStepsMax) {
    newer = entries_[newer].newer;
  }
  if (steps > kStepsMax) {
    expire(now);
    newer = oldest_;
  }
  link_before(at, newer);
}

ArpCache::Kept ArpCache::keep(const net::Ipv4Address& ip, Packet* packet, base::Instant now) {
  const std::uint32_t at = ensure(ip, now);
  keep_alive(at, now);
  if (limits_.packets_per_entry != 0 && entries_[at].waiting >= limits_.packets_per_entry) {
    ++drops_;
    return Kept::kRefused;
  }
  make_room_for_packet(now);
  std::uint32_t place = free_waiting_;
  if (place == kNone) {
    place = static_cast<std::uint32_t>(waiting_.size());
    waiting_.emplace_back();
  } else {
    free_waiting_ = waiting_[place].next;
  }
  waiting_[place] = {packet, kNone};
  Entry& entry = entries_[at];
  (entry.last == kNone ? entry.first : waiting_[entry.last].next) = place;
  entry.last = place;
  ++entry.waiting;
  ++packets_;
  if (!may_ask(entry, now)) {
    return Kept::kKept;
  }
  mark_asked(entry, now);
  return Kept::kKeptAndAsk;
}

// As much as slim_factor says goes at once, from the oldest entries first.
void ArpCache::make_room_for_packet(base::Instant now) {
  const std::uint32_t most = limits_.packets;
  if (most == 0 || packets_ < most) {
    return;
  }
  expire(now);
  const std::uint32_t left = std::max(most - most / limits_.slim_factor, 1U) - 1;
  if (packets_ < most) {
    return;
  }
  for (std::uint32_t at = oldest_; at != kNone && packets_ > left; at = entries_[at].newer) {
    Entry& entry = entries_[at];
    const std::uint32_t surplus = packets_ - left;
    drop_packets(entry, entry.waiting > surplus ? entry.waiting - surplus : 0);
  }
}

Packet* ArpCache::take_first(Entry& entry) {
  const std::uint32_t place = entry.first;
  Packet* const packet = waiting_[place].packet;
  entry.first = waiting_[place].next;
  if (entry.first == kNone) {
    entry.last = kNone;
  }
  waiting_[place].next = free_waiting_;
  free_waiting_ = place;
  --entry.waiting;
  --packets_;
  return packet;
}

void ArpCache::drop_packets(Entry& entry, std::uint32_t down_to) {
  while (entry.waiting > down_to) {
    release(take_first(entry));
    ++drops_;
  }
}

std::size_t ArpCache::take(const net::Ipv4Address& ip, Packet** into, std::size_t max) {
  const std::uint32_t* const at = index_.find(key(ip));
  std::size_t taken = 0;
  while (at != nullptr && entries_[*at].waiting != 0 && taken < max) {
    into[taken++] = take_first(entries_[*at]);
  }
  return taken;
}

void ArpCache::expire(base::Instant now) {
  while (oldest_ != kNone && expired(entries_[oldest_], now)) {
    remove(oldest_);
  }
}

void ArpCache::clear() {
  while (oldest_ != kNone) {
    remove(oldest_);
  }
}

void ArpCache::take_over(ArpCache& other) {
  clear();
  std::swap(secret_, other.secret_);
  std::swap(index_, other.index_);
  std::swap(entries_, other.entries_);
  std::swap(waiting_, other.waiting_);
  std::swap(free_entry_, other.free_entry_);
  std::swap(free_waiting_, other.free_waiting_);
  std::swap(oldest_, other.oldest_);
  std::swap(newest_, other.newest_);
  std::swap(packets_, other.packets_);
  drops_ += std::exchange(other.drops_, 0);
}

void ArpCache::remove(std::uint32_t at) {
  Entry& entry = entries_[at];
  drop_packets(entry, 0);
  unlink(at);
  index_.erase(key(entry.ip));
  entry.newer = free_entry_;
  free_entry_ = at;
}

void ArpCache::link_before(std::uint32_t at, std::uint32_t newer) {
  const std::uint32_t older = newer == kNone ? newest_ : entries_[newer].older;
  entries_[at].older = older;
  entries_[at].newer = newer;
  (older == kNone ? oldest_ : entries_[older].newer) = at;
  (newer == kNone ? newest_ : entries_[newer].older) = at;
}

void ArpCache::unlink(std::uint32_t at) {
  const Entry& entry = entries_[at];
  (entry.older == kNone ? oldest_ : entries_[entry.older].newer) = entry.newer;
  (entry.newer == kNone ? newest_ : entries_[entry.newer].older) = entry.older;
}

std::string ArpCache::text(base::Instant now) const {
  std::string text;
  for (std::uint32_t at = oldest_; at != kNone; at = entries_[at].newer) {
    const Entry& entry = entries_[at];
    const bool known = entry.known && !expired(entry, now);
    text += base::cat(to_text(entry.ip).view(), " ", known ? 1 : 0, " ", show(entry.mac), " ",
                      timestamp_text(now - entry.heard), "\n");
  }
  return text;
}

}  // namespace superfluid::elements
