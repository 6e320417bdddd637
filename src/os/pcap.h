// SPDX-License-Identifier: Apache-2.0
// Captures: PcapReader walks the packets of a pcap or pcapng file, PcapWriter writes pcap.
//
// Why not libpcap: captures feed graphs and benchmarks that spend tens of nanoseconds on a packet,
// and libpcap copies every packet through stdio first. Here a packet is a view into a read-only
// mapping. pcapng is read because that is what Wireshark saves unless told otherwise.
//
// What is read
//   pcap    version 2.4, both byte orders, microseconds and nanoseconds
//   pcapng  both byte orders, several sections and interfaces, if_tsresol and if_tsoffset;
//           enhanced, simple and the old packet blocks; other blocks are stepped over
//
// Invariants
//   1. A file is hostile: every length is checked against what is there and against the limits
//      below before it is used. An error names the offset of the record at fault.
//   2. CapturedPacket::bytes lies inside the capture, is valid as long as the reader lives (moving
//      the reader is fine), and is never longer than length_on_wire.
//   3. After an error next() repeats it; after the end it says the end again.
//   4. next() allocates nothing for a well-formed packet.
//
// A simple packet block carries no time: its packet has time 0. A capture that somebody else
// truncates while it is read ends the process (os/mapping.h); one still being written is read up to
// the length it had at open().
//
// Threads: one reader or writer, one thread. Time: stamps come from the capture or the caller.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "os/mapping.h"
#include "os/unique_fd.h"

namespace superfluid::os {

// Link types that the project's readers meet. Raw IP has one assigned number (101) and two that old
// systems wrote; 228 and 229 promise the version.
inline constexpr std::uint32_t kLinkEthernet = 1;
inline constexpr std::uint32_t kLinkRawBsd = 12;
inline constexpr std::uint32_t kLinkRawOpenBsd = 14;
inline constexpr std::uint32_t kLinkRaw = 101;
inline constexpr std::uint32_t kLinkIpv4 = 228;
inline constexpr std::uint32_t kLinkIpv6 = 229;

// Limits.
inline constexpr std::uint32_t kCapturedBytesMax = 256 << 10;       // of one packet
inline constexpr std::uint32_t kCaptureInterfacesMax = 1 << 16;     // of one pcapng section
inline constexpr base::ByteCount kCaptureStreamMax = base::gib(1);  // from a pipe or terminal

struct CapturedPacket {
  base::ByteView bytes;
  std::uint32_t length_on_wire;
  base::Duration since_epoch;
  std::uint32_t link_type;
};

class PcapReader {
 public:
  // A path, or "-" for standard input. What is not a regular file is first read whole, up to
  // kCaptureStreamMax.
  static base::Result<PcapReader> open(const std::string& path);
  // Over the caller's bytes, which outlive the reader.
  static base::Result<PcapReader> from_bytes(base::ByteView bytes);

  // The next packet; nullopt at the end.
  base::Result<std::optional<CapturedPacket>> next() {
    CapturedPacket packet;
    return next_plain(packet) ? packet : next_other();
  }

 private:
  // How an interface counts time: nanoseconds = ticks * multiply / divide >> shift, plus `offset`.
  struct Interface {
    std::uint32_t link_type = 0;
    std::uint32_t snap_length = 0;  // 0: none stated
    std::uint64_t multiply = 1000;
    std::uint64_t divide = 1;
    unsigned shift = 0;
    std::int64_t offset_seconds = 0;
  };
  struct Block {
    std::uint32_t type;
    std::size_t body;  // offset of the body in bytes_
    std::size_t body_length;
    std::size_t end;  // offset of the next block
  };

  static constexpr std::size_t kRecordHeader = 16;  // of a pcap file
  static constexpr std::size_t kPrefetchAhead = 1024;

  explicit PcapReader(base::ByteView bytes) : bytes_(bytes) {}
  base::Status start();
  base::Status start_classic(std::uint32_t magic);

