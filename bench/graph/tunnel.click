// SPDX-License-Identifier: Apache-2.0
// Into a UDP tunnel and out of it.
define($COUNT 5000000);
InfiniteSource(DATA \<02000000000102000000000208004500002e000100004011aeba0a000002c000020204d2
                     162e001a18b6000000000000000000000000000000000000>,
               LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true)
  -> UDPIPEncap(10.0.0.1, 4789, 10.0.0.2, 4789)
  -> EtherEncap(0x0800, 02:00:00:00:00:01, 02:00:00:00:00:02)
  -> Strip(14) -> CheckIPHeader -> StripIPHeader -> Strip(8) -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
