// SPDX-License-Identifier: Apache-2.0
// Push to pull to push.
define($COUNT 10000000);
InfiniteSource(LENGTH 60, LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true) -> Queue(1024)
  -> Unqueue(BURST 32) -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
