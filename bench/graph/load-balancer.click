// SPDX-License-Identifier: Apache-2.0
// Eight servers in turn, 10,000 flows.
rr :: RoundRobinIPMapper(- - 10.9.0.1 - 0 0, - - 10.9.0.2 - 0 0, - - 10.9.0.3 - 0 0,
  - - 10.9.0.4 - 0 0, - - 10.9.0.5 - 0 0, - - 10.9.0.6 - 0 0, - - 10.9.0.7 - 0 0,
  - - 10.9.0.8 - 0 0);
FromDump(flows-10k.pcap, STOP true, TIMING false) -> Strip(14) -> CheckIPHeader
  -> IPRewriter(rr) -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
