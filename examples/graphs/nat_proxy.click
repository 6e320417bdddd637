// A proxy between two hosts: whatever one of them sends here goes on to the other. Hosts that it
// does not know are not served. Try it with
//
//   superfluid graph run nat_proxy.click
//   superfluid graph run nat_proxy.click B=198.51.100.9

define($A 192.0.2.1, $B 198.51.100.1);

// In place of a device: three packets to the proxy 203.0.113.1, typed.
source :: FromIPSummaryDump(STOP true, CHECKSUM true, DATA "!data src sport dst dport proto payload
192.0.2.1 1024 203.0.113.1 80 T request
198.51.100.1 80 203.0.113.1 1024 T reply
198.51.100.7 53 203.0.113.1 53 U stranger");

source
  -> CheckIPHeader
  -> proxy :: NatProxy($A, $B)
  -> CheckTCPHeader
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto payload)
  -> Discard;

proxy [1] -> others :: Discard;
