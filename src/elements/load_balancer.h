// SPDX-License-Identifier: Apache-2.0
// LoadBalancer: spreads the flows to one address over several servers.
//
//   LoadBalancer(VIP, SERVER [WEIGHT], ... [, LIMIT n, TIMEOUT t, SEED n])
//
// Arguments  VIP      the address that clients know.
//            SERVER   a server's address, and its WEIGHT: how many flows it gets compared to the
//                     others, 0 to 1000. Default 1. At most 1024 servers.
//            LIMIT    most flows to remember. Default 65536.
//            TIMEOUT  how long a flow may be silent before it is forgotten. Default 300s.
//            SEED     of the hash: balancers with the same seed and servers choose alike. Default
//                     1.
// Ports      2 push inputs, 2 push outputs: IPv4 packets, their header noted (CheckIPHeader)
//            input 0  from clients; to output 0, with the server in place of VIP as destination
//            input 1  from servers; to output 1, with VIP in place of the server as source. Packets
//                     that answer no flow pass as they are.
// Handlers   servers (r)     a line each: address, weight, serving or draining, flows, packets
//            add (w)         `SERVER [WEIGHT]`
//            remove (w)      `SERVER`: its flows go to others with their next packets
//            drain (w)       `SERVER`: it keeps its flows and gets no new ones
//            serve (w)       `SERVER`: ends draining
//            weight (w)      `SERVER WEIGHT`
//            count (r)       flows
//            clear (w)       forgets all flows
//            drops (r), drop_details (r)  packets dropped, and by reason, a line each
//            evicted (r)     flows forgotten early to make room
// Drops      not to the address (input 0), malformed, no server, no memory
// Example    lb :: LoadBalancer(203.0.113.1, 10.0.0.1, 10.0.0.2 3);
//            clients -> [0] lb [0] -> inside;   inside2 -> [1] lb [1] -> clients2;
//
// A new flow's server is that of its hash in a Maglev table (net/maglev.h); from then on the flow
// is remembered and stays there, whatever comes or goes. A flow that was forgotten finds the same
// server again unless the servers changed. ICMP errors follow the flow that they quote, so that
// path MTU discovery works on both sides. Fragments have no ports, so the fragments from a client
// stay together but may part from its other packets: IPReassembler belongs in front where that
// matters.

#pragma once

#include <array>
#include <memory>
#include <vector>

#include "graph/arguments.h"
#include "graph/element.h"
#include "net/flow_table.h"
#include "net/maglev.h"

namespace superfluid::elements {

class LoadBalancer final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  LoadBalancer() : timer_(*this) {}

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  void run_timer(graph::Timer& timer) override;
  void take_state(graph::Element& old) override;

 private:
  enum class State : std::uint8_t { kServing, kDraining, kGone };
  enum Reason : std::uint8_t { kNotOurs, kMalformed, kNoServer, kNoMemory, kReasons };

  // A server that is gone keeps its place until its last flow is forgotten.
  struct Server {
    net::Ipv4Address address;
    std::uint32_t weight = 1;
    State state = State::kServing;
    std::uint32_t flows = 0;
    std::uint64_t packets = 0;
  };
  // Counts itself among its server's flows.
  class Assignment {
   public:
    Assignment() = default;
    Assignment(const Assignment&) = delete;
    Assignment& operator=(const Assignment&) = delete;
    ~Assignment() { set(nullptr); }

    Server* server() const { return server_; }
    void set(Server* server) {
      if (server_ != nullptr) {
        --server_->flows;
      }
      server_ = server;
      if (server_ != nullptr) {
        ++server_->flows;
      }
    }

   private:
    Server* server_ = nullptr;
  };
  using Table = net::FlowTable<Assignment>;

  // A packet as its flow's client names it.
  struct Seen {
    net::FlowKey key;         // from the client to VIP
    net::Ipv4Address server;  // who answers, of packets from servers
    bool quotes = false;      // an ICMP error: the rest is of the packet that it quotes
  };

  base::Status read_server(std::string_view text, Server& server) const;
  base::Result<Server*> named(std::string_view text);
  base::Status add(const Server& server);
  base::Status change_state(std::string_view text, State state);
  void rebuild();

  bool look_at(const graph::Packet& packet, std::uint32_t port, Seen& seen);
  Server* server_for(const net::FlowKey& key, Table::Flow* flow, bool quotes, base::Instant now);
  graph::Packet* to_server(graph::Packet* packet, const Seen& seen, Table::Flow* flow,
                           base::Instant now);
  graph::Packet* to_client(graph::Packet* packet, const Seen& seen, Table::Flow* flow,
                           base::Instant now);
  graph::Packet* refuse(graph::Packet* packet, Reason reason) {
    ++drops_[reason];
    if (packet != nullptr) {
      release(packet);
    }
    return nullptr;
  }
  std::string servers() const;

  net::Ipv4Address vip_;
  std::uint32_t limit_ = 65'536;
  base::Duration timeout_ = base::seconds(300);
  std::vector<Server> servers_;  // never grows beyond what was reserved: flows point into it
  net::MaglevTable maglev_;
  std::unique_ptr<net::FlowHasher> hasher_;
  std::unique_ptr<Table> table_;
  std::array<std::uint64_t, kReasons> drops_{};
  graph::Timer timer_;
};

}  // namespace superfluid::elements
