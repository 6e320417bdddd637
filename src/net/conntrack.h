// SPDX-License-Identifier: Apache-2.0
// Conntrack: which packets belong to a conversation that was allowed to begin: TCP connections with
// their states and windows (net/tcp_track.h), UDP and other protocols by who answers whom, echoes
// by request and reply, and the ICMP errors that any of these cause.
//
//   for each packet: facts[i] = facts_of(packet)       what tracking needs of its bytes
//   conntrack.track(facts, now, verdicts, may_begin)   may_begin(i) is the policy: asked only where
//                                                      packet i would begin something new
//
// A connection has one entry under the lesser of its two keys, so that both directions meet there.
//
// What does not pass, whatever the policy says: fragments (their ports are elsewhere: reassemble
// first), segments that fit no connection and begin none, echo replies nobody asked for, errors
// that quote nothing that was sent, redirects, and with `two_sided` what comes from the wrong side.
//
// Invariants
//   1. size() <= connections_max. When full, of the entries at hand the one that expires first
//      goes: unanswered ones, as a flood leaves them, before those in use.
//   2. Nothing passes as kKnown that is not of a connection for which may_begin was true.
//   3. A packet that does not pass changes no connection.
//
// Threads: as a std::vector. Time: passed in.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/units.h"
#include "net/flow_key.h"
#include "net/flow_table.h"
#include "net/tcp_track.h"

namespace superfluid::net {

struct PacketFacts {
  enum class Kind : std::uint8_t {
    kMalformed,
    kFragment,
    kTcp,
    kAnswered,  // UDP and all that is not told apart further: what comes back is an answer
    kEchoRequest,
    kEchoReply,
    kError,      // an ICMP error; the key is that of the packet that it quotes
    kRedirect,   // of ICMP or ICMPv6
    kUntracked,  // other ICMP: the policy decides of each packet
  };

  Kind kind = Kind::kMalformed;
  std::uint8_t side = 0;  // where the packet comes from, for who tracks it to fill in
  FlowKey key;
  TcpSegment tcp;  // of an error: only the sequence number, of what it quotes
};

// packet: an IPv4 or IPv6 packet from its header on. Checksums are not verified here.
PacketFacts facts_of(base::ByteView packet);

enum class Tracked : std::uint8_t {
  // These pass.
  kKnown,
  kBegan,
  kRelated,    // an error about a known connection
  kUntracked,  // the policy allowed this packet, and it begins nothing
  // These do not.
  kDenied,  // by the policy
  kMalformed,
  kFragment,
  kBadFlags,      // of TCP
  kNoConnection,  // of none, and cannot begin one
  kOutOfState,
  kOutOfWindow,
  kWrongSide,  // from where this end of the connection is not
  kUnrelated,  // an error about nothing known, or a redirect
  kTableFull,
};
inline constexpr std::size_t kTrackedCount = 14;
constexpr bool passes(Tracked verdict) { return verdict <= Tracked::kUntracked; }
// "known", "no connection", ...
std::string_view name_of(Tracked verdict);

struct ConntrackTimeouts {
  base::Duration tcp_opening = base::seconds(60);
  base::Duration tcp_established = base::seconds(7'440);  // RFC 5382
  base::Duration tcp_closing = base::seconds(240);        // RFC 5382
  base::Duration tcp_reset = base::seconds(10);
  base::Duration udp_unanswered = base::seconds(30);
  base::Duration udp = base::seconds(120);  // RFC 4787
  base::Duration icmp = base::seconds(60);  // RFC 5508
  base::Duration other = base::seconds(600);
};

class Conntrack {
 public:
  static constexpr std::size_t kBatchMax = 64;

  struct Options {
    std::uint32_t connections_max = 65'536;
    std::uint64_t seed = 1;  // from a random source
    // The two ends of a connection are on different sides: an address alone proves nothing.
    bool two_sided = false;
    ConntrackTimeouts timeouts = {};
  };

