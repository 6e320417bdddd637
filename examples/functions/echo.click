// Answers ARP and pings for the address of its port: the smallest function that one can talk to.
//
//   superfluid vm run echo.click --tap tap0 --address 10.0.0.2/24

from :: FromDevice(eth0);
to :: Queue(256) -> ToDevice(eth0);

from -> frames :: Classifier(12/0806 20/0001, 12/0800, -);
frames [0] -> ARPResponder(eth0) -> to;
frames [1]
  -> CheckIPHeader(14)
  -> pings :: IPClassifier(dst host eth0 and icmp type echo, -);
pings [0] -> ICMPPingResponder -> EtherMirror -> to;
pings [1] -> others :: Discard;
frames [2] -> others;
