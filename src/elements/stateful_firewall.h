// SPDX-License-Identifier: Apache-2.0
// StatefulFirewall: lets conversations pass whose first packet the rules allow, and nothing else.
//
//   StatefulFirewall(RULE, ... [, LIMIT n, TCP_TIMEOUT t, ...])
//
// Arguments  any number of rules `ACTION [SIDE] PATTERN`, of which the first that matches counts:
//              ACTION   `allow`, or `deny` (also `drop`)
//              SIDE     `inside` or `outside`: where the packet comes from. Default both.
//              PATTERN  as IPClassifier's (elements/ip_classifier.h); none matches all.
//            Packets that match no rule are denied. Without any rule all may begin from inside,
//            nothing from outside.
//            LIMIT                  most connections. Default 65536.
//            TCP_TIMEOUT            how long an established one may be silent. Default 7440s.
//            TCP_NODATA_TIMEOUT     the same before it is established. Default 60s.
//            TCP_DONE_TIMEOUT       the same once one side closed. Default 240s.
//            UDP_TIMEOUT            of UDP that was not answered. Default 30s.
//            UDP_STREAMING_TIMEOUT  of UDP that was. Default 120s.
//            ICMP_TIMEOUT           of echoes. Default 60s.
//            OTHER_TIMEOUT          of other protocols. Default 600s.
// Ports      2 push inputs, 2 or 3 push outputs: IPv4 packets, their header noted (CheckIPHeader)
//            input 0   from inside: on to output 0
//            input 1   from outside: on to output 1
//            output 2  refused packets, where it is connected
// Handlers   count (r)         connections
//            connections (r)   a line each: protocol, who began it, with whom, state, seconds left;
//                              at most 10000
//            passed, drops (r) packets let through and refused
//            drop_details (r)  refused packets by reason, a line each
//            evicted, expired (r)  connections that had to go for new ones, and that fell silent
//            clear (w)         forgets all connections
// Drops      denied (by the rules), malformed, fragment, bad flags, no connection, out of state,
//            out of window, wrong side (an inside address from outside, or the reverse), unrelated
//            (an ICMP error about nothing known, or a redirect), table full
// Example    fw :: StatefulFirewall(allow inside, allow outside dst tcp port 443, deny all);
//            in -> [0] fw [0] -> out;   out2 -> [1] fw [1] -> in2;
//
// What belongs to a conversation, net/conntrack.h says: both directions of TCP within their
// windows, answers, echo replies, and ICMP errors about any of them. IPReassembler belongs in front
// of it where fragments are to pass. When the table is full, the connection that would expire first
// goes. A live reconfiguration keeps the connections; the new rules decide about new ones only.

#pragma once

#include <array>
#include <memory>

#include "elements/rule_matcher.h"
#include "graph/arguments.h"
#include "graph/element.h"
#include "net/conntrack.h"

namespace superfluid::elements {

class StatefulFirewall final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  StatefulFirewall() : timer_(*this) {}

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  void run_timer(graph::Timer& timer) override;
  void take_state(graph::Element& old) override;

 private:
  static constexpr std::size_t kSides = 2;

  // The rules for packets from one side.
  struct Policy {
    std::vector<Expression> rules;
    std::vector<bool> allows;  // by rule
    RuleMatcher matcher;

    bool allow(const graph::Packet& packet) const;
  };

  void read_rule(const std::string& text, std::size_t index, graph::Arguments& arguments);
  std::string connections();
  std::uint64_t drops() const;

  std::array<Policy, kSides> policies_;
  std::uint32_t limit_ = 65'536;
  net::ConntrackTimeouts timeouts_;
  std::unique_ptr<net::Conntrack> conntrack_;
  std::array<std::uint64_t, net::kTrackedCount> verdicts_{};
  graph::Timer timer_;
};

}  // namespace superfluid::elements
