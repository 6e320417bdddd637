// SPDX-License-Identifier: Apache-2.0
#include "elements/registry.h"
#include "elements/icmp_ip_encap.h"

#include <string_view>

#include "elements/address_info.h"
#include "elements/adjust_timestamp.h"
#include "elements/align.h"
#include "elements/alignment_info.h"
#include "elements/arp_faker.h"
#include "elements/arp_print.h"
#include "elements/arp_querier.h"
#include "elements/arp_responder.h"
#include "elements/arp_table.h"
#include "elements/average_counter.h"
#include "elements/bypass.h"
#include "elements/check_icmp_header.h"
#include "elements/check_ip6_header.h"
#include "elements/check_ip_header.h"
#include "elements/check_length.h"
#include "elements/check_paint.h"
#include "elements/check_tcp_header.h"
#include "elements/check_udp_header.h"
#include "elements/classifier.h"
#include "elements/clipboard.h"
#include "elements/counter.h"
#include "elements/dec_ip6_hlim.h"
#include "elements/dec_ip_ttl.h"
#include "elements/delay_shaper.h"
#include "elements/delay_unqueue.h"
#include "elements/discard.h"
#include "elements/drop_broadcasts.h"
#include "elements/ensure_ether.h"
#include "elements/error.h"
#include "elements/ether_encap.h"
#include "elements/ether_mirror.h"
#include "elements/ether_rewrite.h"
#include "elements/fix_ip_src.h"
#include "elements/get_ip6_address.h"
#include "elements/get_ip_address.h"
#include "elements/gtpu_decap.h"
#include "elements/gtpu_encap.h"
#include "elements/hash_switch.h"
#include "elements/host_ether_filter.h"
#include "elements/hub.h"
#include "elements/icmp6_error.h"
#include "elements/icmp_error.h"
#include "elements/icmp_ping_responder.h"
#include "elements/icmp_ping_rewriter.h"
#include "elements/icmp_ping_source.h"
#include "elements/icmp_rewriter.h"
#include "elements/idle.h"
#include "elements/infinite_source.h"
#include "elements/input_switch.h"
#include "elements/ip6_nd_advertiser.h"
#include "elements/ip6_nd_solicitor.h"
#include "elements/ip6_print.h"
#include "elements/ip_addr_rewriter.h"
#include "elements/ip_classifier.h"
#include "elements/ip_encap.h"
#include "elements/ip_filter.h"
#include "elements/ip_fragmenter.h"
#include "elements/ip_gw_options.h"
#include "elements/ip_mapper.h"
#include "elements/ip_print.h"
#include "elements/ip_reassembler.h"
#include "elements/ip_rewriter.h"
#include "elements/ip_rewriter_patterns.h"
#include "elements/link_unqueue.h"
#include "elements/load_balancer.h"
#include "elements/lookup_ip6_route.h"
#include "elements/mark_ip6_header.h"
#include "elements/mark_ip_header.h"
#include "elements/mark_mac_header.h"
#include "elements/message.h"
#include "elements/meter.h"
#include "elements/mixed_queue.h"
#include "elements/nat_proxy.h"
#include "elements/null.h"
#include "elements/paint.h"
#include "elements/paint_switch.h"
#include "elements/paint_tee.h"
#include "elements/port_info.h"
#include "elements/print.h"
#include "elements/pull_switch.h"
#include "elements/queue.h"
#include "elements/radix_ip_lookup.h"
#include "elements/random_sample.h"
#include "elements/random_seed.h"
#include "elements/random_switch.h"
#include "elements/rated_source.h"
#include "elements/rated_splitter.h"
#include "elements/rated_unqueue.h"
#include "elements/resize.h"
#include "elements/round_robin_switch.h"
#include "elements/sched.h"
#include "elements/schedule_info.h"
#include "elements/script.h"
#include "elements/set_ip_address.h"
#include "elements/set_ip_checksum.h"
#include "elements/set_ip_dscp.h"
#include "elements/set_ip_ecn.h"
#include "elements/set_rand_ip_address.h"
#include "elements/set_tcp_checksum.h"
#include "elements/set_timestamp.h"
#include "elements/set_udp_checksum.h"
#include "elements/shaper.h"
#include "elements/stateful_firewall.h"
#include "elements/static_thread_sched.h"
#include "elements/store_ether_address.h"
#include "elements/store_ip_address.h"
#include "elements/stride_sched.h"
#include "elements/strip.h"
#include "elements/strip_ip_header.h"
#include "elements/strip_to_network_header.h"
#include "elements/suppressor.h"
#include "elements/switch.h"
#include "elements/tcp_reflector.h"
#include "elements/tee.h"
#include "elements/time_filter.h"
#include "elements/time_sorted_sched.h"
#include "elements/timed_sink.h"
#include "elements/timed_source.h"
#include "elements/token_bucket_policer.h"
#include "elements/truncate.h"
#include "elements/udp_ip_encap.h"
#include "elements/unqueue.h"
#include "elements/unstrip.h"
#include "elements/unstrip_ip_header.h"
#include "elements/vlan_decap.h"
#include "elements/vlan_encap.h"

