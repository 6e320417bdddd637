// SPDX-License-Identifier: Apache-2.0
#include "elements/udp_ip_encap.h"

#include <cstring>

#include "elements/ip_header.h"
#include "elements/ip_names.h"
#include "graph/handler.h"
#include "net/checksum.h"
#include "net/udp.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass UDPIPEncap::kClass{"UDPIPEncap", "1/1", "a/a",
                                             graph::make_element<UDPIPEncap>};

void UDPIPEncap::configure(graph::Arguments& arguments) {
  std::string source_port;
  std::string destination;
  std::string destination_port;
  arguments.required("SRC", source_)
      .required("SPORT", source_port)
      .required("DST", destination)
      .required("DPORT", destination_port)
      .positional("CHECKSUM", checksum_)
      .complete();
  if (!arguments.complaints().empty()) {
    return;
  }
  if (const auto to = read_destination(destination)) {
    destination_ = *to;
  } else {
    arguments.complain("bad DST");
  }
  const auto read_port = [&](std::string_view name, std::string_view text, std::uint16_t& port) {
    const auto number = read_number_or_name(text, NameKind::kUdpPort);
    if (number && *number <= 0xffff) {
      port = static_cast<std::uint16_t>(*number);
    } else {
      arguments.complain(base::cat(name, ": '", base::escape(text), "' is not a port"));
    }
  };
  read_port("SPORT", source_port, source_port_);
  read_port("DPORT", destination_port, destination_port_);
}

Packet* UDPIPEncap::act(Packet* packet) {
  if (packet->length > 0xffff - kHeaderBytes) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet = push_front(packet, kHeaderBytes);
  if (packet == nullptr) [[unlikely]] {
    ++drops_;
    return nullptr;
  }
  if (!destination_.annotated) {
    set_ipv4_destination(packet->notes, destination_.address);
  }
  net::Ipv4Header header{};
  header.version_and_words = 0x45;
  header.total_length = base::be16(static_cast<std::uint16_t>(packet->length));
  header.identification = base::be16(next_identification_++);
  header.ttl = 250;
  header.protocol = net::IpProtocol::kUdp;
  header.source = source_;
  header.destination = ipv4_destination(packet->notes);
  header.checksum =
      net::internet_checksum({reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
  std::memcpy(packet->data, &header, sizeof header);
  packet->network = packet->data;
  packet->transport = packet->data + sizeof header;

  const std::size_t length = packet->length - sizeof header;
  auto* const udp = header_at<net::UdpHeader>(*packet, packet->transport);
  *udp = {base::be16(source_port_), base::be16(destination_port_),
          base::be16(static_cast<std::uint16_t>(length)), base::be16()};
  if (checksum_) {
    net::InternetSum sum =
        net::PseudoHeader(header.source, header.destination).sum(net::IpProtocol::kUdp, length);
    sum.add({packet->transport, length});
    udp->checksum = sum.udp_checksum();
  }
  return packet;
}

void UDPIPEncap::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("src", [this] { return std::string(to_text(source_).view()); });
  handlers.write(
      "src", [this](std::string_view text) { return graph::parse_handler_value(text, source_); });
  add_destination_handlers(handlers, destination_, [] {});
  const auto port = [&](std::string_view name, std::uint16_t& value) {
    handlers.value(name, [&value] { return value; });
    handlers.write(name, [&value](std::string_view text) -> base::Status {
      const auto number = read_number_or_name(base::trim(text), NameKind::kUdpPort);
      if (!number || *number > 0xffff) {
        return base::fail(base::ErrorCode::kInvalid,
                          base::cat("'", base::escape(text), "' is not a port"));
      }
      value = static_cast<std::uint16_t>(*number);
      return {};
    });
  };
  port("sport", source_port_);
  port("dport", destination_port_);
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
