// An IPv4 router with two interfaces that keeps to RFC 1812: it checks headers, answers ARP and
// pings, looks routes up, drops what was broadcast, tells hosts of shorter ways, records routes,
// counts hops, cuts packets for the link, and says by ICMP what went wrong. Try it with
//
//   superfluid graph run ip_router.click
//   superfluid graph run ip_router.click MTU=576
//
// What leaves by each interface is printed.

define($MTU 1500);

// Input 0 and output 0: frames from and for the device. Input 1: packets to send. Output 1: packets
// for the router. Output 2: ICMP errors, which are routed as if they came from a device.
elementclass Interface { $ip, $mac, $color |
  input [0]
    -> HostEtherFilter($mac)
    -> frames :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
  frames [0] -> ARPResponder($ip $mac) -> [0] output;
  frames [1] -> [1] arp :: ARPQuerier($ip, $mac) -> [0] output;
  frames [2] -> Paint($color) -> Strip(14) -> [1] output;
  frames [3] -> Discard;

  input [1]
    -> DropBroadcasts
    -> same_way :: PaintTee($color)
    -> options :: IPGWOptions($ip)
    -> FixIPSrc($ip)
    -> hops :: DecIPTTL
    -> fragments :: IPFragmenter($MTU)
    -> [0] arp;
  same_way [1] -> ICMPError($ip, redirect, host) -> [2] output;
  options [1] -> ICMPError($ip, parameterproblem) -> [2] output;
  hops [1] -> ICMPError($ip, timeexceeded) -> [2] output;
  fragments [1] -> ICMPError($ip, unreachable, needfrag, PMTU $MTU) -> [2] output;
}

eth0 :: Interface(10.0.0.1, 02:00:00:00:00:01, 1);
eth1 :: Interface(10.1.0.1, 02:00:00:00:01:01, 2);

route :: StaticIPLookup(
  10.0.0.1/32 0, 10.0.0.0/32 0, 10.0.0.255/32 0,
  10.1.0.1/32 0, 10.1.0.0/32 0, 10.1.0.255/32 0,
  255.255.255.255/32 0, 0.0.0.0/32 0,
  10.0.0.0/24 1,
  10.1.0.0/24 2,
  0.0.0.0/0 10.1.0.254 2);

check :: CheckIPHeader(INTERFACES 10.0.0.1/24 10.1.0.1/24) -> route;
eth0 [1] -> check;
eth1 [1] -> check;
eth0 [2] -> route;
eth1 [2] -> route;
route [1] -> [1] eth0;
route [2] -> [1] eth1;

// What is for the router itself: pings are answered, all else is refused.
route [0]
  -> whole :: IPReassembler
  -> IPClassifier(dst host 10.0.0.1 or dst host 10.1.0.1)
  -> own :: IPClassifier(icmp type echo, tcp, udp, -);
whole [1] -> ICMPError(10.0.0.1, timeexceeded, reassembly) -> route;
own [0] -> ICMPPingResponder -> route;
own [1] -> TCPReflector -> route;
own [2] -> ICMPError(10.0.0.1, unreachable, port) -> route;
own [3] -> Discard;

// In place of devices: networks on which every address answers ARP, and a host that sends.
elementclass Network { $label, $prefix, $mac |
  input -> frames :: Classifier(12/0806, -);
  frames [0] -> ARPPrint($label, TIMESTAMP false) -> ARPResponder($prefix $mac) -> output;
  frames [1] -> IPPrint($label, TIMESTAMP false, TTL true) -> Discard;
}

eth0 -> Network(eth0, 10.0.0.0/24, 02:00:00:00:00:02) -> eth0;
eth1 -> Network(eth1, 10.1.0.0/24, 02:00:00:00:01:02) -> eth1;

FromIPSummaryDump(STOP true, CHECKSUM true, DATA "!data src sport dst dport proto icmp_type ip_ttl ip_frag tcp_flags payload_len
10.0.0.2 1000 10.1.0.2     53 U -    64 . - 4
10.0.0.2 1001 198.51.100.7 53 U -    64 . - 4
10.0.0.2 1002 10.1.0.2     53 U -    1  . - 4
10.0.0.2 1003 10.0.0.9     53 U -    64 . - 4
10.0.0.2 1004 10.1.0.2     53 U -    64 . - 2000
10.0.0.2 1005 10.1.0.2     53 U -    64 ! - 2000
10.0.0.2 -    10.0.0.1     -  I echo 64 . - 8
10.0.0.2 1006 10.0.0.1     80 T -    64 . S 0
10.0.0.2 1007 10.1.0.1     53 U -    64 . - 4
10.1.0.255 1008 10.1.0.2   53 U -    64 . - 4")
  -> EtherEncap(0x0800, 02:00:00:00:00:02, 02:00:00:00:00:01)
  -> eth0;
