// A traffic mirror: packets go their way, and of each a copy cut to its first bytes goes to whoever
// looks on. Try it with
//
//   superfluid graph run mirror.click
//   superfluid graph run mirror.click KEEP=20

define($KEEP 40);

// In place of a device: two packets, typed.
source :: FromIPSummaryDump(STOP true, CHECKSUM true, DATA "!data src sport dst dport proto payload
198.51.100.7 1024 203.0.113.1 80 T hello
198.51.100.8 1025 203.0.113.1 53 U query");

source -> mirror :: Tee;

mirror [0]
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto payload)
  -> passed :: Discard;

mirror [1]
  -> Truncate($KEEP)
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto ip_len ip_capture_len)
  -> copies :: Discard;
