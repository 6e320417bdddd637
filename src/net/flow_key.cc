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

// In place: a key that is made and then copied is copied before its last stores have landed, which
// costs more than making it.
template <typename Address>
void set_ends(FlowKey& key, const Address& source, const Address& destination,
              IpProtocol protocol) {
  std::memcpy(key.source.data(), source.bytes.data(), sizeof source);
  std::memcpy(key.destination.data(), destination.bytes.data(), sizeof destination);
  key.protocol = protocol;
  key.version = sizeof(Address) == sizeof(Ipv4Address) ? 4 : 6;
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
bool add_ports(base::ByteView transport, FragmentPlace place, FlowKey& key) {
  if (place != FragmentPlace::kWhole) {
    return true;
  }
  switch (key.protocol) {
    case IpProtocol::kTcp: return read_ports<TcpHeader>(transport, key);
    case IpProtocol::kUdp: return read_ports<UdpHeader>(transport, key);
    case IpProtocol::kSctp: return read_ports<SctpHeader>(transport, key);
    case IpProtocol::kIcmpv4:
      return key.version != 4 || read_identifier<IcmpHeader>(transport, key);
    case IpProtocol::kIcmpv6:
      return key.version != 6 || read_identifier<Icmpv6Header>(transport, key);
    default: return true;
  }
}

std::array<std::uint64_t, sizeof(FlowKey) / 8> words_of(const FlowKey& key) {
  std::array<std::uint64_t, sizeof(FlowKey) / 8> words;
  std::memcpy(words.data(), &key, sizeof key);
  return words;
}

}  // namespace

FlowKey FlowKey::of(const Ipv4Address& source, const Ipv4Address& destination,
                    IpProtocol protocol) {
  FlowKey key;
  set_ends(key, source, destination, protocol);
  return key;
}

FlowKey FlowKey::of(const Ipv6Address& source, const Ipv6Address& destination,
                    IpProtocol protocol) {
  FlowKey key;
  set_ends(key, source, destination, protocol);
  return key;
}

FlowKey FlowKey::reversed() const {
  FlowKey other = *this;
  std::swap(other.source, other.destination);
  std::swap(other.source_port, other.destination_port);
  return other;
}

Parsed<FlowKey> flow_key_of(const Ipv4View& view) {
  const Ipv4Header& header = *view.header;
  Parsed<FlowKey> key;
  set_ends(*key, header.source, header.destination, header.protocol);
  if (!add_ports(view.payload, header.fragment_place(), *key)) {
    key = std::unexpected(Malformed::kTruncated);
  }
  return key;
}

Parsed<FlowKey> flow_key_of(const Ipv6View& view) {
  const auto upper = skip_extensions(view);
  if (!upper) {
    return std::unexpected(upper.error());
  }
  const Ipv6Header& header = *view.header;
  Parsed<FlowKey> key;
  set_ends(*key, header.source, header.destination, upper->protocol);
  if (!add_ports(upper->payload, upper->fragment_place, *key)) {
    key = std::unexpected(Malformed::kTruncated);
  }
  return key;
}

Parsed<FlowKey> flow_key_of(base::ByteView packet) {
  if (!packet.empty() && packet[0] >> 4 == 6) {
    const auto view = parse_ipv6(packet);
    if (view) {
      return flow_key_of(*view);
    }
    return std::unexpected(view.error());
  }
  const auto view = parse_ipv4(packet);
  if (view) {
    return flow_key_of(*view);
  }
  return std::unexpected(view.error());
}

FlowHasher::FlowHasher(std::uint64_t seed) {
  base::Rng rng(seed);
  for (std::uint64_t& word : secret_) {
    word = rng.next();
  }
}

std::uint64_t FlowHasher::hash_words(const KeyWords& words) const {
  const std::uint64_t source = mix(words[0] ^ secret_[0], words[1] ^ secret_[1]);
  const std::uint64_t destination = mix(words[2] ^ secret_[2], words[3] ^ secret_[3]);
  const std::uint64_t all = mix(source + destination, words[4] ^ secret_[4]);
  return mix(all ^ source ^ secret_[5], kOdd);
}

std::uint64_t FlowHasher::operator()(const FlowKey& key) const { return hash_words(words_of(key)); }

std::uint64_t FlowHasher::symmetric(const FlowKey& key) const {
  return hash_words(std::min(words_of(key), words_of(key.reversed())));
}

}  // namespace superfluid::net
