// SPDX-License-Identifier: Apache-2.0
// ARPQuerier: puts IPv4 packets into Ethernet frames, and asks by ARP for addresses that it does
// not know.
//
//   ARPQuerier(IP, ETH [, BROADCAST ip, POLL_TIMEOUT t, BROADCAST_POLL bool, TABLE element,
//              CAPACITY n, ENTRY_CAPACITY n, ENTRY_PACKET_CAPACITY n, CAPACITY_SLIM_FACTOR n,
//              TIMEOUT t])
//
// Arguments  IP              this host's address there, with its prefix if one likes
//            ETH             this host's Ethernet address. Left out, IP is a name that an
//                            AddressInfo gives to both.
//            BROADCAST       packets for this address go to ff:ff:ff:ff:ff:ff. Default: the last
//                            address of IP's prefix; without a prefix 255.255.255.255, which always
//                            is one.
//            POLL_TIMEOUT    an address known for so long is asked for again while it is used;
//                            0 for never. Default 1 minute.
//            BROADCAST_POLL  whether that is asked of all and not of the known one. Default false.
//            TABLE           the ARPTable to use. Default: one of its own, with the arguments that
//                            are left; elements/arp_table.h tells what they mean.
// Ports      inputs: 0 IPv4 packets with their next hop noted as destination, 1 ARP replies with
//            their Ethernet header; outputs: 0 frames, 1 (when there is one) the ARP requests,
//            which else leave by 0; push
// Handlers   ipaddr, broadcast (rw)
//            table, count, length (r), insert, delete (w)   as ARPTable
//            stats (r)          packets dropped in all, and requests sent, as text
//            queries (r)        ARP requests sent so far
//            responses (r)      ARP packets that came in
//            drops (r)          packets dropped for another reason than below
//            waiting_drops (r)  packets dropped while they waited, or since too many did
//            clear (w)          forgets all addresses and counts, and drops what waits
// Drops      packets without a noted destination, all packets while IP is 0.0.0.0, packets too long
//            for one more header; and those that wait in vain
// Example    c :: Classifier(12/0806 20/0002, 12/0800);
//            c[1] -> Strip(14) -> CheckIPHeader -> [0] q :: ARPQuerier(10.0.0.1, 02::01) -> out;
//            c[0] -> [1] q;
//
// Packets for multicast addresses go to the Ethernet group that RFC 1112 says. A packet whose next
// hop is unknown waits for the answer; requests for one address leave at most ten times a second.
// Only replies teach addresses, and none teaches that of a group.

#pragma once

#include "elements/arp_table.h"
#include "graph/element.h"
#include "net/arp.h"
#include "net/ether.h"

namespace superfluid::elements {

class ARPQuerier final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  void run_timer(graph::Timer&) override { own_.expire(); }
  void take_state(graph::Element& old) override;

 private:
  struct Outgoing;

  void read_addresses(graph::Arguments& arguments, const std::vector<std::string>& rest);
  void resolve(graph::Packet* packet, Outgoing& outgoing);
  void wait(graph::Packet* packet, const net::Ipv4Address& next_hop, Outgoing& outgoing);
  void send_query(const graph::Packet& cause, const net::MacAddress& to, Outgoing& outgoing);
  void learn(const graph::Packet& reply);
  void send(graph::Packet* packet, const net::MacAddress& to, Outgoing& outgoing) const;
  void flush(Outgoing& outgoing) const;

  net::Ipv4Address ip_;
  net::MacAddress mac_;
  net::Ipv4Address broadcast_;
  base::Duration poll_after_ = base::seconds(60);
  bool broadcast_poll_ = false;
  bool warned_ = false;
  ArpStore own_{*this};
  ArpStore* store_ = &own_;
  std::uint64_t queries_ = 0;
  std::uint64_t responses_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
