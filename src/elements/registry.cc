// SPDX-License-Identifier: Apache-2.0
#include "elements/registry.h"

#include "elements/check_icmp_header.h"
#include "elements/check_ip_header.h"
#include "elements/check_tcp_header.h"
#include "elements/check_udp_header.h"
#include "elements/classifier.h"
#include "elements/dec_ip_ttl.h"
#include "elements/discard.h"
#include "elements/fix_ip_src.h"
#include "elements/get_ip_address.h"
#include "elements/icmp_ping_responder.h"
#include "elements/idle.h"
#include "elements/infinite_source.h"
#include "elements/ip_classifier.h"
#include "elements/ip_encap.h"
#include "elements/ip_filter.h"
#include "elements/mark_ip_header.h"
#include "elements/null.h"
#include "elements/queue.h"
#include "elements/radix_ip_lookup.h"
#include "elements/set_ip_address.h"
#include "elements/set_ip_checksum.h"
#include "elements/set_ip_dscp.h"
#include "elements/set_tcp_checksum.h"
#include "elements/set_udp_checksum.h"
#include "elements/strip_ip_header.h"
#include "elements/udp_ip_encap.h"
#include "elements/unqueue.h"

namespace superfluid::elements {

void register_elements(graph::Registry& registry) {
  registry.add(CheckICMPHeader::kClass);
  registry.add(CheckIPHeader::kClass);
  registry.add(CheckIPHeader::kClass2);
  registry.add(CheckTCPHeader::kClass);
  registry.add(CheckUDPHeader::kClass);
  registry.add(Classifier::kClass);
  registry.add(DecIPTTL::kClass);
  registry.add(Discard::kClass);
  registry.add(FixIPSrc::kClass);
  registry.add(GetIPAddress::kClass);
  registry.add(ICMPPingResponder::kClass);
  registry.add(IPClassifier::kClass);
  registry.add(IPEncap::kClass);
  registry.add(IPFilter::kClass);
  registry.add(Idle::kClass);
  registry.add(InfiniteSource::kClass);
  registry.add(MarkIPHeader::kClass);
  registry.add(Null::kClass);
  registry.add(Queue::kClass);
  registry.add(RadixIPLookup::kClass);
  registry.add(SetIPAddress::kClass);
  registry.add(SetIPChecksum::kClass);
  registry.add(SetIPDSCP::kClass);
  registry.add(SetTCPChecksum::kClass);
  registry.add(SetUDPChecksum::kClass);
  registry.add(StripIPHeader::kClass);
  registry.add(UDPIPEncap::kClass);
  registry.add(Unqueue::kClass);

  for (const std::string_view name :
       {"DirectIPLookup", "LinearIPLookup", "RangeIPLookup", "SortedIPLookup", "StaticIPLookup"}) {
    registry.add_alias(name, RadixIPLookup::kClass);
  }
  registry.add_alias("SimpleQueue", Queue::kClass);
  registry.add_alias("NotifierQueue", Queue::kClass);
  registry.add_alias("ThreadSafeQueue", Queue::kClass);
}

}  // namespace superfluid::elements
