// A firewall in a cable between eth0 (inside) and eth1 (outside). Hosts inside may open
// connections; from outside come answers, and connections to the web server. ARP passes, other
// traffic than IPv4 does not. Pings from inside to the address of port eth0 it answers itself.
//
//   superfluid vm run firewall.click --tap inside --tap outside --address eth0=10.0.0.1/24
//   superfluid vm read firewall.drop_details

define($SERVER 10.0.0.80);

to_inside :: Queue(256) -> ToDevice(eth0);
to_outside :: Queue(256) -> ToDevice(eth1);

firewall :: StatefulFirewall(allow inside,
                             allow outside dst host $SERVER && dst tcp port 80,
                             deny all,
                             LIMIT 1024);
firewall [0] -> to_outside;
firewall [1] -> to_inside;

FromDevice(eth0) -> inside :: Classifier(12/0806, 12/0800, -);
inside [0] -> arp :: ARPResponder(eth0) -> to_inside;
arp [1] -> to_outside;
inside [1]
  -> CheckIPHeader(14)
  -> own :: IPClassifier(dst host eth0 and icmp type echo, -);
own [0] -> ICMPPingResponder -> EtherMirror -> to_inside;
own [1] -> [0] firewall;
inside [2] -> other :: Discard;

FromDevice(eth1) -> outside :: Classifier(12/0806, 12/0800, -);
outside [0] -> to_inside;
outside [1] -> CheckIPHeader(14) -> [1] firewall;
outside [2] -> other;
