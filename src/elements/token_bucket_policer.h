// SPDX-License-Identifier: Apache-2.0
// TokenBucketPolicer: lets each customer's packets pass at a rate, and takes out what exceeds it.
//
//   TokenBucketPolicer(RATE [, BURST, KEY, LIMIT n])
//
// Arguments  RATE   what each may send: packets (`100pps`, `1.5Mpps`) or bytes (`10Mbps`, `2kBps`;
//                   a bare number is bytes a second). Bytes are the packet's, from its first on.
//            BURST  how much at once after a silence, in packets or bytes (`64KiB`). Default what
//                   RATE brings in 100 ms, at least 1 packet or 3000 bytes. Larger packets never
//                   pass.
//            KEY    who is a customer: `src` or `dst`, an IPv4 address or with a length (`src/24`)
//                   its network; `flow`, addresses, ports and protocol; `paint`, `vlan` or
//                   `aggregate`, the packet's annotation; `all`, everybody together. Default all.
//            LIMIT  most customers at a time. Default 65536.
// Ports      1 push input, 1 or 2 push outputs: 0 for what conforms, 1 for what exceeds
// Handlers   rate, burst (rw)  as the arguments; RATE keeps its kind
//            count (r)         customers known now
//            customers (r)     those that exceeded it, a line each: who, packets taken out
//            passed (r)        packets that conformed
//            drops (r)         packets that did not
//            drop_details (r)  the same by reason, a line each
//            evicted (r)       customers forgotten early to make room
// Drops      exceeded (unless output 1 is connected), no key (no IPv4 header noted, where KEY needs
//            one), table full
// Example    f -> CheckIPHeader -> p :: TokenBucketPolicer(10Mbps, KEY src/24) -> t;   p [1] -> u;
//
// Exact to a fraction of a nanosecond, and the rate is met whatever the packets' sizes. A customer
// is forgotten ten seconds after its bucket is full again; when the table is full, the one whose
// bucket is full first goes, since forgetting it gives away the least.

#pragma once

#include <array>
#include <memory>
#include <string>

#include "graph/arguments.h"
#include "graph/element.h"
#include "net/flow_table.h"

namespace superfluid::elements {

class TokenBucketPolicer final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  TokenBucketPolicer() : timer_(*this) {}

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  void run_timer(graph::Timer& timer) override;
  void take_state(graph::Element& old) override;

 private:
  enum class Key : std::uint8_t { kAll, kSource, kDestination, kFlow, kPaint, kVlan, kAggregate };
  enum Reason : std::uint8_t { kExceeded, kNoKey, kTableFull, kReasons };

  // So many packets or bytes a second, and what may come at once.
  struct Rate {
    bool packets = false;
    std::uint64_t per_second = 0;
    std::uint64_t burst = 0;
    std::uint64_t unit_cost = 0;  // of one, in 2^-32 ns
    base::Duration burst_time;    // until an empty bucket is full

    void settle();
  };
  // The bucket as the time when it will be full: what lies ahead of now is missing from it.
  struct Bucket {
    base::Instant full;
    std::uint32_t fraction = 0;  // of a nanosecond, in 2^-32
    std::uint32_t exceeded = 0;
  };
  using Table = net::FlowTable<Bucket>;

  static bool read_rate(std::string_view text, Rate& rate);
  static bool read_burst(std::string_view text, Rate& rate);
  bool read_key(std::string_view text);
  bool key_of(const graph::Packet& packet, net::FlowKey& key) const;
  bool conforms(Table::Flow& flow, std::uint32_t length, base::Instant now) const;
  std::string customer(const net::FlowKey& key) const;
  std::string rate_text() const;
  std::string customers();

  Rate rate_;
  Key key_ = Key::kAll;
  net::Ipv4Address mask_ = net::Ipv4Address::from_host(0xffffffff);
  std::uint32_t limit_ = 65'536;
  std::unique_ptr<Table> table_;
  std::uint64_t passed_ = 0;
  std::array<std::uint64_t, kReasons> drops_{};
  graph::Timer timer_;
};

}  // namespace superfluid::elements
