// SPDX-License-Identifier: Apache-2.0
#include "elements/nat_proxy.h"

#include "elements/address_change.h"
#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

constexpr std::string_view kSameHost = "A and B are the same host";

}  // namespace

const graph::ElementClass NatProxy::kClass{"NatProxy", "1/1-2", "a/ah",
                                           graph::make_element<NatProxy>};

void NatProxy::configure(graph::Arguments& arguments) {
  arguments.required("A", a_).required("B", b_).complete();
  if (arguments.complaints().empty() && a_ == b_) {
    arguments.complain(kSameHost);
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
  const net::Ipv4Address to = datagram.header->source == a_ ? b_ : a_;
  change_address(datagram, datagram.header->destination, to);
  set_ipv4_destination(packet->notes, to);
  return packet;
}

base::Status NatProxy::set_host(std::string_view text, net::Ipv4Address& host,
                                const net::Ipv4Address& other) {
  net::Ipv4Address given;
  SF_CHECKED(graph::parse_handler_value(text, given, *this));
  if (given == other) {
    return base::fail(base::ErrorCode::kInvalid, kSameHost);
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
