// SPDX-License-Identifier: Apache-2.0
// A packet built from the fuzzer's choices is read back as chosen: IP of either version, one
// transport in it, and perhaps a tunnel with a second packet inside.
#include <algorithm>
#include <array>

#include "net/dissect_invariants.h"
#include "net/gtpu.h"
#include "net/icmp.h"
#include "net/icmpv6.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/sctp.h"
#include "net/tcp.h"
#include "net/udp.h"

using namespace superfluid;

namespace {

using base::ByteView;
using base::check;

constexpr std::size_t kRoom = 8192;

// The fuzzer's bytes as choices; zeros when they run out.
class Choices {
 public:
  explicit Choices(ByteView bytes) : cursor_(bytes) {}

  std::uint8_t u8() { return cursor_.u8().value_or(0); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(u8() << 8 | u8()); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(u16()) << 16 | u16(); }
  ByteView bytes(std::size_t length_max) {
    return *cursor_.take(std::min({std::size_t{u8()}, length_max, cursor_.remaining()}));
  }
  template <typename Address>
  Address address() {
    Address address;
    for (std::uint8_t& byte : address.bytes) {
      byte = u8();
    }
    return address;
  }

 private:
  base::Cursor cursor_;
};

// Where one layer is built; its bytes live as long as this does.
struct Room {
  std::array<std::uint8_t, kRoom> bytes;
  base::Writer writer{bytes};
};

void check_equal(ByteView a, ByteView b) {
  check(std::ranges::equal(a, b), "the bytes read back as they were written");
}

void build_tcp(Choices& choices, const net::PseudoHeader& pseudo, base::Writer& writer) {
  const net::TcpFields fields{.source_port = choices.u16(),
                              .destination_port = choices.u16(),
                              .sequence = choices.u32(),
                              .acknowledgment = choices.u32(),
                              .flags = choices.u8(),
                              .window = choices.u16(),
                              .urgent_pointer = choices.u16(),
                              .options = choices.bytes(net::kTcpOptionsBytesMax)};
  const ByteView payload = choices.bytes(255);
  check(net::write_tcp(writer, fields, pseudo, payload), "a TCP segment fits");
  const auto view = net::parse_tcp(writer.written());
  check(view && net::verify_checksum(*view, pseudo), "a built segment is good");
  check_equal(view->options.first(fields.options.size()), fields.options);
  check_equal(view->payload, payload);
  check(view->header->sequence.host() == fields.sequence && view->header->flags == fields.flags,
        "TCP's fields read back");
  // Options that can be read are written such that they read the same.
  const auto options = net::parse_tcp_options(fields.options);
  Room room;
  if (options && net::write_tcp_options(room.writer, *options)) {
    check(net::parse_tcp_options(room.writer.written()) == options, "options read back");
  }
}

void build_sctp(Choices& choices, base::Writer& writer) {
  Room room;
  const std::size_t count = choices.u8() % 5;
  for (std::size_t i = 0; i < count; ++i) {
    const auto type = static_cast<net::SctpChunkType>(choices.u8());
    net::write_sctp_chunk(room.writer, {type, choices.u8(), choices.bytes(100)});
  }
  net::write_sctp(writer, {choices.u16(), choices.u16(), choices.u32()}, room.writer.written());
  const auto view = net::parse_sctp(writer.written());
  check(view && net::verify_checksum(*view), "a built SCTP packet is good");
  net::SctpChunkReader reader(*view);
  std::size_t read = 0;
  while (reader.next()) {
    ++read;
  }
  check(read == count && !reader.problem(), "chunks read back");
}

void build_ip(Choices& choices, base::Writer& writer, bool may_tunnel);

void build_gtpu(Choices& choices, base::Writer& writer) {
  net::GtpuFields fields{.teid = choices.u32()};
  const std::uint8_t flags = choices.u8();
  if ((flags & 1) != 0) {
    fields.sequence = choices.u16();
  }
  if ((flags & 2) != 0) {
    fields.npdu = choices.u8();
  }
  std::array<std::array<std::uint8_t, 6>, net::kGtpuExtensionsMax> contents{};
  base::FixedVector<net::GtpuExtension, net::kGtpuExtensionsMax> extensions;
  for (std::size_t i = 0; i < (flags >> 2) % (net::kGtpuExtensionsMax + 1); ++i) {
    contents[i] = {choices.u8(), choices.u8(), choices.u8()};
    const auto type = static_cast<net::GtpuExtensionType>(1 + choices.u8() % 255);
    extensions.push_back({type, ByteView(contents[i]).first(choices.u8() % 2 == 0 ? 2 : 6)});
  }
  fields.extensions = {extensions.begin(), extensions.end()};
  Room inner;
  build_ip(choices, inner.writer, false);
  net::write_gtpu(writer, fields, inner.writer.position());
  check(writer.bytes(inner.writer.written()), "a tunnelled packet fits");
  const auto view = net::parse_gtpu(writer.written());
  check(view && view->sequence() == fields.sequence && view->npdu() == fields.npdu,
        "GTP-U's fields read back");
  check_equal(view->payload, inner.writer.written());
  net::GtpuExtensionReader reader(*view);
  for (const net::GtpuExtension& extension : extensions) {
    const auto read = reader.next();
    check(read && read->type == extension.type, "extensions read back");
    check_equal(read->content, extension.content);
  }
}

void build_udp(Choices& choices, const net::PseudoHeader& pseudo, base::Writer& writer,
               bool may_tunnel) {
  Room tunnel;
  net::UdpFields fields{.source_port = choices.u16(), .destination_port = choices.u16()};
  ByteView payload = choices.bytes(255);
  if (may_tunnel && (fields.source_port & 1) != 0) {
    fields.destination_port = net::kGtpuPort;
    build_gtpu(choices, tunnel.writer);
    payload = tunnel.writer.written();
  }
  check(net::write_udp(writer, fields, pseudo, payload), "a UDP datagram fits");
  const auto view = net::parse_udp(writer.written());
  check(view && net::verify_checksum(*view, pseudo), "a built datagram is good");
  check(view->header->checksum.raw() != 0, "a full checksum is never zero");
  check_equal(view->payload, payload);
}

// Returns which protocol it built.
net::IpProtocol build_transport(Choices& choices, const net::PseudoHeader& pseudo,
                                base::Writer& writer, bool may_tunnel) {
  switch (choices.u8() % 4) {
    case 0: build_tcp(choices, pseudo, writer); return net::IpProtocol::kTcp;
    case 1: build_udp(choices, pseudo, writer, may_tunnel); return net::IpProtocol::kUdp;
    case 2: build_sctp(choices, writer); return net::IpProtocol::kSctp;
    default: break;
  }
  const std::uint16_t identifier = choices.u16();
  if (pseudo.is_ipv6()) {
    net::write_icmpv6(writer, {net::Icmpv6Type::kEchoRequest, 0, net::echo_word(identifier, 1)},
                      pseudo, choices.bytes(255));
    const auto view = net::parse_icmpv6(writer.written());
    check(view && net::verify_checksum(*view, pseudo), "a built ICMPv6 message is good");
    check(view->header->identifier() == identifier, "ICMPv6's fields read back");
    return net::IpProtocol::kIcmpv6;
  }
  net::write_icmp(writer, {net::IcmpType::kEchoReply, 0, {identifier, 1}}, choices.bytes(255));
  const auto view = net::parse_icmp(writer.written());
  check(view && net::verify_checksum(*view), "a built ICMP message is good");
  check(view->header->identifier() == identifier, "ICMP's fields read back");
  return net::IpProtocol::kIcmpv4;
}

void build_ip(Choices& choices, base::Writer& writer, bool may_tunnel) {
  Room transport;
  if (choices.u8() % 2 == 0) {
    const auto source = choices.address<net::Ipv4Address>();
    const auto destination = choices.address<net::Ipv4Address>();
    const ByteView options = choices.bytes(net::kIpv4OptionsBytesMax);
    const auto protocol = build_transport(choices, net::PseudoHeader(source, destination),
                                          transport.writer, may_tunnel);
    net::write_ipv4(writer,
                    {.ttl = choices.u8(),
                     .protocol = protocol,
                     .source = source,
                     .destination = destination,
                     .options = options},
                    transport.writer.position());
    check(writer.bytes(transport.writer.written()), "an IPv4 packet fits");
    const auto view = net::parse_ipv4(writer.written());
    check(view && net::verify_checksum(*view), "a built IPv4 header is good");
    check(view->header->source == source && view->header->protocol == protocol,
          "IPv4's fields read back");
    check_equal(view->options.first(options.size()), options);
    check_equal(view->payload, transport.writer.written());
    return;
  }
  const auto source = choices.address<net::Ipv6Address>();
  const auto destination = choices.address<net::Ipv6Address>();
  const auto protocol = build_transport(choices, net::PseudoHeader(source, destination),
                                        transport.writer, may_tunnel);
  net::write_ipv6(writer,
                  {.flow_label = choices.u32() & 0xfffff,
                   .next_header = protocol,
                   .source = source,
                   .destination = destination},
                  transport.writer.position());
  check(writer.bytes(transport.writer.written()), "an IPv6 packet fits");
  const auto view = net::parse_ipv6(writer.written());
  check(view && view->header->destination == destination, "IPv6's fields read back");
  check_equal(view->payload, transport.writer.written());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices({data, size});
  Room room;
  build_ip(choices, room.writer, true);
  net::testing::checked_dissection(room.writer.written(), net::LinkType::kRawIp);
  return 0;
}
