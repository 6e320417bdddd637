// SPDX-License-Identifier: Apache-2.0
// ARPTable: Ethernet addresses of IPv4 addresses, for several ARPQueriers to share.
//
//   ARPTable([CAPACITY n, ENTRY_CAPACITY n, ENTRY_PACKET_CAPACITY n, CAPACITY_SLIM_FACTOR n,
//             TIMEOUT t])
//
// Arguments  CAPACITY               most packets that may wait for an answer; 0 for as many as the
//                                   graph has. Default 2048.
//            ENTRY_CAPACITY         most addresses; 0 for 65536, which is also the most there can
//                                   be. Default 0. Beyond it the one heard of longest ago goes.
//            ENTRY_PACKET_CAPACITY  most packets that may wait for one address; 0 for any number.
//                                   Default 0.
//            CAPACITY_SLIM_FACTOR   when CAPACITY is exceeded, one in so many packets is dropped,
//                                   those of the oldest addresses first. Default 2.
//            TIMEOUT                how long an address is believed; 0 for ever. Default 5 minutes.
// Ports      none
// Handlers   table (r)   an address a line: IP, 1 when it is known, MAC, its age in seconds
//            count (r)   addresses
//            length (r)  packets that wait
//            drops (r)   packets dropped: see below
//            insert (w)  "IP MAC"
//            delete (w)  "IP"
//            clear (w)   forgets all, and drops what waits
// Drops      packets that waited when there were too many of them or their address was forgotten,
//            and those beyond ENTRY_PACKET_CAPACITY
// Example    arpt :: ARPTable;   q0 :: ARPQuerier(10.0.0.1, 02:00:00:00:00:01, TABLE arpt);

#pragma once

#include "elements/arp_cache.h"
#include "graph/arguments.h"
#include "graph/element.h"
#include "graph/handler.h"

namespace superfluid::elements {

// A cache with what an element that has one does about it: arguments, handlers, and the timer that
// runs while there is something to forget.
class ArpStore {
 public:
  explicit ArpStore(graph::Element& owner) : owner_(owner), timer_(owner) {}

  graph::Arguments& read_arguments(graph::Arguments& arguments);
  void check_arguments(graph::Arguments& arguments) const;
  void attach(const graph::Element& owner);
  // table, count, length, insert, delete
  void add_handlers(graph::HandlerTable& handlers);
  // For the owner's run_timer().
  void expire();

  // Call after each change to the cache.
  void watch() {
    if (!timer_.when() && cache.entries() != 0) {
      set_timer();
    }
  }
  base::Instant now() const { return schedule_->now(); }

  ArpCache cache;

 private:
  void set_timer();
  base::Status insert(std::string_view text);
  base::Status remove(std::string_view text);

  const graph::Element& owner_;  // whose names count
  graph::Schedule* schedule_ = nullptr;
  graph::Timer timer_;
};

class ARPTable final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void run_timer(graph::Timer&) override { store_.expire(); }
  void take_state(graph::Element& old) override;

  ArpStore& store() { return store_; }

 private:
  ArpStore store_{*this};
};

}  // namespace superfluid::elements
