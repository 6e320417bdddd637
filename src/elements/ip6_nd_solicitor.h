// SPDX-License-Identifier: Apache-2.0
// IP6NDSolicitor: puts IPv6 packets into Ethernet frames for their next hop, whose Ethernet address
// it asks for with neighbour solicitations. What ARPQuerier is for IPv4.
//
//   IP6NDSolicitor(IP, ETH [, LIMIT n])
//
// Arguments  IP, ETH  this host's addresses on the link
//            LIMIT    most neighbours to remember. Default 4096.
// Ports      2 push inputs, 1 or 2 push outputs
//            input 0   IPv6 packets, the next hop noted as their destination
//            input 1   neighbour advertisements, as Ethernet frames
//            output 0  Ethernet frames
//            output 1  solicitations, where it is connected; else they go to output 0
// Handlers   table (r)  a neighbour a line: IP, 1 when its address is known, ETH
//            count (r)  neighbours
//            stats (r)  packets dropped, and solicitations sent, a line each
//            drops (r)  packets dropped so far
// Drops      packets that waited when newer ones came (four wait for a neighbour) or nobody
//            answered, those to `::`, and those for which there is no memory
// Example    c :: Classifier(12/86dd 54/88, -);   f -> c;   c [0] -> [1] nd;
//            c [1] -> Strip(14) -> CheckIP6Header -> GetIP6Address(24)
//              -> nd :: IP6NDSolicitor(2001:db8::1, 02:00:00:00:00:01) -> t;
//
// A neighbour is asked for three times, a second apart; after that, by the next packet. What is
// known is believed for two minutes, and asked for again in the second. Advertisements are checked
// as RFC 4861 says, and heard only when they were asked for; one that does not claim to override
// changes no address that is known. Packets to groups need no question. When the table is full, who
// did not answer yet goes first: a scan of the network does not push out who is talked to.

#pragma once

#include <memory>

#include "base/fixed_vector.h"
#include "elements/ip6_neighbor.h"
#include "graph/arguments.h"
#include "graph/element.h"
#include "net/flow_table.h"

namespace superfluid::elements {

class IP6NDSolicitor final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  IP6NDSolicitor() : timer_(*this) {}

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  void run_timer(graph::Timer& timer) override;
  void take_state(graph::Element& old) override;

 private:
  static constexpr std::size_t kWaitingMax = 4;

  struct Neighbor {
    net::MacAddress link;
    bool known = false;
    std::uint8_t asked = 0;  // since it was heard of last
    base::Instant heard;
    base::Instant asked_at;
    base::FixedVector<graph::Packet*, kWaitingMax> waiting;  // oldest first
    std::uint64_t* drops = nullptr;

    Neighbor() = default;
    Neighbor(const Neighbor&) = delete;
    Neighbor& operator=(const Neighbor&) = delete;
    ~Neighbor();
  };
  using Table = net::FlowTable<Neighbor>;
  // Addresses to ask for, once nothing points into the table any more: what is pushed may return.
  using Questions = base::FixedVector<net::Ipv6Address, graph::kBatchMax>;

  static net::FlowKey key_of(const net::Ipv6Address& address);
  static bool wants_asking(const Neighbor& neighbor, base::Instant now);
  void ask_for(const net::Ipv6Address& address, Neighbor& neighbor, base::Instant now,
               Questions& questions);
  graph::Packet* handle(graph::Packet* packet, Table::Flow* flow, base::Instant now,
                        Questions& questions);
  graph::Packet* frame(graph::Packet* packet, const net::MacAddress& to);
  void learn(const graph::Packet& advertisement);
  void send(const Questions& questions);
  void drop(graph::Packet* packet) {
    ++drops_;
    release(packet);
  }
  std::string table();

  net::Ipv6Address ip_;
  net::MacAddress link_;
  std::uint32_t limit_ = 4096;
  std::uint64_t drops_ = 0;
  std::uint64_t questions_ = 0;
  std::unique_ptr<Table> table_;
  graph::Timer timer_;
};

}  // namespace superfluid::elements
