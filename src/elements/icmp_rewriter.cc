// SPDX-License-Identifier: Apache-2.0
#include "elements/icmp_rewriter.h"

#include <algorithm>
#include <cstddef>

#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/arguments.h"
#include "graph/words.h"
#include "net/icmp.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {

using base::be16;
using base::cat;
using graph::Packet;
using net::ChecksumDelta;
using net::IcmpHeader;
using net::IpProtocol;
using net::Ipv4FlowKey;
using net::Ipv4Header;

namespace {

constexpr auto kSourceQuench = net::IcmpType{4};
constexpr auto kDccp = IpProtocol{33};

template <typename T>
T& at(const Packet& packet, std::size_t offset) {
  return *reinterpret_cast<T*>(packet.network + offset);
}

void replace_and_sum(be16& field, be16 value, ChecksumDelta& delta) {
  delta.replace(field, value);
  field = value;
}

void replace_and_sum(net::Ipv4Address& field, const net::Ipv4Address& value, ChecksumDelta& delta) {
  delta.replace(field, value);
  field = value;
}

}  // namespace

// Where things are in an error, from its IPv4 header on, and which reply it stands for.
struct ICMPRewriter::Quote {
  std::size_t icmp;
  std::size_t ip;
  std::size_t transport;
  std::size_t end;
  bool with_ports;  // the quote reaches to ports, or an echo's identifier
  Ipv4FlowKey reply;
};

const graph::ElementClass ICMPRewriter::kClass{"ICMPRewriter", "1/1-", "h/h",
                                               graph::make_element<ICMPRewriter>};

graph::Complaint ICMPRewriter::add_map(std::string_view word) {
  std::string_view name = word;
  std::optional<std::uint32_t> first_output;
  if (const std::size_t colon = word.find(':'); colon != word.npos) {
    name = word.substr(0, colon);
    if (!graph::parse_argument(word.substr(colon + 1), first_output).empty()) {
      return cat(base::escape(word), " not an IP rewriter");
    }
  }
  const Rewriter* const rewriter = Rewriter::of(router().find_partner(name, *this));
  if (rewriter == nullptr) {
    return cat(base::escape(name), " not an IP rewriter");
  }
  if (first_output && std::uint64_t{*first_output} + rewriter->outputs() > outputs()) {
    return cat(base::escape(word), " port offset requires more than ", outputs(),
               outputs() == 1 ? " output" : " outputs");
  }
  maps_.push_back({rewriter, first_output});
  return {};
}

void ICMPRewriter::configure(graph::Arguments& arguments) {
  graph::AnyText maps;
  arguments.required("MAPS", maps)
      .keyword("DST_ANNO", note_destination_)
      .keyword("REPLY_ANNO", reply_note_)
      .complete();
  const std::vector<std::string> words = graph::split_words(maps.text);
  for (const std::string& word : words) {
    if (graph::Complaint wrong = add_map(word); !wrong.empty()) {
      arguments.complain(wrong);
    }
  }
  if (words.empty() && arguments.complaints().empty()) {
    arguments.complain("no IP rewriters supplied");
  }
  second_output_ = outputs() == 2 && std::ranges::none_of(maps_, [](const Map& map) {
                     return map.first_output.has_value();
                   });
}

// nullopt when the packet is no error that quotes an IPv4 packet.
std::optional<ICMPRewriter::Quote> ICMPRewriter::quote_of(const Packet& packet) {
  const Ipv4Header* const header = ipv4_header(packet);
  if (header == nullptr || header->protocol != IpProtocol::kIcmpv4 ||
      header->fragment_offset() != 0 || header->header_length() < sizeof(Ipv4Header)) {
    return std::nullopt;
  }
  Quote quote{};
  quote.end =
      std::min<std::size_t>(header->total_length.host(), packet.from(packet.network).size());
  quote.icmp = header->header_length();
  quote.ip = quote.icmp + sizeof(IcmpHeader);
  if (quote.end < quote.ip + sizeof(Ipv4Header)) {
    return std::nullopt;
  }
  const auto& icmp = at<IcmpHeader>(packet, quote.icmp);
  const auto& ip = at<Ipv4Header>(packet, quote.ip);
  quote.transport = quote.ip + ip.header_length();
  if ((!icmp.is_error() && icmp.type != kSourceQuench) || ip.version() != 4 ||
      ip.header_length() < sizeof(Ipv4Header)) {
    return std::nullopt;
  }
  quote.reply = {.source = ip.destination, .destination = ip.source, .protocol = ip.protocol};
  // Eight bytes are what every error quotes behind the header.
  if (ip.fragment_offset() != 0 || quote.end < quote.transport + sizeof(net::UdpHeader)) {
    return quote;
  }
  if (ip.protocol == IpProtocol::kIcmpv4) {
    const auto& echo = at<IcmpHeader>(packet, quote.transport);
    quote.with_ports = echo.type == net::IcmpType::kEchoRequest;
    quote.reply.destination_port = quote.with_ports ? echo.words[0] : be16();
  } else if (ip.protocol == IpProtocol::kTcp || ip.protocol == IpProtocol::kUdp ||
             ip.protocol == kDccp) {
    const auto& ports = at<net::UdpHeader>(packet, quote.transport);
    quote.with_ports = true;
    quote.reply.source_port = ports.destination_port;
    quote.reply.destination_port = ports.source_port;
  }
  return quote;
}

