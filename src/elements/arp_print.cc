// SPDX-License-Identifier: Apache-2.0
#include "elements/arp_print.h"

#include "elements/fraction_text.h"
#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/router.h"
#include "net/arp.h"
#include "net/ether.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

namespace {

constexpr std::uint16_t kHardwareEthernet = 1;
constexpr std::uint16_t kProtocolIpv4 = 0x0800;
constexpr std::uint16_t kProtocolTrailer = 0x1000;  // RFC 893

std::string message(const net::ArpHeader& arp) {
  const std::string sender_mac = show(arp.sender_mac);
  const std::string target_mac = show(arp.target_mac);
  const auto sender_ip = to_text(arp.sender_ip);
  const auto target_ip = to_text(arp.target_ip);
  const std::uint16_t operation = arp.operation_code.host();
  switch (operation) {
    case 1:
      return cat("arp who-has ", target_ip.view(),
                 arp.target_mac == net::MacAddress{} ? "" : cat(" (", target_mac, ")"), " tell ",
                 sender_ip.view());
    case 2: return cat("arp reply ", sender_ip.view(), " is-at ", sender_mac);
    case 3: return cat("rarp who-is ", target_mac, " tell ", sender_mac);
    case 4: return cat("rarp reply ", target_mac, " at ", target_ip.view());
    case 8: return cat("invarp who-is ", target_mac, " tell ", sender_mac);
    case 9: return cat("invarp reply ", target_mac, " at ", target_ip.view());
    default: return cat("arp-#", operation);
  }
}

std::string describe(base::ByteView bytes) {
  const auto* const arp = base::Cursor(bytes).view<net::ArpHeader>();
  if (arp == nullptr) {
    return cat("truncated-arp (", bytes.size(), ")");
  }
  const std::uint16_t hardware = arp->hardware_type.host();
  const std::uint16_t protocol = arp->protocol_type.host();
  if ((protocol != kProtocolIpv4 && protocol != kProtocolTrailer) ||
      arp->protocol_length != sizeof(net::Ipv4Address) || arp->hardware_length == 0) {
    return cat("arp-#", arp->operation_code.host(), " for proto #", protocol, " (",
               arp->protocol_length, ") hardware #", hardware, " (", arp->hardware_length, ")");
  }
  return cat(protocol == kProtocolTrailer ? "trailer-" : "", message(*arp),
             hardware == kHardwareEthernet ? "" : cat("hardware #", hardware));
}

}  // namespace

const graph::ElementClass ARPPrint::kClass{
    .name = "ARPPrint",
    .ports = "1/1",
    .processing = "a/a",
    .make = graph::make_element<ARPPrint>,
    .order_visible = true,
};

void ARPPrint::configure(graph::Arguments& arguments) {
  arguments.positional("LABEL", label_)
      .keyword("TIMESTAMP", timestamp_)
      .keyword("ETHER", ether_)
      .keyword("ACTIVE", active_)
      .complete();
}

std::string ARPPrint::line(const Packet& packet) const {
  std::string text = label_.empty() ? "" : cat(label_, ": ");
  if (timestamp_) {
    text += cat(timestamp_text(packet.notes.timestamp), ": ");
  }
  if (ether_) {
    std::uint8_t* const at = packet.mac == nullptr ? packet.data : packet.mac;
    const auto* const ether = header_at<net::EthernetHeader>(packet, at);
    if (ether != nullptr && at + sizeof *ether <= packet.network) {
      text += cat(show(ether->source), " > ", show(ether->destination), ": ");
    }
  }
  return cat(text, describe(packet.from(packet.network)), "\n");
}

Packet* ARPPrint::act(Packet* packet) {
  if (active_ && packet->network != nullptr) {
    router().errors().write(line(*packet));
  }
  return packet;
}

void ARPPrint::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "active", active_);
}

}  // namespace superfluid::elements
