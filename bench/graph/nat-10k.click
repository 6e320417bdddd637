// SPDX-License-Identifier: Apache-2.0
// Source translation of 10,000 flows, half TCP, half UDP.
FromDump(flows-10k.pcap, STOP true, TIMING false) -> Strip(14) -> CheckIPHeader
  -> IPRewriter(pattern 203.0.113.1 1024-65535 - - 0 0) -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
