// SPDX-License-Identifier: Apache-2.0
// Four classes, four queues, deficit round robin below strict priority.
define($COUNT 5000000);
InfiniteSource(DATA \<02000000000102000000000208004500002e000100004011aeba0a000002c000020204d2
                     162e001a18b6000000000000000000000000000000000000>,
               LIMIT $COUNT, BURST 8, TIMESTAMP false, STOP true)
  -> CheckIPHeader(14) -> cl :: IPClassifier(ip dscp 46, tcp, udp, -);
q0 :: Queue; q1 :: Queue; q2 :: Queue; q3 :: Queue;
cl[0] -> q0; cl[1] -> q1; cl[2] -> q2; cl[3] -> q3;
drr :: DRRSched; prio :: PrioSched;
q0 -> [0]prio; q1 -> [0]drr; q2 -> [1]drr; q3 -> [2]drr; drr -> [1]prio;
prio -> Unqueue(BURST 32) -> c :: Discard;
DriverManager(pause, print "packets $(c.count)", stop);
