// Source NAT: the hosts of 10.0.0.0/8 share one public address, and what answers them finds its way
// back, errors and pings included. Nobody outside can begin a flow. Try it with
//
//   superfluid graph run nat.click
//   superfluid graph run nat.click PUBLIC=203.0.113.99

define($PUBLIC 192.0.2.1);

// In place of two devices: what comes from inside, and then from outside.
inside :: FromIPSummaryDump(STOP true, CHECKSUM true, ZERO true,
  DATA "!data src sport dst dport proto icmp_type_name icmp_flowid
10.0.0.1 4000 203.0.113.9 80 T . .
10.0.0.2 4001 203.0.113.9 80 T . .
10.0.0.1 5000 203.0.113.53 53 U . .
10.0.0.3 . 203.0.113.9 . I echo 7");
outside :: FromIPSummaryDump(STOP true, ACTIVE false, CHECKSUM true, ZERO true,
  DATA "!data src sport dst dport proto icmp_type_name icmp_flowid
203.0.113.9 80 $PUBLIC 4000 T . .
203.0.113.53 53 $PUBLIC 5000 U . .
203.0.113.9 . $PUBLIC . I echo-reply 7
203.0.113.66 80 $PUBLIC 4000 T . .");

// A flow keeps its port where that is free. A full table drops the flow that is over first.
ports :: IPRewriter(pattern $PUBLIC 1024-65535 - - 0 1, drop, MAPPING_CAPACITY 100000);
pings :: ICMPPingRewriter(pattern $PUBLIC - 0-65535 0 1, drop);
errors :: ICMPRewriter(ports pings);

inside -> CheckIPHeader -> out_kind :: IPClassifier(tcp or udp, icmp type echo);
out_kind [0] -> ports;
out_kind [1] -> pings;

outside -> CheckIPHeader -> in_kind :: IPClassifier(tcp or udp, icmp type echo-reply, icmp);
in_kind [0] -> [1] ports;
in_kind [1] -> [1] pings;
in_kind [2] -> errors;

to_outside :: ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto icmp_flowid);
to_inside :: ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto icmp_flowid);

ports [0] -> to_outside;
pings [0] -> to_outside;
ports [1] -> to_inside;
pings [1] -> to_inside;
errors -> to_inside;

DriverManager(wait_stop, write outside.active true, wait_stop,
              print "flows $(ports.table_size), refused $(ports.drops)");
