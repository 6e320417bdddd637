// SPDX-License-Identifier: Apache-2.0
// ICMPPingSource: pings a host every so often, and counts what comes back, as ping does.
//
//   ICMPPingSource(SRC, DST [, INTERVAL t, IDENTIFIER n, DATA text, LIMIT n, ACTIVE bool,
//                  VERBOSE bool, STOP bool, MIRROR bool])
//
// Arguments  SRC, DST    addresses of the requests
//            INTERVAL    time between requests, and before the first; whole milliseconds. Default
//                        1 second.
//            IDENTIFIER  of the requests, in the byte order of x86, as the original writes it.
//                        Default 0.
//            DATA        payload of the requests. Default none.
//            LIMIT       how many are sent; negative for no end. Default -1.
//            ACTIVE      whether it sends. Default true.
//            VERBOSE     whether it says a line about each reply, and a summary at the end. Default
//                        true.
//            STOP        whether the graph is to stop when LIMIT is reached. Default false.
//            MIRROR      whether each reply is answered at once by a further request with the
//                        reply's payload; LIMIT does not count then. Not when pulled from. Default
//                        false.
// Ports      0 or 1 input, push: what may be replies, with their IPv4 header noted; 1 output, push
//            or pull: requests. Pulled from, it makes one for each packet asked for.
// Handlers   active, src, dst, limit, interval (rw)
//            count (r)         requests sent so far
//            reset_counts (w)
//            with an input: summary, rtt_min, rtt_avg, rtt_max (r)  times in seconds
// Example    p :: ICMPPingSource(10.0.0.1, 10.0.0.2, LIMIT 3) -> ICMPPingResponder -> [0] p;
//
// Sequence numbers run from 1 to 65535 and begin again; a reply counts when its number was sent
// since then. Another reply to the same request is a duplicate. ICMPSendPings is its old name.

#pragma once

#include <string>
#include <vector>

#include "graph/element.h"
#include "net/address.h"

namespace superfluid::elements {

class ICMPPingSource final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  ~ICMPPingSource() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  std::size_t pull(std::uint32_t port, graph::Packet** into, std::size_t max) override;
  void run_timer(graph::Timer& timer) override;

 private:
  // Of one sequence number.
  struct Sent {
    base::Duration at;  // since 1970; 0 when it was not
    bool answered = false;
  };
  struct Statistics {
    std::uint64_t replies = 0;  // duplicates too
    std::uint64_t duplicates = 0;
    std::uint64_t timed = 0;  // replies with a timestamp
    std::uint64_t least_us = 0;
    std::uint64_t most_us = 0;
    std::uint64_t sum_us = 0;
    std::uint64_t square_sum = 0;
  };

  bool may_send() const { return limit_ < 0 || count_ < limit_; }
  graph::Packet* make_request(base::ByteView payload);
  // True when it is one of ours.
  bool count_reply(const graph::Packet& packet);
  void count_time(base::Duration time);
  void remember_sent();
  void resume(base::Duration after);
  void reset();
  std::string summary() const;

  net::Ipv4Address source_;
  net::Ipv4Address destination_;
  base::Duration interval_ = base::seconds(1);
  std::uint16_t identifier_ = 0;
  std::string data_;
  std::int64_t limit_ = -1;
  bool active_ = true;
  bool verbose_ = true;
  bool stop_ = false;
  bool mirror_ = false;
  std::int64_t count_ = 0;
  std::vector<Sent> sent_;  // by sequence number; empty without an input
  Statistics statistics_;
  graph::Timer timer_{*this};
};

}  // namespace superfluid::elements
