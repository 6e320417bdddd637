// A firewall that knows who began: hosts inside may talk to anybody, strangers reach the web server
// alone, and what comes back comes back. Try it with
//
//   superfluid graph run firewall_stateful.click
//   superfluid graph run firewall_stateful.click SERVER=10.0.0.6

define($SERVER 10.0.0.5);

// In place of two devices: packets, typed. Those from 10.0.0.0/8 come from inside.
source :: FromIPSummaryDump(STOP true, CHECKSUM true,
  DATA "!data src sport dst dport proto tcp_flags tcp_seq tcp_ack
10.0.0.1 1024 198.51.100.1 53 U - - -
198.51.100.1 53 10.0.0.1 1024 U - - -
198.51.100.1 53 10.0.0.1 1025 U - - -
10.0.0.1 2048 198.51.100.2 443 T S 99 0
198.51.100.2 443 10.0.0.1 2048 T SA 499 100
198.51.100.2 443 10.0.0.1 2048 T R 7777777 0
198.51.100.3 4096 10.0.0.5 80 T S 1 0
198.51.100.3 4097 10.0.0.5 22 T S 1 0");

source -> CheckIPHeader -> side :: IPClassifier(src net 10.0.0.0/8, -);

firewall :: StatefulFirewall(allow inside,
                             allow outside dst host $SERVER && dst tcp port 80,
                             deny all);

side [0] -> [0] firewall;
side [1] -> [1] firewall;

firewall [0]
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto tcp_flags)
  -> outside :: Discard;

firewall [1]
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto tcp_flags)
  -> inside :: Discard;

// At the end: what was refused, and why.
DriverManager(wait_stop, print firewall.drop_details);
