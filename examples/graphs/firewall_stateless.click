// A firewall without memory: each packet is judged by itself. What comes back through it must have
// a rule of its own. Try it with
//
//   superfluid graph run firewall_stateless.click
//   superfluid graph run firewall_stateless.click SERVER=203.0.113.2

define($SERVER 203.0.113.1);

// In place of a device: five packets, typed.
source :: FromIPSummaryDump(STOP true, CHECKSUM true,
  DATA "!data src sport dst dport proto tcp_flags
198.51.100.7 1024 203.0.113.1 80 T S
198.51.100.7 1024 203.0.113.1 22 T S
198.51.100.7 1025 203.0.113.2 80 T A
203.0.113.1 80 198.51.100.7 1024 T SA
10.0.0.1 1024 203.0.113.1 80 T S");

source
  -> CheckIPHeader
  -> filter :: IPFilter(
       deny src net 10.0.0.0/8 || src net 192.168.0.0/16,  // nobody outside has these addresses
       allow dst host $SERVER && dst tcp port 80,
       allow src host $SERVER && src tcp port 80 && ack,
       deny all)
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto tcp_flags)
  -> passed :: Discard;
