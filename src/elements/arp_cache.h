// SPDX-License-Identifier: Apache-2.0
// ArpCache: which Ethernet address an IPv4 address has, and the packets that wait to learn it.
// What ARPTable shares and ARPQuerier uses.
//
// Everything in it was caused by strangers, so all of it is bounded: entries, packets in all, and
// packets of one entry. A full cache forgets the entry heard of longest ago; too many packets make
// it drop the oldest ones, many at once.
//
// Invariants
//   1. At most kEntriesMax entries, whatever the limits say; entries grow by doubling, and are
//      found through a hash with a secret, so that nobody can choose addresses that collide.
//   2. Entries are linked by age, the one heard of longest ago first.
//   3. An address that is asked for again is asked for at most ten times a second, and every two
//      seconds after ten questions without an answer.
//   4. Packets that wait belong to the cache, in order of arrival.
//
// Threads: its router's. The time is passed in.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash_map.h"
#include "base/units.h"
#include "graph/packet.h"
#include "net/address.h"

namespace superfluid::elements {

class ArpCache {
 public:
  static constexpr std::uint32_t kEntriesMax = 65'536;

  struct Limits {
    std::uint32_t packets = 2048;         // that wait; 0 for any number
    std::uint32_t entries = 0;            // 0 for kEntriesMax
    std::uint32_t packets_per_entry = 0;  // 0 for any number
    std::uint32_t slim_factor = 2;        // one in so many is dropped when there are too many
    base::Duration timeout = base::seconds(300);  // 0 for never
  };

  ArpCache() = default;
  ArpCache(const ArpCache&) = delete;
  ArpCache& operator=(const ArpCache&) = delete;
  ~ArpCache() { clear(); }

  Limits& limits() { return limits_; }
  const Limits& limits() const { return limits_; }
  void set_secret(std::uint64_t secret) { state_.secret = secret; }  // REQUIRES: empty

  enum class Answer : std::uint8_t { kUnknown, kKnown, kKnownButAsk };
  // kKnownButAsk: known for at least `poll_after` (where that is not 0), and time to ask again.
  Answer find(const net::Ipv4Address& ip, base::Instant now, base::Duration poll_after,
              net::MacAddress& mac);

  enum class Kept : std::uint8_t { kRefused, kKept, kKeptAndAsk };
  // Takes a packet for an address that find() does not know. A refused one stays the caller's.
  Kept keep(const net::Ipv4Address& ip, graph::Packet* packet, base::Instant now);

  // From now on `ip` has this address; a broadcast address makes it unknown.
  void learn(const net::Ipv4Address& ip, const net::MacAddress& mac, base::Instant now);
  // Up to `max` of the packets that wait for `ip`.
  std::size_t take(const net::Ipv4Address& ip, graph::Packet** into, std::size_t max);

  // Forgets what is too old.
  void expire(base::Instant now);
  void clear();
  // All that the other has, in place of what is here.
  void take_over(ArpCache& other);

  std::uint32_t entries() const { return static_cast<std::uint32_t>(state_.index.size()); }
  std::uint32_t packets() const { return state_.packets; }
  std::uint64_t drops() const { return drops_; }
  // "IP known MAC age" of each entry, a line each.
  std::string text(base::Instant now) const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  struct Entry {
    net::Ipv4Address ip;
    net::MacAddress mac = net::MacAddress::broadcast();
    bool known = false;
    std::uint8_t asked = 0;  // times since it was heard of
    base::Instant heard;
    base::Instant asked_at;
    std::uint32_t first = kNone;  // of its packets
    std::uint32_t last = kNone;
    std::uint32_t waiting = 0;
    std::uint32_t older = kNone;
    std::uint32_t newer = kNone;
  };
  struct Waiting {
    graph::Packet* packet;
    std::uint32_t next;
  };

  std::uint64_t key(const net::Ipv4Address& ip) const { return state_.secret ^ ip.host(); }
  bool expired(const Entry& entry, base::Instant now) const {
    return limits_.timeout.count() != 0 && entry.heard + limits_.timeout < now;
  }
  static bool may_ask(const Entry& entry, base::Instant now);
  static void mark_asked(Entry& entry, base::Instant now);

  std::uint32_t ensure(const net::Ipv4Address& ip, base::Instant now);
  void keep_alive(std::uint32_t at, base::Instant now);
  graph::Packet* take_first(Entry& entry);
  void drop_packets(Entry& entry, std::uint32_t down_to);
  void make_room_for_packet(base::Instant now);
  void remove(std::uint32_t at);
  void link_before(std::uint32_t at, std::uint32_t newer);
  void unlink(std::uint32_t at);

  // What another cache takes over.
  struct State {
    std::uint64_t secret = 0;
    base::HashMap<std::uint64_t, std::uint32_t> index;  // to entries
    std::vector<Entry> entries;
    std::vector<Waiting> waiting;
    std::uint32_t free_entry = kNone;    // linked through newer
    std::uint32_t free_waiting = kNone;  // linked through next
    std::uint32_t oldest = kNone;
    std::uint32_t newest = kNone;
    std::uint32_t packets = 0;
  };

  Limits limits_;
  State state_;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
