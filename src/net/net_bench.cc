// SPDX-License-Identifier: Apache-2.0
// What the packet path pays per packet: checksums, flow keys, hashes, and, off that path,
// dissection.
#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "base/rng.h"
#include "net/checksum.h"
#include "base/crc32c.h"
#include "net/dissect.h"
#include "net/flow_key.h"
#include "net/tcp.h"

namespace superfluid::net {
namespace {

std::vector<std::uint8_t> noise(std::size_t size) {
  base::Rng rng(1);
  std::vector<std::uint8_t> bytes(size);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(rng.next());
  }
  return bytes;
}

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void BM_InternetChecksum(benchmark::State& state) {
  const auto bytes = noise(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(internet_checksum(bytes));
  }
  set_bytes(state);
}
BENCHMARK(BM_InternetChecksum)->Arg(20)->Arg(64)->Arg(1500);

void BM_ChecksumDelta(benchmark::State& state) {
  base::be16 checksum(0x1234);
  Ipv4Address from{{10, 0, 0, 1}};
  const Ipv4Address to{{192, 0, 2, 1}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(from);
    ChecksumDelta delta;
    delta.replace(from, to);
    benchmark::DoNotOptimize(checksum = delta.apply(checksum));
  }
}
BENCHMARK(BM_ChecksumDelta);

void BM_Crc32c(benchmark::State& state) {
  const auto bytes = noise(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(base::crc32c(bytes));
  }
  set_bytes(state);
}
BENCHMARK(BM_Crc32c)->Arg(64)->Arg(1500);

// TCP over IPv4 or IPv6, as arg says, with 64 bytes of payload.
std::vector<std::uint8_t> tcp_packet(std::int64_t version) {
  const auto payload = noise(64);
  std::array<std::uint8_t, 256> segment_room{};
  std::array<std::uint8_t, 256> room{};
  base::Writer segment(segment_room);
  base::Writer writer(room);
  const TcpFields fields{.source_port = 40000, .destination_port = 443, .flags = kTcpAck};
  if (version == 4) {
    const Ipv4Address source{{10, 0, 0, 1}};
    const Ipv4Address destination{{192, 0, 2, 1}};
    write_tcp(segment, fields, PseudoHeader(source, destination), payload);
    write_ipv4(writer, {.protocol = IpProtocol::kTcp, .source = source, .destination = destination},
               segment.position());
  } else {
    const Ipv6Address source{{0x20, 0x01, 0x0d, 0xb8, 1}};
    const Ipv6Address destination{{0x20, 0x01, 0x0d, 0xb8, 2}};
    write_tcp(segment, fields, PseudoHeader(source, destination), payload);
    write_ipv6(writer,
               {.next_header = IpProtocol::kTcp, .source = source, .destination = destination},
               segment.position());
  }
  writer.bytes(segment.written());
  return {writer.written().begin(), writer.written().end()};
}

void BM_FlowKey(benchmark::State& state) {
  const auto packet = tcp_packet(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(flow_key_of(base::ByteView(packet)));
  }
}
BENCHMARK(BM_FlowKey)->Arg(4)->Arg(6);

void BM_FlowHash(benchmark::State& state) {
  FlowKey key = *flow_key_of(base::ByteView(tcp_packet(6)));
  const FlowHasher hasher(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(key);
    benchmark::DoNotOptimize(hasher(key));
  }
}
BENCHMARK(BM_FlowHash);

void BM_FlowHashSymmetric(benchmark::State& state) {
  FlowKey key = *flow_key_of(base::ByteView(tcp_packet(6)));
  const FlowHasher hasher(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(key);
    benchmark::DoNotOptimize(hasher.symmetric(key));
  }
}
BENCHMARK(BM_FlowHashSymmetric);

void BM_Dissect(benchmark::State& state) {
  const auto packet = tcp_packet(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(dissect(packet, LinkType::kRawIp));
  }
}
BENCHMARK(BM_Dissect)->Arg(4)->Arg(6);

}  // namespace
}  // namespace superfluid::net
