// SPDX-License-Identifier: Apache-2.0
// The same as users write it: with a Counter, and packets that are stamped.
define($COUNT 20000000);
InfiniteSource(LENGTH 60, LIMIT $COUNT, BURST 32, STOP true) -> c :: Counter -> Discard;
DriverManager(pause, print "packets $(c.count)", stop);
