// A load balancer: clients talk to one address, and each flow goes to one of several servers and
// stays there. Try it with
//
//   superfluid graph run load_balancer.click
//   superfluid graph run load_balancer.click WEIGHT=0

define($WEIGHT 1);

// In place of two devices: packets, typed. Those from 10.0.0.0/8 come from servers.
source :: FromIPSummaryDump(STOP true, CHECKSUM true,
  DATA "!data src sport dst dport proto payload
198.51.100.1 1024 203.0.113.1 80 T one
198.51.100.2 1024 203.0.113.1 80 T two
198.51.100.3 1024 203.0.113.1 80 T three
198.51.100.4 1024 203.0.113.1 80 T four
198.51.100.1 1024 203.0.113.1 80 T more
198.51.100.1 1024 203.0.113.9 80 T elsewhere
10.0.0.1 80 198.51.100.1 1024 T answer
10.0.0.2 80 198.51.100.1 1024 T answer");

source -> CheckIPHeader -> side :: IPClassifier(src net 10.0.0.0/8, -);

balancer :: LoadBalancer(203.0.113.1, 10.0.0.1, 10.0.0.2 $WEIGHT);

side [0] -> [1] balancer;
side [1] -> [0] balancer;

balancer [0]
  -> CheckIPHeader
  -> CheckTCPHeader
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto payload)
  -> servers :: Discard;

balancer [1]
  -> CheckIPHeader
  -> CheckTCPHeader
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto payload)
  -> clients :: Discard;

// At the end: address, weight, state, flows and packets of each server.
DriverManager(wait_stop, print balancer.servers);