  // The packet of a whole record of a pcap file, which is what nearly all are, in line and without
  // an error's weight. False: next_other() has more to say.
  bool next_plain(CapturedPacket& packet);
  base::Result<std::optional<CapturedPacket>> next_other();
  base::Failure damaged_record() const;
  base::Result<std::optional<CapturedPacket>> next_block();

  base::Result<Block> block_at_position();
  base::Status enter_section(const Block& block);
  base::Status add_interface(const Block& block);
  base::Status read_interface_options(const Block& block, Interface& made);
  base::Result<CapturedPacket> enhanced_packet(const Block& block);
  base::Result<CapturedPacket> simple_packet(const Block& block);
  base::Result<base::Duration> stamp(const Interface& on, std::uint64_t ticks) const;

  base::Failure corrupt(std::string_view what) const;
  std::uint16_t u16(std::size_t at) const;
  std::uint32_t u32(std::size_t at) const {
    std::uint32_t value;
    std::memcpy(&value, bytes_.data() + at, sizeof value);
    return swapped_ ? __builtin_bswap32(value) : value;
  }
  std::uint64_t u64(std::size_t at) const;

  Mapping mapping_;                   // at most one of these two holds the bytes
  std::vector<std::uint8_t> stream_;  //
  base::ByteView bytes_;
  std::size_t position_ = 0;  // of the next record or block
  bool swapped_ = false;      // the capture's byte order is not this host's
  bool is_pcapng_ = false;
  std::vector<Interface> interfaces_;  // a pcap file has one
};

inline bool PcapReader::next_plain(CapturedPacket& packet) {
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  const std::size_t left = bytes_.size() - position_;
  if (is_pcapng_ || left < kRecordHeader) {
    return false;
  }
  const std::uint32_t captured = u32(position_ + 8);
  if (captured > kCapturedBytesMax || captured > left - kRecordHeader) {
    return false;
  }
  // Both products fit: 2^32 * 10^9 < 2^62, and the fraction adds less than 2^42.
  const Interface& link = interfaces_[0];
  const auto seconds = static_cast<std::int64_t>(u32(position_));
  const auto fraction = static_cast<std::int64_t>(u32(position_ + 4) * link.multiply);
  packet = {.bytes = bytes_.subspan(position_ + kRecordHeader, captured),
            .length_on_wire = std::max(captured, u32(position_ + 12)),
            .since_epoch = base::nanoseconds(seconds * kNanosecondsPerSecond + fraction),
            .link_type = link.link_type};
  position_ += kRecordHeader + captured;
  // The processor's own prefetching stops where a page ends.
  __builtin_prefetch(bytes_.data() + std::min(position_ + kPrefetchAhead, bytes_.size() - 1));
  return true;
}

class PcapWriter {
 public:
  struct Options {
    std::uint32_t link_type = kLinkEthernet;
    std::uint32_t snap_length = kCapturedBytesMax;  // longer packets are cut; 1..kCapturedBytesMax
    bool nanoseconds = true;
  };

  // Creates or empties the file; "-" is standard output.
  static base::Result<PcapWriter> create(const std::string& path, Options options);

  PcapWriter(PcapWriter&&) noexcept = default;
  // Writes out what is buffered. Who must know that it arrived calls close().
  ~PcapWriter();

  // Buffered. After an error the capture may end inside a record, so the writer takes no more and
  // repeats the error. `length_on_wire` defaults to the length of `bytes`.
  base::Status write(base::ByteView bytes, base::Duration since_epoch,
                     std::optional<std::uint32_t> length_on_wire = std::nullopt);
  base::Status flush();
  base::Status close();

 private:
  PcapWriter(UniqueFd file, Options options);

  UniqueFd file_;
  Options options_;
  std::vector<std::uint8_t> buffer_;
  std::optional<base::Error> broken_;
};

}  // namespace superfluid::os