// REQUIRES: quote_of() made the quote of this packet, which may be written.
void ICMPRewriter::rewrite(Packet& packet, const Quote& quote, const Rewriter::Found& found) const {
  auto& outer = at<Ipv4Header>(packet, 0);
  auto& inner = at<Ipv4Header>(packet, quote.ip);
  const Ipv4FlowKey& made = found.rewritten;  // a reply: its destination is who had sent the quote
  if (outer.destination == quote.reply.destination) {
    ChecksumDelta delta;
    replace_and_sum(outer.destination, made.destination, delta);
    outer.checksum = delta.apply(outer.checksum);
    if (note_destination_) {
      set_ipv4_destination(packet.notes, made.destination);
    }
  }
  if (found.side == Translation::kReply && reply_note_) {
    reply_note_->of(packet) = found.flow->reply_note;
  }
  ChecksumDelta message;  // of all changes within the ICMP message
  ChecksumDelta covered;  // of those that the quoted transport's checksum covers
  replace_and_sum(inner.source, made.destination, covered);
  replace_and_sum(inner.destination, made.source, covered);
  message = covered;
  replace_and_sum(inner.checksum, covered.apply(inner.checksum), message);
  if (quote.with_ports && inner.protocol == IpProtocol::kIcmpv4) {
    auto& echo = at<IcmpHeader>(packet, quote.transport);
    ChecksumDelta identifier;
    message.replace(echo.words[0], made.destination_port);
    replace_and_sum(echo.words[0], made.destination_port, identifier);
    replace_and_sum(echo.checksum, identifier.apply(echo.checksum), message);
  } else if (quote.with_ports) {
    auto& udp = at<net::UdpHeader>(packet, quote.transport);
    message.replace(udp.source_port, made.destination_port);
    replace_and_sum(udp.source_port, made.destination_port, covered);
    message.replace(udp.destination_port, made.source_port);
    replace_and_sum(udp.destination_port, made.source_port, covered);
    if (inner.protocol == IpProtocol::kUdp) {
      replace_and_sum(udp.checksum, covered.apply_udp(udp.checksum), message);
    } else if (inner.protocol == IpProtocol::kTcp &&
               quote.end >= quote.transport + offsetof(net::TcpHeader, urgent_pointer)) {
      auto& tcp = at<net::TcpHeader>(packet, quote.transport);
      replace_and_sum(tcp.checksum, covered.apply(tcp.checksum), message);
    }
  }
  auto& icmp = at<IcmpHeader>(packet, quote.icmp);
  icmp.checksum = message.apply(icmp.checksum);
}

std::uint32_t ICMPRewriter::output_for(Packet*& packet) {
  const auto quote = quote_of(*packet);
  for (auto map = maps_.begin(); quote && map != maps_.end(); ++map) {
    const auto found = map->rewriter->find_reply(quote->reply);
    if (!found) {
      continue;
    }
    packet = graph::writable(packet);
    if (packet != nullptr) {
      rewrite(*packet, *quote, *found);
    }
    return map->first_output ? *map->first_output + found->flow->outputs[found->side] : 0;
  }
  if (second_output_) {
    return 1;
  }
  ++drops_;
  return outputs();
}

void ICMPRewriter::push(std::uint32_t, graph::Batch batch) {
  std::uint32_t chosen[graph::kBatchMax];
  std::size_t kept = 0;
  for (Packet* packet : batch) {
    chosen[kept] = output_for(packet);
    if (packet != nullptr) {
      batch[kept++] = packet;
    }
  }
  if (kept != 0) {
    push_runs(*this, graph::Batch(batch.begin(), kept), chosen);
  }
}

void ICMPRewriter::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
