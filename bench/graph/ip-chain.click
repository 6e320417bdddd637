// SPDX-License-Identifier: Apache-2.0
// Check, classify by 20 rules of which the last but one matches, count down, encapsulate, queue.
define($COUNT 5000000);
InfiniteSource(DATA \<02000000000102000000000208004500002e000100004011aeba0a000002c000020204d2
                     162e001a18b6000000000000000000000000000000000000>,
               LIMIT $COUNT, BURST 32, TIMESTAMP false, STOP true)
  -> Strip(14) -> CheckIPHeader
  -> cl :: IPClassifier(
       dst net 172.17.0.0/16 and tcp dst port 25,
       dst net 172.18.0.0/16 and tcp dst port 80,
       src host 10.1.3.1 and dst port 1003,
       src host 10.1.4.1 and dst port 1004,
       dst net 172.21.0.0/16 and tcp dst port 443,
       dst net 172.22.0.0/16 and tcp dst port 443,
       src host 10.1.7.1 and dst port 1007,
       dst net 172.24.0.0/16 and tcp dst port 3306,
       src host 10.1.9.1 and dst port 1009,
       src net 198.51.100.0/24 and udp,
       dst net 172.27.0.0/16 and tcp dst port 3306,
       dst net 172.28.0.0/16 and tcp dst port 80,
       dst net 172.29.0.0/16 and tcp dst port 22,
       dst net 172.30.0.0/16 and tcp dst port 8080,
       src net 203.0.113.0/24 and udp,
       dst net 172.16.0.0/16 and tcp dst port 443,
       src host 10.1.17.1 and dst port 1017,
       icmp type echo,
       udp dst port 5678,
       -);
cl[18] -> DecIPTTL -> EtherEncap(0x0800, 02:00:00:00:00:01, 02:00:00:00:00:02)
  -> Queue(1024) -> Unqueue(BURST 32) -> c :: Discard;
cl[0], cl[1], cl[2], cl[3], cl[4], cl[5], cl[6], cl[7], cl[8], cl[9], cl[10], cl[11], cl[12],
  cl[13], cl[14], cl[15], cl[16], cl[17], cl[19] -> Discard;
DriverManager(pause, print "packets $(c.count)", stop);
