// SPDX-License-Identifier: Apache-2.0
// What a packet of a capture costs its reader and its writer.

#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "os/pcap.h"

namespace superfluid::os {
namespace {

constexpr std::size_t kPackets = 10'000;
constexpr std::size_t kPacketBytes = 64;

// A pcap file of kPackets equal packets, in this host's byte order.
std::vector<std::uint8_t> capture() {
  constexpr std::array<std::uint32_t, 6> kFile{0xa1b23c4d, 0x00040002,   0,
                                               0,          kPacketBytes, kLinkEthernet};
  constexpr std::array<std::uint32_t, 4> kRecord{1, 2, kPacketBytes, kPacketBytes};
  std::vector<std::uint8_t> file(sizeof kFile + kPackets * (sizeof kRecord + kPacketBytes));
  std::memcpy(file.data(), kFile.data(), sizeof kFile);
  for (std::size_t i = 0; i < kPackets; ++i) {
    std::memcpy(file.data() + sizeof kFile + i * (sizeof kRecord + kPacketBytes), kRecord.data(),
                sizeof kRecord);
  }
  return file;
}

void read_packets(benchmark::State& state) {
  const std::vector<std::uint8_t> file = capture();
  for (auto _ : state) {
    auto reader = PcapReader::from_bytes(file);
    base::check(reader.has_value(), "the capture is good");
    while (auto packet = *reader->next()) {
      benchmark::DoNotOptimize(packet->bytes.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPackets));
}
BENCHMARK(read_packets);

void write_packets(benchmark::State& state) {
  auto writer = PcapWriter::create("/dev/null", {});
  base::check(writer.has_value(), "/dev/null can be written");
  const std::array<std::uint8_t, kPacketBytes> packet{};
  for (auto _ : state) {
    base::check(writer->write(packet, base::seconds(1)).has_value(), "it takes everything");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(write_packets);

}  // namespace
}  // namespace superfluid::os
