// SPDX-License-Identifier: Apache-2.0
// The engine alone: a source and a sink.
define($COUNT 20000000);
InfiniteSource(LENGTH 60, LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true) -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
