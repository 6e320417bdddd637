// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_fragmenter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/router.h"
#include "net/checksum.h"
#include "net/options.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

namespace {

constexpr std::uint32_t kMtuMin = 8;
constexpr std::uint64_t kSaidMax = 5;
constexpr std::uint8_t kCopied = 0x80;  // of an option's kind
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::size_t kDatagramMax = 65'535;

// As many bytes of payload as a fragment may have behind such a header.
std::size_t payload_max(std::uint32_t mtu, std::size_t header_length) {
  return mtu > header_length ? (mtu - header_length) & ~std::size_t{7} : 0;
}

}  // namespace

const graph::ElementClass IPFragmenter::kClass{"IPFragmenter", "1/1-2", "h/h",
                                               graph::make_element<IPFragmenter>};

// The batch that leaves by output 0.
struct IPFragmenter::Outgoing {
  Packet* packets[graph::kBatchMax];
  std::size_t count = 0;
};

// A packet that is cut.
struct IPFragmenter::Cut {
  Cut(const Packet& whole, const net::Ipv4View& view);

  const Packet& packet;
  const net::Ipv4View& datagram;
  net::Ipv4Header header;  // without DF
  std::array<std::uint8_t, net::kIpv4OptionsBytesMax> later_options{};
  std::size_t later_options_length = 0;
};

IPFragmenter::Cut::Cut(const Packet& whole, const net::Ipv4View& view)
    : packet(whole), datagram(view), header(*view.header) {
  base::Writer writer(later_options);
  net::OptionReader options(view.options);
  while (const auto option = options.next()) {
    if ((option->kind & kCopied) != 0) {
      writer.bytes(view.options.subspan(options.position(), option->data.size() + 2));
    }
  }
  later_options_length = (writer.position() + 3) / 4 * 4;
}

void IPFragmenter::configure(graph::Arguments& arguments) {
  arguments.required("MTU", mtu_)
      .positional("HONOR_DF", honor_df_)
      .positional("VERBOSE", verbose_)
      .keyword("HEADROOM", headroom_)
      .complete();
  if (mtu_ < kMtuMin) {
    arguments.complain(base::cat("MTU must be at least ", kMtuMin));
  }
}

void IPFragmenter::push(std::uint32_t, Batch batch) {
  Outgoing outgoing;
  for (Packet* packet : batch) {
    const std::size_t length =
        packet->network == nullptr ? packet->length : packet->from(packet->network).size();
    if (length <= mtu_) [[likely]] {
      put(packet, outgoing);
    } else {
      cut(packet, outgoing);
    }
  }
  flush(outgoing);
}

void IPFragmenter::put(Packet* packet, Outgoing& outgoing) const {
  if (outgoing.count == router().batch_max()) {
    flush(outgoing);
  }
  outgoing.packets[outgoing.count++] = packet;
}

void IPFragmenter::flush(Outgoing& outgoing) const {
  if (outgoing.count != 0) {
    output(0).push(Batch(outgoing.packets, std::exchange(outgoing.count, 0)));
  }
}

void IPFragmenter::refuse(Packet* packet, Outgoing& outgoing) {
  ++drops_;
  flush(outgoing);
  reject(packet);
}

void IPFragmenter::cut(Packet* packet, Outgoing& outgoing) {
  const auto datagram = net::parse_ipv4(packet->from(packet->network));
  if (!datagram) {
    refuse(packet, outgoing);
    return;
  }
  const net::Ipv4Header& header = *datagram->header;
  if (const std::uint32_t total = header.total_length.host(); total <= mtu_) {
    packet->take(static_cast<std::uint32_t>(packet->from(packet->network).size()) - total);
    put(packet, outgoing);
    return;
  }
  if ((header.dont_fragment() && honor_df_) || payload_max(mtu_, header.header_length()) == 0) {
    if (verbose_ || said_ < kSaidMax) {
      ++said_;
      router().errors().write(
          base::cat("IPFragmenter(", mtu_, ") DF ", to_text(header.source).view(), " ",
                    to_text(header.destination).view(), " len=", packet->length, "\n"));
    }
    refuse(packet, outgoing);
    return;
  }
  if (header.fragment_offset() + datagram->payload.size() > kDatagramMax) {
    refuse(packet, outgoing);
    return;
  }
  Cut pieces(*packet, *datagram);
  if (header.dont_fragment()) {  // nobody promised that its identification is one
    pieces.header.identification.set(static_cast<std::uint16_t>(rng().next() >> 48));
    pieces.header.flags_and_offset.set(
        static_cast<std::uint16_t>(header.flags_and_offset.host() & ~kDontFragment));
  }
  if (make_fragments(pieces, outgoing)) {
    release(packet);
  } else {
    refuse(packet, outgoing);
  }
}

bool IPFragmenter::make_fragments(const Cut& cut, Outgoing& outgoing) {
  const std::size_t whole = cut.datagram.payload.size();
  std::size_t step = payload_max(mtu_, cut.datagram.header->header_length());
  for (std::size_t offset = 0; offset < whole;) {
    const std::size_t length = std::min(step, whole - offset);
    Packet* const fragment = make_fragment(cut, offset, length);
    if (fragment == nullptr) {
      return false;
    }
    ++fragments_;
    put(fragment, outgoing);
    offset += length;
    step = payload_max(mtu_, sizeof(net::Ipv4Header) + cut.later_options_length);
  }
  return true;
}

Packet* IPFragmenter::make_fragment(const Cut& cut, std::size_t offset, std::size_t length) {
  const Packet& packet = cut.packet;
  const bool first = offset == 0;
  const auto in_front = static_cast<std::size_t>(packet.network - packet.data);
  const base::ByteView link = first ? packet.bytes().first(in_front) : base::ByteView();
  const base::ByteView options =
      first ? cut.datagram.options
            : base::ByteView(cut.later_options).first(cut.later_options_length);
  const std::size_t header_length = sizeof(net::Ipv4Header) + options.size();
  Packet* const fragment = pool().make(
      static_cast<std::uint32_t>(link.size() + header_length + length), headroom_);
  if (fragment == nullptr) {
    return nullptr;
  }
  net::Ipv4Header header = cut.header;
  const bool more = offset + length < cut.datagram.payload.size() || header.more_fragments();
  header.version_and_words = static_cast<std::uint8_t>(0x40 | header_length / 4);
  header.total_length.set(static_cast<std::uint16_t>(header_length + length));
  header.flags_and_offset.set(static_cast<std::uint16_t>(
      (header.flags_and_offset.host() + offset / 8) | (more ? kMoreFragments : 0)));
  header.checksum = {};
  base::Writer writer(fragment->bytes());
  writer.bytes(link);
  writer.put(header);
  writer.bytes(options);
  writer.bytes(cut.datagram.payload.subspan(offset, length));
  fragment->network = fragment->data + link.size();
  fragment->transport = fragment->network + header_length;
  if (first && packet.mac >= packet.data && packet.mac <= packet.network) {
    fragment->mac = fragment->data + (packet.mac - packet.data);
  }
  ipv4_header(*fragment)->checksum = net::internet_checksum({fragment->network, header_length});
  fragment->notes = packet.notes;
  return fragment;
}

void IPFragmenter::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "fragments", fragments_);
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
