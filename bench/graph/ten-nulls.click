// SPDX-License-Identifier: Apache-2.0
// The price of a hop, tenfold.
define($COUNT 10000000);
InfiniteSource(LENGTH 60, LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true)
  -> Null -> Null -> Null -> Null -> Null -> Null -> Null -> Null -> Null -> Null
  -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
