// SPDX-License-Identifier: Apache-2.0
#include "elements/registry.h"

#include "elements/average_counter.h"
#include "elements/check_icmp_header.h"
#include "elements/check_ip_header.h"
#include "elements/check_length.h"
#include "elements/check_paint.h"
#include "elements/check_tcp_header.h"
#include "elements/check_udp_header.h"
#include "elements/classifier.h"
#include "elements/counter.h"
#include "elements/dec_ip_ttl.h"
#include "elements/delay_unqueue.h"
#include "elements/discard.h"
#include "elements/drop_broadcasts.h"
#include "elements/error.h"
#include "elements/ether_encap.h"
#include "elements/ether_mirror.h"
#include "elements/ether_rewrite.h"
#include "elements/fix_ip_src.h"
#include "elements/get_ip_address.h"
#include "elements/hash_switch.h"
#include "elements/host_ether_filter.h"
#include "elements/icmp_ping_responder.h"
#include "elements/idle.h"
#include "elements/infinite_source.h"
#include "elements/ip_classifier.h"
#include "elements/ip_encap.h"
#include "elements/ip_filter.h"
#include "elements/mark_ip_header.h"
#include "elements/message.h"
#include "elements/meter.h"
#include "elements/null.h"
#include "elements/paint.h"
#include "elements/paint_switch.h"
#include "elements/paint_tee.h"
#include "elements/print.h"
#include "elements/queue.h"
#include "elements/radix_ip_lookup.h"
#include "elements/random_switch.h"
#include "elements/rated_source.h"
#include "elements/rated_unqueue.h"
#include "elements/round_robin_switch.h"
#include "elements/sched.h"
#include "elements/set_ip_address.h"
#include "elements/set_ip_checksum.h"
#include "elements/set_ip_dscp.h"
#include "elements/set_tcp_checksum.h"
#include "elements/set_timestamp.h"
#include "elements/set_udp_checksum.h"
#include "elements/shaper.h"
#include "elements/stride_sched.h"
#include "elements/strip.h"
#include "elements/strip_ip_header.h"
#include "elements/suppressor.h"
#include "elements/switch.h"
#include "elements/tee.h"
#include "elements/timed_source.h"
#include "elements/truncate.h"
#include "elements/udp_ip_encap.h"
#include "elements/unqueue.h"
#include "elements/unstrip.h"
#include "elements/vlan_decap.h"
#include "elements/vlan_encap.h"

namespace superfluid::elements {

void register_elements(graph::Registry& registry) {
  registry.add(AverageCounter::kClass);
  registry.add(BandwidthMeter::kClass);
  registry.add(BandwidthRatedUnqueue::kClass);
  registry.add(BandwidthShaper::kClass);
  registry.add(CheckICMPHeader::kClass);
  registry.add(CheckIPHeader::kClass);
  registry.add(CheckIPHeader::kClass2);
  registry.add(CheckLength::kClass);
  registry.add(CheckPaint::kClass);
  registry.add(CheckTCPHeader::kClass);
  registry.add(CheckUDPHeader::kClass);
  registry.add(Classifier::kClass);
  registry.add(Counter::kClass);
  registry.add(DRRSched::kClass);
  registry.add(DecIPTTL::kClass);
  registry.add(DelayUnqueue::kClass);
  registry.add(Discard::kClass);
  registry.add(DropBroadcasts::kClass);
  registry.add(Error::kClass);
  registry.add(EtherEncap::kClass);
  registry.add(EtherMirror::kClass);
  registry.add(EtherRewrite::kClass);
  registry.add(EtherVLANEncap::kClass);
  registry.add(FixIPSrc::kClass);
  registry.add(GetIPAddress::kClass);
  registry.add(HashSwitch::kClass);
  registry.add(HostEtherFilter::kClass);
  registry.add(ICMPPingResponder::kClass);
  registry.add(IPClassifier::kClass);
  registry.add(IPEncap::kClass);
  registry.add(IPFilter::kClass);
  registry.add(Idle::kClass);
  registry.add(InfiniteSource::kClass);
  registry.add(MarkIPHeader::kClass);
  registry.add(Message::kClass);
  registry.add(Meter::kClass);
  registry.add(Null::kClass);
  registry.add(Paint::kClass);
  registry.add(PaintSwitch::kClass);
  registry.add(PaintTee::kClass);
  registry.add(Print::kClass);
  registry.add(PrioSched::kClass);
  registry.add(PullTee::kClass);
  registry.add(Queue::kClass);
  registry.add(RadixIPLookup::kClass);
  registry.add(RandomSwitch::kClass);
  registry.add(RatedSource::kClass);
  registry.add(RatedUnqueue::kClass);
  registry.add(RoundRobinSched::kClass);
  registry.add(RoundRobinSwitch::kClass);
  registry.add(SetIPAddress::kClass);
  registry.add(SetIPChecksum::kClass);
  registry.add(SetIPDSCP::kClass);
  registry.add(SetTCPChecksum::kClass);
  registry.add(SetTimestamp::kClass);
  registry.add(SetUDPChecksum::kClass);
  registry.add(SetVLANAnno::kClass);
  registry.add(Shaper::kClass);
  registry.add(StaticSwitch::kClass);
  registry.add(StrideSched::kClass);
  registry.add(Strip::kClass);
  registry.add(StripEtherVLANHeader::kClass);
  registry.add(StripIPHeader::kClass);
  registry.add(Suppressor::kClass);
  registry.add(Switch::kClass);
  registry.add(Tee::kClass);
  registry.add(TimedSource::kClass);
  registry.add(Truncate::kClass);
  registry.add(UDPIPEncap::kClass);
  registry.add(Unqueue::kClass);
  registry.add(Unstrip::kClass);
  registry.add(VLANDecap::kClass);
  registry.add(VLANEncap::kClass);

  registry.add_alias(name, RadixIPLookup::kClass);
  registry.add_alias("SimpleQueue", Queue::kClass);
  registry.add_alias("NotifierQueue", Queue::kClass);
  registry.add_alias("ThreadSafeQueue", Queue::kClass);
}

}  // namespace superfluid::elements