  struct Connection {
    TcpTrack tcp;
    bool begun_by_source = true;  // of the table's key; else by its destination
    bool answered = false;
    std::uint8_t side = 0;  // where it began
  };
  using Table = FlowTable<Connection>;

  explicit Conntrack(const Options& options)
      : timeouts_(options.timeouts),
        two_sided_(options.two_sided),
        table_({.flows_max = options.connections_max, .seed = options.seed}) {}

  // REQUIRES: at most kBatchMax packets, as many verdicts.
  template <typename MayBegin>
  void track(std::span<const PacketFacts> packets, base::Instant now, Tracked* verdicts,
             MayBegin may_begin);

  std::uint32_t size() const { return table_.size(); }
  const Table::Counts& counts() const { return table_.counts(); }
  void set_timeouts(const ConntrackTimeouts& timeouts) { timeouts_ = timeouts; }

  // Looks at `count` connections, and forgets those whose time is over.
  void reap(base::Instant now, std::uint32_t count) { table_.reap(now, count); }
  void clear() { table_.clear(); }
  // Those of another tracker, as far as there is room.
  void take_over(Conntrack& other, base::Instant now);
  // visit(const FlowKey& from the initiator's side, const Connection&, base::Instant expires)
  template <typename Visit>
  void for_each(Visit visit);

 private:
  using Flow = Table::Flow;
  using Kind = PacketFacts::Kind;

  static FlowKey table_key(const PacketFacts& packet, bool& reversed);
  static bool may_be_first(const PacketFacts& packet);
  base::Duration timeout_of(const Flow& flow) const;
  // What a packet is to its connection, if there is one; kBegan: it begins a new one.
  Tracked judge(const PacketFacts& packet, bool reversed, Flow* flow, base::Instant now);
  Tracked judge_error(const PacketFacts& packet, bool reversed, const Flow* flow) const;
  Tracked judge_tcp(const PacketFacts& packet, TcpSide from, Connection& connection) const;
  bool begin(const PacketFacts& packet, const FlowKey& key, bool reversed, base::Instant now);

  // Whether a packet from this end may come from the side that it comes from.
  bool side_fits(const PacketFacts& packet, TcpSide from, const Connection& connection) const {
    return !two_sided_ || (from == TcpSide::kInitiator) == (packet.side == connection.side);
  }

  ConntrackTimeouts timeouts_;
  bool two_sided_;
  Table table_;
};

template <typename MayBegin>
void Conntrack::track(std::span<const PacketFacts> packets, base::Instant now, Tracked* verdicts,
                      MayBegin may_begin) {
  base::check(packets.size() <= kBatchMax, "packets are tracked by the batch");
  std::array<FlowKey, kBatchMax> keys;
  std::array<bool, kBatchMax> reversed;
  std::array<Flow*, kBatchMax> flows;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    keys[i] = table_key(packets[i], reversed[i]);
  }
  table_.find_all({keys.data(), packets.size()}, now, flows.data());
  // Once a packet has begun or ended something, what was found for those behind it may be gone.
  bool found = true;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    Flow* const flow = found ? flows[i] : table_.find(keys[i], now);
    Tracked verdict = judge(packets[i], reversed[i], flow, now);
    if (verdict == Tracked::kBegan || verdict == Tracked::kUntracked) {
      if (!may_begin(i)) {
        verdict = Tracked::kDenied;
      } else if (verdict == Tracked::kBegan) {
        found = false;
        verdict = begin(packets[i], keys[i], reversed[i], now) ? verdict : Tracked::kTableFull;
      }
    }
    verdicts[i] = verdict;
  }
}

template <typename Visit>
void Conntrack::for_each(Visit visit) {
  table_.for_each([&](const Flow& flow) {
    visit(flow.value.begun_by_source ? flow.key : flow.key.reversed(), flow.value, flow.expires);
  });
}

}  // namespace superfluid::net
