// SPDX-License-Identifier: Apache-2.0
#include "elements/set_ip_dscp.h"

#include "elements/ip_header.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass SetIPDSCP::kClass{"SetIPDSCP", "1/1", "a/a",
                                            graph::make_element<SetIPDSCP>};

void SetIPDSCP::configure(graph::Arguments& arguments) {
  arguments.required("DSCP", dscp_).complete();
  if (dscp_ > kDscpMax) {
    arguments.complain("diffserv code point out of range");
  }
}

Packet* SetIPDSCP::act(Packet* packet) {
  if (ipv4_header(*packet) == nullptr) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  net::Ipv4Header& header = *ipv4_header(*packet);
  const auto octet = static_cast<std::uint8_t>(dscp_ << 2 | header.ecn());
  net::ChecksumDelta delta;
  delta.replace(base::be16(header.dscp_and_ecn), base::be16(octet));
  header.dscp_and_ecn = octet;
  header.checksum = delta.apply(header.checksum);
  return packet;
}

void SetIPDSCP::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("dscp", [this] { return dscp_; });
  handlers.write("dscp", [this](std::string_view text) -> base::Status {
    std::uint32_t dscp = 0;
    SF_CHECKED(graph::parse_handler_value(text, dscp));
    if (dscp > kDscpMax) {
      return base::fail(base::ErrorCode::kInvalid, "diffserv code point out of range");
    }
    dscp_ = dscp;
    return {};
  });
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
