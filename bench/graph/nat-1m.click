// SPDX-License-Identifier: Apache-2.0
// Source translation of a million flows: each is opened, and sees four packets.
FromDump(flows-1m.pcap, STOP true, TIMING false) -> Strip(14) -> CheckIPHeader
  -> IPRewriter(pattern 203.0.113.1 1024-65535 - - 0 0) -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
