// SPDX-License-Identifier: Apache-2.0
#include "net/flow_key.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/rng.h"
#include "net/icmp.h"
#include "net/icmpv6.h"
#include "net/sctp.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::net {
namespace {

static_assert(std::has_unique_object_representations_v<FlowKey>, "the key has no holes");

template <typename Address>
FlowKey key_of(const Address& source, const Address& destination, IpProtocol protocol,
               std::uint8_t version) {
  FlowKey key;
  std::ranges::copy(source.bytes, key.source.begin());
  std::ranges::copy(destination.bytes, key.destination.begin());
  key.protocol = protocol;
  key.version = version;
  return key;
}

template <typename Header>
bool read_ports(base::ByteView transport, FlowKey& key) {
  const auto* header = base::Cursor(transport).view<Header>();
  if (header == nullptr) {
    return false;
  }
  key.source_port = header->source_port;
  key.destination_port = header->destination_port;
  return true;
}

template <typename Header>
bool read_identifier(base::ByteView transport, FlowKey& key) {
  const auto* header = base::Cursor(transport).view<Header>();
  if (header == nullptr) {
    return false;
  }
  if (header->is_echo()) {
    key.source_port = base::be16(header->identifier());
    key.destination_port = key.source_port;
  }
  return true;
}

// ICMP's number belongs to IPv4 and ICMPv6's to IPv6: across, they are protocols without ports.
Parsed<FlowKey> with_ports(FlowKey key, FragmentPlace place, base::ByteView transport) {
  if (place != FragmentPlace::kWhole) {
    return key;
  }
  bool read = true;
  switch (key.protocol) {
    case IpProtocol::kTcp: read = read_ports<TcpHeader>(transport, key); break;
    case IpProtocol::kUdp: read = read_ports<UdpHeader>(transport, key); break;
    case IpProtocol::kSctp: read = read_ports<SctpHeader>(transport, key); break;
    case IpProtocol::kIcmpv4:
      read = key.version != 4 || read_identifier<IcmpHeader>(transport, key);
      break;
    case IpProtocol::kIcmpv6:
      read = key.version != 6 || read_identifier<Icmpv6Header>(transport, key);
      break;
    default: break;
  }
  if (!read) {
    return std::unexpected(Malformed::kTruncated);
  }
  return key;
}

// Two words become one in which every bit depends on every bit of both: the halves of their
// product, folded. A zero on one side would hide the other; the secret words see to that.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

using KeyWords = std::array<std::uint64_t, sizeof(FlowKey) / 8>;

KeyWords words_of(const FlowKey& key) {
  KeyWords words;
  std::memcpy(words.data(), &key, sizeof key);
  return words;
}

std::uint64_t hash_words(const KeyWords& words, const std::array<std::uint64_t, 6>& secret) {
  const std::uint64_t source = mix(words[0] ^ secret[0], words[1] ^ secret[1]);
  const std::uint64_t destination = mix(words[2] ^ secret[2], words[3] ^ secret[3]);
  const std::uint64_t all = mix(source + destination, words[4] ^ secret[4]);
  return mix(all ^ source ^ secret[5], 0x9e3779b97f4a7c15ULL);
}

}  // namespace

FlowKey FlowKey::of(const Ipv4Address& source, const Ipv4Address& destination,
                    IpProtocol protocol) {
  return key_of(source, destination, protocol, 4);
}

FlowKey FlowKey::of(const Ipv6Address& source, const Ipv6Address& destination,
                    IpProtocol protocol) {
  return key_of(source, destination, protocol, 6);
}

FlowKey FlowKey::reversed() const {
  FlowKey other = *this;
  std::swap(other.source, other.destination);
  std::swap(other.source_port, other.destination_port);
  return other;
}

Parsed<FlowKey> flow_key_of(const Ipv4View& view) {
  const Ipv4Header& header = *view.header;
  return with_ports(FlowKey::of(header.source, header.destination, header.protocol),
                    header.fragment_place(), view.payload);
}

Parsed<FlowKey> flow_key_of(const Ipv6View& view) {
  const auto upper = skip_extensions(view);
  if (!upper) {
    return std::unexpected(upper.error());
  }
  return with_ports(FlowKey::of(view.header->source, view.header->destination, upper->protocol),
                    upper->fragment_place, upper->payload);
}

Parsed<FlowKey> flow_key_of(base::ByteView packet) {
  if (!packet.empty() && packet[0] >> 4 == 6) {
    const auto view = parse_ipv6(packet);
    return view ? flow_key_of(*view) : Parsed<FlowKey>(std::unexpected(view.error()));
  }
  const auto view = parse_ipv4(packet);
  return view ? flow_key_of(*view) : Parsed<FlowKey>(std::unexpected(view.error()));
}

FlowHasher::FlowHasher(std::uint64_t seed) {
  base::Rng rng(seed);
  for (std::uint64_t& word : secret_) {
    word = rng.next();
  }
}

std::uint64_t FlowHasher::operator()(const FlowKey& key) const {
  return hash_words(words_of(key), secret_);
}

std::uint64_t FlowHasher::symmetric(const FlowKey& key) const {
  const FlowKey other = key.reversed();
  return (*this)(std::min(key, other));
}

}  // namespace superfluid::net
