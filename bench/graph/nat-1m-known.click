// Source translation of a million flows that are all known: what it took to open them is subtracted.
define($COUNT 4000000, $BEFORE 1000000);
FromDump(flows-1m.pcap, STOP true, TIMING false) -> Strip(14) -> CheckIPHeader
  -> IPRewriter(pattern 203.0.113.1 1024-65535 - - 0 0)
  -> c :: Counter(COUNT_CALL $COUNT stop) -> Discard;
DriverManager(pause, print "packets $(c.count)", stop);
