// A traffic mirror: packets go their way, and a copy of each goes to a listener, inside UDP so that
// it can travel. Try it with
//
//   superfluid graph run mirror.click
//   superfluid graph run mirror.click LISTENER=192.0.2.77

define($LISTENER 192.0.2.99);

// In place of a device: two packets, typed.
source :: FromIPSummaryDump(STOP true, CHECKSUM true, DATA "
!data src sport dst dport proto payload
198.51.100.7 1024 203.0.113.1 80 T hello
198.51.100.8 1025 203.0.113.1 53 U query");

source -> CheckIPHeader -> mirror :: Tee;

mirror [0]
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto ip_len)
  -> passed :: Discard;

mirror [1]
  -> UDPIPEncap(192.0.2.1, 4000, $LISTENER, 4789)
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto ip_len)
  -> copies :: Discard;
