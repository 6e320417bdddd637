// SPDX-License-Identifier: Apache-2.0
// Four copies of each packet.
define($COUNT 10000000);
InfiniteSource(LENGTH 60, LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true) -> t :: Tee(4);
t[0] -> c :: Discard; t[1] -> Discard; t[2] -> Discard; t[3] -> Discard;
DriverManager(pause, print "packets $(c.count)", stop);
