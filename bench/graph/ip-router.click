// SPDX-License-Identifier: Apache-2.0
// A whole router with two interfaces; the neighbour is known, traffic goes from 0 to 1.
define($COUNT 3000000);
rt :: StaticIPLookup(10.0.0.1/32 0, 10.1.0.1/32 0, 10.0.0.0/24 1, 10.1.0.0/24 2,
                     0.0.0.0/0 10.1.0.254 2);
rt[0] -> Discard;
ip :: Strip(14) -> CheckIPHeader(INTERFACES 10.0.0.1/24 10.1.0.1/24) -> [0]rt;
q0 :: Queue(1024) -> Unqueue(BURST 32) -> Discard;
q1 :: Queue(1024) -> Unqueue(BURST 32) -> c :: Discard;

arpq0 :: ARPQuerier(10.0.0.1, 02:00:00:00:00:01) -> q0;
c0 :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
c0[0] -> ARPResponder(10.0.0.1 02:00:00:00:00:01) -> q0;
c0[1] -> [1]arpq0;
c0[2] -> Paint(1) -> ip;
c0[3] -> Discard;
rt[1] -> DropBroadcasts -> cp0 :: PaintTee(1) -> gio0 :: IPGWOptions(10.0.0.1)
  -> FixIPSrc(10.0.0.1) -> dt0 :: DecIPTTL -> fr0 :: IPFragmenter(1500) -> [0]arpq0;
cp0[1] -> ICMPError(10.0.0.1, redirect, host) -> [0]rt;
gio0[1] -> ICMPError(10.0.0.1, parameterproblem) -> [0]rt;
dt0[1] -> ICMPError(10.0.0.1, timeexceeded) -> [0]rt;
fr0[1] -> ICMPError(10.0.0.1, unreachable, needfrag) -> [0]rt;

arpq1 :: ARPQuerier(10.1.0.1, 02:00:00:00:01:01) -> q1;
c1 :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
c1[0] -> ARPResponder(10.1.0.1 02:00:00:00:01:01) -> q1;
c1[1] -> [1]arpq1;
c1[2] -> Paint(2) -> ip;
c1[3] -> Discard;
rt[2] -> DropBroadcasts -> cp1 :: PaintTee(2) -> gio1 :: IPGWOptions(10.1.0.1)
  -> FixIPSrc(10.1.0.1) -> dt1 :: DecIPTTL -> fr1 :: IPFragmenter(1500) -> [0]arpq1;
cp1[1] -> ICMPError(10.1.0.1, redirect, host) -> [0]rt;
gio1[1] -> ICMPError(10.1.0.1, parameterproblem) -> [0]rt;
dt1[1] -> ICMPError(10.1.0.1, timeexceeded) -> [0]rt;
fr1[1] -> ICMPError(10.1.0.1, unreachable, needfrag) -> [0]rt;

src :: InfiniteSource(DATA \<02000000000102000000000208004500002e00010000401166ba0a0000020a01
                            000204d2162e001ad0b5000000000000000000000000000000000000>,
                      LIMIT $COUNT, BURST 16, TIMESTAMP false, STOP true, ACTIVE false) -> c0;
Idle -> c1;
Script(write arpq1.insert 10.1.0.2 02:00:00:00:aa:02, write src.active true);
DriverManager(pause, print "packets $(c.count)", stop);
