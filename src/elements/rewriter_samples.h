// SPDX-License-Identifier: Apache-2.0
// For the tests of rewriters alone: packets from their ends, and what came out as text,
// "10.0.0.1 1024 > 192.0.2.9 80".

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "elements/testing.h"
#include "net/icmp.h"
#include "net/ipv4.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements::testing {

inline net::Ipv4Address ip(std::string_view text) { return net::parse_ipv4_address(text).value(); }

struct Ends {
  std::string_view source;
  std::uint16_t source_port;
  std::string_view destination;
  std::uint16_t destination_port;
};

inline Sample ipv4(const Ends& ends, net::IpProtocol protocol, base::ByteView payload,
                   const net::Ipv4Fields& more = {
                       .protocol = {}, .source = {}, .destination = {}}) {
  std::vector<std::uint8_t> bytes(20 + payload.size());
  base::Writer writer(bytes);
  net::Ipv4Fields fields = more;
  fields.protocol = protocol;
  fields.source = ip(ends.source);
  fields.destination = ip(ends.destination);
  base::check(net::write_ipv4(writer, fields, payload.size()), "the sample fits");
  writer.bytes(payload);
  Sample sample(std::move(bytes));
  sample.network = 0;
  sample.transport = 20;
  return sample;
}

inline Sample udp(const Ends& ends, std::string_view payload = "data",
                  net::UdpChecksum checksum = net::UdpChecksum::kFull) {
  std::vector<std::uint8_t> bytes(8 + payload.size());
  base::Writer writer(bytes);
  base::check(net::write_udp(writer,
                             {.source_port = ends.source_port,
                              .destination_port = ends.destination_port,
                              .checksum = checksum},
                             {ip(ends.source), ip(ends.destination)}, base::bytes_of(payload)),
              "the sample fits");
  return ipv4(ends, net::IpProtocol::kUdp, bytes);
}

inline Sample tcp(const Ends& ends, std::uint8_t flags = net::kTcpAck,
                  std::string_view payload = "") {
  std::vector<std::uint8_t> bytes(20 + payload.size());
  base::Writer writer(bytes);
  base::check(net::write_tcp(writer,
                             {.source_port = ends.source_port,
                              .destination_port = ends.destination_port,
                              .flags = flags},
                             {ip(ends.source), ip(ends.destination)}, base::bytes_of(payload)),
              "the sample fits");
  return ipv4(ends, net::IpProtocol::kTcp, bytes);
}

inline Sample icmp(const Ends& ends, net::IcmpType type, std::uint16_t identifier,
                   base::ByteView payload = {}) {
  std::vector<std::uint8_t> bytes(8 + payload.size());
  base::Writer writer(bytes);
  base::check(net::write_icmp(writer, {.type = type, .words = {identifier, 0}}, payload),
              "the sample fits");
  return ipv4(ends, net::IpProtocol::kIcmpv4, bytes);
}

// "ok" when the header's checksum and the transport's hold.
inline std::string_view sums_of(const net::Ipv4View& view) {
  const net::PseudoHeader pseudo(view.header->source, view.header->destination);
  bool good = net::verify_checksum(view).has_value();
  if (view.header->protocol == net::IpProtocol::kUdp) {
    const auto transport = net::parse_udp(view.payload);
    good = good && transport && net::verify_checksum(*transport, pseudo);
  } else if (view.header->protocol == net::IpProtocol::kTcp) {
    const auto transport = net::parse_tcp(view.payload);
    good = good && transport && net::verify_checksum(*transport, pseudo);
  } else if (view.header->protocol == net::IpProtocol::kIcmpv4) {
    const auto transport = net::parse_icmp(view.payload);
    good = good && transport && net::verify_checksum(*transport);
  }
  return good ? "" : " BAD SUM";
}

inline std::string show(const Sample& sample) {
  const auto view = net::parse_ipv4(sample.bytes);
  if (!view) {
    return "no IPv4";
  }
  const auto port = [&](std::size_t at) {
    return view->payload.size() < at + 2 ? -1 : view->payload[at] * 256 + view->payload[at + 1];
  };
  const std::string source(to_text(view->header->source).view());
  const std::string destination(to_text(view->header->destination).view());
  if (view->header->protocol == net::IpProtocol::kIcmpv4) {
    return base::cat(source, " > ", destination, " id ", port(4), sums_of(*view));
  }
  return base::cat(source, " ", port(0), " > ", destination, " ", port(2), sums_of(*view));
}

inline std::string shown(TestGraph& graph, std::string_view capture) {
  std::string all;
  for (const Sample& sample : graph.captured(capture)) {
    all += base::cat(all.empty() ? "" : "|", sample.port, ": ", show(sample));
  }
  graph.forget(capture);
  return all;
}

// Two inputs, two outputs, of which the capture tells which.
inline std::string around(std::string_view rewriter) {
  return base::cat("in :: Inject -> rw :: ", rewriter,
                   " -> out :: Capture; back :: Inject -> [1] rw; rw[1] -> [1] out;");
}

inline constexpr Ends kInner{"10.0.0.1", 2000, "192.0.2.9", 80};
inline constexpr Ends kInnerToo{"10.0.0.2", 2000, "192.0.2.9", 80};

// What the pattern of most tests makes, and the reply.
inline constexpr std::string_view kNat = "pattern 192.0.2.1 1024-65535# - - 0 1, drop";

}  // namespace superfluid::elements::testing
