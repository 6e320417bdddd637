// A host that does nothing but answer ARP and pings for one address. Try it with
//
//   superfluid graph run ping_responder.click
//   superfluid graph run ping_responder.click COUNT=1
//
// What passes on the cable is printed.

define($COUNT 2);

elementclass PingResponder { $ip, $mac |
  input
    -> HostEtherFilter($mac)
    -> frames :: Classifier(12/0806 20/0001, 12/0800, -);
  frames [0] -> ARPResponder($ip $mac) -> output;
  frames [1]
    -> CheckIPHeader(14)
    -> pings :: IPClassifier(dst host $ip and icmp type echo, -);
  pings [0] -> ICMPPingResponder -> EtherMirror -> output;
  pings [1] -> Discard;
  frames [2] -> Discard;
}

elementclass Cable { $label |
  input -> frames :: Classifier(12/0806, -) -> ARPPrint($label, TIMESTAMP false) -> output;
  frames [1] -> MarkIPHeader(14) -> IPPrint($label, TIMESTAMP false) -> output;
}

// In place of a device: another host, which pings.
ping :: ICMPPingSource(10.0.0.2, 10.0.0.1, INTERVAL 10ms, LIMIT $COUNT, VERBOSE false, STOP true)
  -> arp :: ARPQuerier(10.0.0.2, 02:00:00:00:00:02)
  -> Cable(asks)
  -> PingResponder(10.0.0.1, 02:00:00:00:00:01)
  -> Cable(answers)
  -> frames :: Classifier(12/0806, 12/0800);
frames [0] -> [1] arp;
frames [1] -> CheckIPHeader(14) -> ping;