namespace superfluid::elements {
namespace {

constexpr const graph::ElementClass* kClasses[] = {
    &ARPFaker::kClass,
    &ARPPrint::kClass,
    &ARPQuerier::kClass,
    &ARPResponder::kClass,
    &ARPTable::kClass,
    &AdjustTimestamp::kClass,
    &Align::kClass,
    &AddressInfo::kClass,
    &AlignmentInfo::kClass,
    &AverageCounter::kClass,
    &BandwidthMeter::kClass,
    &BandwidthRatedSplitter::kClass,
    &BandwidthRatedUnqueue::kClass,
    &BandwidthShaper::kClass,
    &Bypass::kClass,
    &CheckICMPHeader::kClass,
    &CheckIP6Header::kClass,
    &CheckIPHeader::kClass,
    &CheckIPHeader::kClass2,
    &CheckLength::kClass,
    &CheckPaint::kClass,
    &CheckTCPHeader::kClass,
    &CheckUDPHeader::kClass,
    &Classifier::kClass,
    &Clipboard::kClass,
    &Counter::kClass,
    &DRRSched::kClass,
    &DecIP6HLIM::kClass,
    &DecIPTTL::kClass,
    &DelayShaper::kClass,
    &DelayUnqueue::kClass,
    &Discard::kClass,
    &DriverManager::kClass,
    &DropBroadcasts::kClass,
    &EnsureEther::kClass,
    &Error::kClass,
    &EtherEncap::kClass,
    &EtherMirror::kClass,
    &EtherRewrite::kClass,
    &EtherVLANEncap::kClass,
    &FixIPSrc::kClass,
    &FrontDropQueue::kClass,
    &GTPUDecap::kClass,
    &GTPUEncap::kClass,
    &GetIP6Address::kClass,
    &GetIPAddress::kClass,
    &HashSwitch::kClass,
    &HostEtherFilter::kClass,
    &Hub::kClass,
    &ICMP6Error::kClass,
    &ICMPError::kClass,
    &ICMPIPEncap::kClass,
    &ICMPPingResponder::kClass,
    &ICMPPingSource::kClass,
    &IP6NDAdvertiser::kClass,
    &IP6NDSolicitor::kClass,
    &IP6Print::kClass,
    &IPClassifier::kClass,
    &IPEncap::kClass,
    &IPFilter::kClass,
    &IPFragmenter::kClass,
    &IPGWOptions::kClass,
    &IPPrint::kClass,
    &IPReassembler::kClass,
    &ICMPPingRewriter::kClass,
    &ICMPRewriter::kClass,
    &IPAddrPairRewriter::kClass,
    &IPAddrRewriter::kClass,
    &IPClassifier::kClass,
    &IPEncap::kClass,
    &IPFilter::kClass,
    &IPRewriter::kClass,
    &IPRewriterPatterns::kClass,
    &Idle::kClass,
    &InfiniteSource::kClass,
    &InputSwitch::kClass,
    &LinkUnqueue::kClass,
    &LoadBalancer::kClass,
    &LookupIP6Route::kClass,
    &MarkIP6Header::kClass,
    &MarkIPCE::kClass,
    &MarkIPHeader::kClass,
    &MarkMACHeader::kClass,
    &Message::kClass,
    &Meter::kClass,
    &MixedQueue::kClass,
    &NatProxy::kClass,
    &NotifierQueue::kClass,
    &Null::kClass,
    &Null::kPullClass,
    &Null::kPushClass,
    &Pad::kClass,
    &Paint::kClass,
    &PaintSwitch::kClass,
    &PaintTee::kClass,
    &PortInfo::kClass,
    &Print::kClass,
    &PrioSched::kClass,
    &PullSwitch::kClass,
    &PullTee::kClass,
    &Queue::kClass,
    &RadixIPLookup::kClass,
    &RandomSample::kClass,
    &RandomSeed::kClass,
    &RandomSwitch::kClass,
    &RatedSource::kClass,
    &RatedSplitter::kClass,
    &RatedUnqueue::kClass,
    &RoundRobinIPMapper::kClass,
    &Resize::kClass,
    &RoundRobinSched::kClass,
    &RoundRobinSwitch::kClass,
    &ScheduleInfo::kClass,
    &Script::kClass,
    &SetIP6Address::kClass,
    &SetIPAddress::kClass,
    &SetIPChecksum::kClass,
    &SetIPDSCP::kClass,
    &SetIPECN::kClass,
    &SetRandIPAddress::kClass,
    &SetTCPChecksum::kClass,
    &SetTimestamp::kClass,
    &SetTimestampDelta::kClass,
    &SetUDPChecksum::kClass,
    &SetVLANAnno::kClass,
    &Shaper::kClass,
    &SimplePullSwitch::kClass,
    &StatefulFirewall::kClass,
    &SourceIPHashMapper::kClass,
    &StaticPullSwitch::kClass,
    &StaticSwitch::kClass,
    &StaticThreadSched::kClass,
    &StoreEtherAddress::kClass,
    &StoreIPAddress::kClass,
    &StrideSched::kClass,
    &Strip::kClass,
    &StripEtherVLANHeader::kClass,
    &StripIPHeader::kClass,
    &StripToNetworkHeader::kClass,
    &Suppressor::kClass,
    &Switch::kClass,
    &TCPReflector::kClass,
    &TCPRewriter::kClass,
    &Tee::kClass,
    &TimeFilter::kClass,
    &TimeSortedSched::kClass,
    &TimedSink::kClass,
    &TimedSource::kClass,
    &TokenBucketPolicer::kClass,
    &Truncate::kClass,
    &UDPIPEncap::kClass,
    &UDPRewriter::kClass,
    &Unqueue::kClass,
    &Unstrip::kClass,
    &UnstripIPHeader::kClass,
    &VLANDecap::kClass,
    &VLANEncap::kClass,
};

// One element serves where Click has several that differ only inside.
struct Alias {
  std::string_view name;
  const graph::ElementClass* element_class;
};

constexpr Alias kAliases[] = {
    {"DirectIPLookup", &RadixIPLookup::kClass}, {"FullNoteQueue", &Queue::kClass},
    {"ICMPSendPings", &ICMPPingSource::kClass}, {"LinearIPLookup", &RadixIPLookup::kClass},
    {"QuickNoteQueue", &Queue::kClass},         {"RangeIPLookup", &RadixIPLookup::kClass},
    {"SimpleQueue", &NotifierQueue::kClass},    {"SortedIPLookup", &RadixIPLookup::kClass},
    {"StaticIPLookup", &RadixIPLookup::kClass}, {"ThreadSafeQueue", &Queue::kClass},
};

}  // namespace

void register_elements(graph::Registry& registry) {
  for (const graph::ElementClass* element_class : kClasses) {
    registry.add(*element_class);
  }
  for (const Alias& alias : kAliases) {
    registry.add_alias(alias.name, *alias.element_class);
  }
}

}  // namespace superfluid::elements
