// SPDX-License-Identifier: Apache-2.0
#include "elements/udp_ip_encap.h"

#include "elements/ip_header.h"
#include "elements/ip_names.h"
#include "graph/handler.h"
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
  if (const auto to = read_destination(destination, this)) {
    destination_ = *to;
  } else {
    arguments.complain("bad DST");
  }
  const auto read_port = [&](std::string_view name, std::string_view text, std::uint16_t& port) {
    const auto number = read_number_or_name(text, NameKind::kUdpPort, this);
    if (number && *number <= 0xffff) {
      port = static_cast<std::uint16_t>(*number);
    } else {
      arguments.complain(base::cat(name, ": '", base::escape(text), "' is not a port"));
    }
  };
  read_port("SPORT", source_port, source_port_);
  read_port("DPORT", destination_port, destination_port_);
}

// The sums are made from the fields: to read back as words what was just written in pieces would
// wait for the stores.
void UDPIPEncap::write_ip(Packet& packet) {
  auto& header = *reinterpret_cast<net::Ipv4Header*>(packet.data);
  const base::be16 total_length(static_cast<std::uint16_t>(packet.length));
  const base::be16 identification(next_identification_++);
  const net::Ipv4Address destination = ipv4_destination(packet.notes);
  net::InternetSum sum;
  sum.add(base::be16(kVersionAndWords << 8));
  sum.add(total_length);
  sum.add(identification);
  sum.add(base::be16(kTtl << 8 | static_cast<std::uint8_t>(net::IpProtocol::kUdp)));
  sum.add(source_);
  sum.add(destination);
  header.version_and_words = kVersionAndWords;
  header.dscp_and_ecn = 0;
  header.total_length = total_length;
  header.identification = identification;
  header.flags_and_offset = base::be16();
  header.ttl = kTtl;
  header.protocol = net::IpProtocol::kUdp;
  header.checksum = sum.checksum();
  header.source = source_;
  header.destination = destination;
}

void UDPIPEncap::write_udp(Packet& packet, net::InternetSum payload) const {
  auto& header = *reinterpret_cast<net::UdpHeader*>(packet.transport);
  header.source_port = base::be16(source_port_);
  header.destination_port = base::be16(destination_port_);
  header.length = base::be16(static_cast<std::uint16_t>(packet.length - sizeof(net::Ipv4Header)));
  header.checksum = base::be16();
  if (checksum_) {
    net::InternetSum sum;
    sum.add(source_);
    sum.add(ipv4_destination(packet.notes));
    sum.add(base::be16(static_cast<std::uint8_t>(net::IpProtocol::kUdp)));
    sum.add(header.length);
    sum.add(header.source_port);
    sum.add(header.destination_port);
    sum.add(header.length);
    sum.append(payload);
    header.checksum = sum.udp_checksum();
  }
}

Packet* UDPIPEncap::act(Packet* packet) {
  if (packet->length > 0xffff - kHeaderBytes) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  net::InternetSum payload;
  if (checksum_) {
    payload.add(packet->bytes());
  }
  packet = push_front(packet, kHeaderBytes);
  if (packet == nullptr) [[unlikely]] {
    ++drops_;
    return nullptr;
  }
  if (!destination_.annotated) {
    set_ipv4_destination(packet->notes, destination_.address);
  }
  packet->network = packet->data;
  packet->transport = packet->data + sizeof(net::Ipv4Header);
  write_ip(*packet);
  write_udp(*packet, payload);
  return packet;
}

void UDPIPEncap::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("src", [this] { return std::string(to_text(source_).view()); });
  handlers.write("src", [this](std::string_view text) {
    return graph::parse_handler_value(text, source_, *this);
  });
  handlers.read("dst", [this](std::string_view) { return destination_text(destination_); });
  handlers.write("dst", [this](std::string_view text) {
    return write_destination(text, destination_, *this);
  });
  const auto port = [&](std::string_view name, std::uint16_t& value) {
    handlers.value(name, [&value] { return value; });
    handlers.write(name, [this, &value](std::string_view text) -> base::Status {
      const auto number = read_number_or_name(base::trim(text), NameKind::kUdpPort, this);
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
