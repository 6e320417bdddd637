// SPDX-License-Identifier: Apache-2.0
#include "elements/dec_ip_ttl.h"

#include "elements/ip_header.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass DecIPTTL::kClass{"DecIPTTL", "1/1-2", "a/ah",
                                           graph::make_element<DecIPTTL>};

void DecIPTTL::configure(graph::Arguments& arguments) {
  arguments.keyword("ACTIVE", active_).keyword("MULTICAST", multicast_).complete();
}

Packet* DecIPTTL::act(Packet* packet) {
  if (!active_) {
    return packet;
  }
  const net::Ipv4Header* const seen = ipv4_header(*packet);
  if (seen == nullptr || (seen->ttl <= 1 && (multicast_ || !seen->destination.is_multicast())))
      [[unlikely]] {
    ++drops_;
    reject(packet);
    return nullptr;
  }
  if (!multicast_ && seen->destination.is_multicast()) {
    return packet;
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  net::Ipv4Header& header = *ipv4_header(*packet);
  net::ChecksumDelta delta;
  delta.replace(base::be16(0x0100), base::be16(0));
  header.ttl = static_cast<std::uint8_t>(header.ttl - 1);
  header.checksum = delta.apply(header.checksum);
  return packet;
}

void DecIPTTL::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("drops", [this] { return drops_; });
  handlers.value("active", [this] { return active_ ? "true" : "false"; });
  handlers.write("active", [this](std::string_view text) {
    return graph::parse_handler_value(text, active_);
  });
}

}  // namespace superfluid::elements
