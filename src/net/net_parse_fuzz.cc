// SPDX-License-Identifier: Apache-2.0
// Every parser and every reader of lists, directly: the first byte chooses one. What they hand out
// must lie inside the bytes given, and every byte of it is read.
#include "base/check.h"
#include "net/arp.h"
#include "net/ethernet.h"
#include "net/gtpu.h"
#include "net/icmp.h"
#include "net/icmpv6.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/options.h"
#include "net/sctp.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "net/vxlan.h"

using namespace superfluid;

namespace {

using base::ByteView;

// Whatever is read goes here, so that no read is optimised away.
volatile unsigned eaten;

void eat(ByteView all, ByteView part) {
  base::check(part.empty() || (part.data() >= all.data() &&
                               part.data() + part.size() <= all.data() + all.size()),
              "what is handed out lies inside the bytes");
  for (const std::uint8_t byte : part) {
    eaten = eaten + byte;
  }
}

template <typename Reader, typename Bytes>
void eat_list(ByteView all, Reader reader, Bytes bytes_of) {
  std::size_t steps = 0;
  while (const auto item = reader.next()) {
    eat(all, bytes_of(*item));
    base::check(++steps <= all.size(), "a walk ends");
  }
  base::check(!reader.next(), "a finished walk stays finished");
}

void try_ipv4(ByteView bytes, net::Extent extent) {
  if (const auto view = net::parse_ipv4(bytes, extent)) {
    eat(bytes, view->payload);
    eat_list(bytes, net::OptionReader(view->options), [](const auto& item) { return item.data; });
    (void)net::verify_checksum(*view);
  }
}

void try_ipv6(ByteView bytes, net::Extent extent) {
  if (const auto view = net::parse_ipv6(bytes, extent)) {
    eat(bytes, view->payload);
    eat_list(bytes, net::Ipv6ExtensionReader(*view), [&](const net::Ipv6Extension& extension) {
      eat_list(bytes, net::Ipv6OptionReader(extension), [](const auto& item) { return item.data; });
      return extension.bytes;
    });
  }
}

const net::PseudoHeader kPseudo(net::Ipv6Address{}, net::Ipv6Address{});

void try_icmpv6(ByteView bytes) {
  if (const auto view = net::parse_icmpv6(bytes)) {
    eat(bytes, view->payload);
    (void)net::verify_checksum(*view, kPseudo);
    if (!view->header->is_neighbor_discovery()) {
      return;
    }
    if (const auto neighbor = net::parse_neighbor(*view)) {
      eat_list(bytes, net::NdOptionReader(neighbor->options), [&](const net::NdOption& option) {
        eaten = eaten + option.mac().bytes[5];
        return option.data;
      });
    }
  }
}

void try_tcp(ByteView bytes) {
  if (const auto view = net::parse_tcp(bytes)) {
    eat(bytes, view->payload);
    eat(bytes, view->options);
    (void)net::verify_checksum(*view, kPseudo);
    (void)net::parse_tcp_options(view->options);
  }
}

void try_udp(ByteView bytes, net::Extent extent) {
  if (const auto view = net::parse_udp(bytes, extent)) {
    eat(bytes, view->payload);
    (void)net::verify_checksum(*view, kPseudo);
  }
}

void try_sctp(ByteView bytes) {
  if (const auto view = net::parse_sctp(bytes)) {
    (void)net::verify_checksum(*view);
    eat_list(bytes, net::SctpChunkReader(*view), [](const auto& chunk) { return chunk.value; });
  }
}

void try_gtpu(ByteView bytes) {
  if (const auto view = net::parse_gtpu(bytes)) {
    eat(bytes, view->extensions);
    eat(bytes, view->payload);
    eaten = eaten + view->sequence().value_or(0) + view->npdu().value_or(0);
    eat_list(bytes, net::GtpuExtensionReader(*view), [](const net::GtpuExtension& extension) {
      (void)net::parse_pdu_session_container(extension.content);
      return extension.content;
    });
    eat_list(bytes, net::GtpuElementReader(view->payload),
             [](const auto& element) { return element.value; });
  }
}

void try_link(ByteView bytes) {
  if (const auto view = net::parse_ethernet(bytes)) {
    eat(bytes, view->payload);
  }
  if (const auto view = net::parse_vlan(bytes)) {
    eat(bytes, view->payload);
  }
  (void)net::parse_arp(bytes);
}

void try_small(ByteView bytes) {
  if (const auto view = net::parse_icmp(bytes)) {
    eat(bytes, view->payload);
    (void)net::verify_checksum(*view);
  }
  if (const auto view = net::parse_vxlan(bytes)) {
    eat(bytes, view->frame);
  }
  eat_list(bytes, net::OptionReader(bytes), [](const auto& item) { return item.data; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const ByteView bytes(data + 1, size - 1);
  switch (data[0] % 11) {
    case 0: try_link(bytes); break;
    case 1: try_small(bytes); break;
    case 2: try_ipv4(bytes, net::Extent::kWhole); break;
    case 3: try_ipv4(bytes, net::Extent::kCut); break;
    case 4: try_ipv6(bytes, net::Extent::kWhole); break;
    case 5: try_ipv6(bytes, net::Extent::kCut); break;
    case 6: try_icmpv6(bytes); break;
    case 7: try_tcp(bytes); break;
    case 8: try_udp(bytes, (data[0] & 0x80) != 0 ? net::Extent::kCut : net::Extent::kWhole); break;
    case 9: try_sctp(bytes); break;
    case 10: try_gtpu(bytes); break;
  }
  return 0;
}
