// SPDX-License-Identifier: Apache-2.0
// What the input of the two costs.
FromDump(flows-10k.pcap, STOP true, TIMING false) -> Strip(14) -> CheckIPHeader -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
