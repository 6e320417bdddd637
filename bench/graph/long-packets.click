// SPDX-License-Identifier: Apache-2.0
// The tunnel with packets of 1400 bytes: what sums and copies cost.
define($COUNT 2000000);
InfiniteSource(LENGTH 1400, LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true)
  -> UDPIPEncap(10.0.0.1, 4789, 10.0.0.2, 4789) -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
