// SPDX-License-Identifier: Apache-2.0
// Answers ARP and ping for one address; here, pings.
define($COUNT 5000000);
InfiniteSource(DATA \<02000000000102000000000208004500002e00010000400166cc0a0000020a0000010800
                     f7fc00010002000000000000000000000000000000000000>,
               LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true)
  -> cl :: Classifier(12/0806 20/0001, 12/0800, -);
out :: Queue(1024) -> Unqueue(BURST 32) -> c :: Discard;
cl[0] -> ARPResponder(10.0.0.1 02:00:00:00:00:01) -> out;
cl[1] -> CheckIPHeader(14) -> ic :: IPClassifier(icmp type echo and dst host 10.0.0.1, -);
ic[0] -> ICMPPingResponder -> EtherMirror -> out;
ic[1] -> Discard; cl[2] -> Discard;
DriverManager(pause, print "packets $(c.count)", stop);
