// SPDX-License-Identifier: Apache-2.0
#include "elements/nat_proxy.h"

#include "elements/ip_header.h"
#include "elements/values.h"
#include "net/checksum.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

constexpr std::string_view kSameHost = "A and B are the same host";

// Later fragments have no transport header, the first may end within it.
void update_transport(const Ipv4Datagram& datagram, const net::ChecksumDelta& delta) {
  if (datagram.header->fragment_place() == net::FragmentPlace::kLater) {
    return;
  }
  if (datagram.header->protocol == net::IpProtocol::kTcp &&
      datagram.payload_length >= sizeof(net::TcpHeader)) {
    auto* const tcp = reinterpret_cast<net::TcpHeader*>(datagram.payload);
    tcp->checksum = delta.apply(tcp->checksum);
  } else if (datagram.header->protocol == net::IpProtocol::kUdp &&
             datagram.payload_length >= sizeof(net::UdpHeader)) {
    auto* const udp = reinterpret_cast<net::UdpHeader*>(datagram.payload);
    udp->checksum = delta.apply_udp(udp->checksum);
  }
}

}  // namespace

const graph::ElementClass NatProxy::kClass{"NatProxy", "1/1-2", "a/ah",
                                           graph::make_element<NatProxy>};

void NatProxy::configure(graph::Arguments& arguments) {
  arguments.required("A", a_).required("B", b_).complete();
  if (arguments.complaints().empty() && a_ == b_) {
    arguments.complain(std::string(kSameHost));
  }
}

Packet* NatProxy::act(Packet* packet) {
  const net::Ipv4Header* const seen = ipv4_datagram(*packet).header;
  if (seen == nullptr) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  if (seen->source != a_ && seen->source != b_) {
    ++others_;
    if (outputs() == 1) {
      return packet;
    }
    output(1).push(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    ++drops_;
    return nullptr;
  }
  const Ipv4Datagram datagram = ipv4_datagram(*packet);
  net::Ipv4Header& header = *datagram.header;
  const net::Ipv4Address to = header.source == a_ ? b_ : a_;
  net::ChecksumDelta delta;
  delta.replace(header.destination, to);
  header.destination = to;
  header.checksum = delta.apply(header.checksum);
  update_transport(datagram, delta);
  set_ipv4_destination(packet->notes, to);
  return packet;
}

base::Status NatProxy::set_host(std::string_view text, net::Ipv4Address& host,
                                const net::Ipv4Address& other) {
  net::Ipv4Address given;
  SF_CHECKED(graph::parse_handler_value(text, given));
  if (given == other) {
    return base::fail(base::ErrorCode::kInvalid, std::string(kSameHost));
  }
  host = given;
  return {};
}

void NatProxy::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("a", [this] { return std::string(to_text(a_).view()); });
  handlers.value("b", [this] { return std::string(to_text(b_).view()); });
  handlers.write("a", [this](std::string_view text) { return set_host(text, a_, b_); });
  handlers.write("b", [this](std::string_view text) { return set_host(text, b_, a_); });
  add_value(handlers, "others", others_);
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
