// A breakout at the edge of a mobile network: of what a subscriber sends through its tunnel, packets
// for the local network leave it here; the rest goes on to the core in the same tunnel and flow.
// What the local network answers goes into the tunnel to the subscriber. Try it with
//
//   superfluid graph run gtp_breakout.click
//   superfluid graph run gtp_breakout.click LOCAL=198.51.100.0/24

define($LOCAL 203.0.113.0/24);

// In place of devices: three packets, typed. The first two come from the subscriber.
source :: FromIPSummaryDump(STOP true, CHECKSUM true, DATA "!data src sport dst dport proto payload
10.45.0.7 1024 203.0.113.1 80 T local
10.45.0.7 1025 198.51.100.1 53 U remote
203.0.113.1 80 10.45.0.7 1024 T answer");

source -> who :: IPClassifier(src net 10.45.0.0/16, -);

// The radio node 192.0.2.10 sends to the core 192.0.2.20 in tunnel 0x1001, flow 9.
who [0]
  -> GTPUEncap(0x1001, QFI 9, PDU_TYPE UL)
  -> UDPIPEncap(192.0.2.10, 2152, 192.0.2.20, 2152)
  -> CheckIPHeader
  -> tunnel :: GTPUDecap(PAINT true)
  -> CheckIPHeader
  -> breakout :: IPClassifier(dst net $LOCAL, -);

breakout [0]
  -> ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto payload)
  -> Discard;

breakout [1]
  -> GTPUEncap(ANNO, QFI PAINT, PDU_TYPE UL)
  -> UDPIPEncap(192.0.2.10, 2152, 192.0.2.20, 2152)
  -> dump :: ToIPSummaryDump(-, HEADER false, FIELDS src sport dst dport proto udp_len)
  -> Discard;

// The subscriber's tunnel in the other direction is 0x2001.
who [1]
  -> GTPUEncap(0x2001, QFI 9)
  -> UDPIPEncap(192.0.2.20, 2152, 192.0.2.10, 2152)
  -> dump;
