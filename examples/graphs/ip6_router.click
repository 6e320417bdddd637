// An IPv6 router between two links. It answers neighbours who look for it, finds the neighbours
// that packets are for, counts hops down, and tells senders what went wrong. Try it with
//
//   superfluid graph run ip6_router.click
//   superfluid graph run ip6_router.click HLIM=01

define($HLIM 40,  // in hexadecimal
       $MAC0 02:00:00:00:00:01, $IP0 2001:db8:0::1,
       $MAC1 02:00:00:00:01:01, $IP1 2001:db8:1::1);

// Neighbour discovery here, packets to the router there.
elementclass Link { $ip, $mac |
  input -> c :: Classifier(12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);
  c [0] -> IP6NDAdvertiser($ip $mac) -> [0] output;
  c [1] -> [1] neighbors :: IP6NDSolicitor($ip, $mac);
  c [2] -> Strip(14) -> [1] output;
  c [3] -> Discard;
  input [1] -> neighbors -> [0] output;
}

link0 :: Link($IP0, $MAC0);
link1 :: Link($IP1, $MAC1);

link0 [1] -> check :: CheckIP6Header(::);
link1 [1] -> check;

check
  -> GetIP6Address(24)
  -> routes :: LookupIP6Route($IP0/128 0, $IP1/128 0,
                              2001:db8:0::/64 1, 2001:db8:1::/64 2,
                              2001:db8:2::/48 2001:db8:1::2 2);

// What is for the router itself.
routes [0] -> IP6Print(here) -> Discard;

routes [1] -> hops0 :: DecIP6HLIM -> [1] link0;
routes [2] -> hops1 :: DecIP6HLIM -> [1] link1;
hops0 [1] -> over :: ICMP6Error($IP0, 3, 0) -> routes;
hops1 [1] -> over;

// In place of the first device: a host that has 2001:db8:0::2, sends a packet to 2001:db8:1::2 and
// one to a network behind it, and prints what it gets.
InfiniteSource(DATA \<020000000001 020000000002 86dd
                      60000000 0000 3b $HLIM 20010db8000000000000000000000002
                                             20010db8000100000000000000000002>, LIMIT 1)
  -> link0;
InfiniteSource(DATA \<020000000001 020000000002 86dd
                      60000000 0000 3b $HLIM 20010db8000000000000000000000002
                                             20010db8000200000000000000000009>, LIMIT 1, STOP true)
  -> link0;
link0 [0] -> host0 :: Classifier(12/86dd 54/87, -);
host0 [0] -> IP6NDAdvertiser(2001:db8:0::2 02:00:00:00:00:02) -> link0;
host0 [1] -> MarkIP6Header(14) -> IP6Print(link0) -> Discard;

// In place of the second: a host that has 2001:db8:1::2.
link1 [0] -> host1 :: Classifier(12/86dd 54/87, -);
host1 [0] -> IP6NDAdvertiser(2001:db8:1::2 02:00:00:00:01:02) -> link1;
host1 [1] -> MarkIP6Header(14) -> IP6Print(link1) -> Discard;
