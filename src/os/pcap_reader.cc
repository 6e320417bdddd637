// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/pcap.h"

namespace superfluid::os {
namespace {

using base::ErrorCode;

// pcap: the file header, then records.
constexpr std::uint32_t kMagicMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kMagicNanoseconds = 0xa1b23c4d;
constexpr std::size_t kFileHeader = 24;

// pcapng: blocks of type, length, body, length again. The section header's type reads the same in
// both byte orders; the word after its length says which it is.
constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kOldPacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::size_t kBlockOverhead = 12;
constexpr std::size_t kSectionBody = 16;
constexpr std::size_t kInterfaceBody = 8;
constexpr std::size_t kEnhancedBody = 20;
constexpr std::size_t kSimpleBody = 4;
constexpr std::uint16_t kOptionEnd = 0;
constexpr std::uint16_t kOptionTimeResolution = 9;
constexpr std::uint16_t kOptionTimeOffset = 14;

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::size_t padded(std::size_t length) { return (length + 3) & ~std::size_t{3}; }

}  // namespace

base::Result<PcapReader> PcapReader::open(const std::string& path) {
  UniqueFd file;
  if (path == "-") {
    file = UniqueFd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!file) {
      return fail_errno("use standard input", errno);
    }
  } else {
    SF_TRY(opened, open_file(path, O_RDONLY));
    file = std::move(opened);
  }
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) {
    return fail_errno(base::cat("look at capture ", path), errno);
  }
  PcapReader reader{base::ByteView()};
  if (S_ISREG(found.st_mode) && found.st_size > 0) {
    SF_TRY(mapping, Mapping::of_fd(file.get(), 0, static_cast<std::size_t>(found.st_size),
                                   {.sharing = Mapping::Sharing::kPrivate}));
    reader.mapping_ = std::move(mapping);
    reader.bytes_ = reader.mapping_.bytes();
  } else {
    SF_TRY(stream, read_whole(file.get(), kCaptureStreamMax));
    reader.stream_ = std::move(stream);
    reader.bytes_ = reader.stream_;
  }
  if (auto started = reader.start(); !started) {
    const base::Error& why = started.error();
    return base::pass(
        base::Error(why.code(), base::cat("read capture ", base::escape(path))).caused_by(why));
  }
  return reader;
}

base::Result<PcapReader> PcapReader::from_bytes(base::ByteView bytes) {
  PcapReader reader(bytes);
  SF_CHECKED(reader.start());
  return reader;
}

base::Status PcapReader::start() {
  if (bytes_.size() < sizeof(std::uint32_t)) {
    return corrupt("too short to be a capture");
  }
  std::uint32_t magic = u32(0);
  if (magic == kSectionHeader) {
    is_pcapng_ = true;
    SF_TRY(first, block_at_position());
    return enter_section(first);
  }
  if (magic != kMagicMicroseconds && magic != kMagicNanoseconds) {
    swapped_ = true;
    magic = u32(0);
  }
  if (magic != kMagicMicroseconds && magic != kMagicNanoseconds) {
    return base::fail(ErrorCode::kInvalid, "neither pcap nor pcapng")
        .try_this("convert it with: editcap -F pcapng <file> <new file>");
  }
  return start_classic(magic);
}

base::Status PcapReader::start_classic(std::uint32_t magic) {
  if (bytes_.size() < kFileHeader) {
    return corrupt("the file header is cut short");
  }
  if (u16(4) != 2 || u16(6) != 4) {
    return base::fail(ErrorCode::kUnsupported, base::cat("pcap version ", u16(4), ".", u16(6)))
        .try_this("convert it with: editcap -F pcap <file> <new file>");
  }
  // The upper half of the last word tells about frame check sequences, not about the link.
  interfaces_.push_back({.link_type = u32(20) & 0xffff,
                         .snap_length = u32(16),
                         .multiply = magic == kMagicNanoseconds ? 1u : 1000u});
  position_ = kFileHeader;
  return {};
}

base::Result<std::optional<CapturedPacket>> PcapReader::next_other() {
  if (position_ == bytes_.size()) {
    return std::nullopt;
  }
  if (is_pcapng_) {
    return next_block();
  }
  return damaged_record();
}

base::Failure PcapReader::damaged_record() const {
  if (bytes_.size() - position_ < kRecordHeader) {
    return corrupt("a record header is cut short");
  }
  return corrupt(u32(position_ + 8) > kCapturedBytesMax ? "a packet is longer than 256KiB"
                                                        : "a packet is cut short");
}

base::Result<std::optional<CapturedPacket>> PcapReader::next_block() {
  while (position_ != bytes_.size()) {
    SF_TRY(block, block_at_position());
    switch (block.type) {
      case kSectionHeader: {
        SF_CHECKED(enter_section(block));
        break;
      }
      case kInterfaceDescription: {
        SF_CHECKED(add_interface(block));
        break;
      }
      case kEnhancedPacket:
      case kOldPacket: {
        SF_TRY(packet, enhanced_packet(block));
        position_ = block.end;
        return packet;
      }
      case kSimplePacket: {
        SF_TRY(packet, simple_packet(block));
        position_ = block.end;
        return packet;
      }
      default: break;
    }
    position_ = block.end;
  }
  return std::nullopt;
}

base::Result<PcapReader::Block> PcapReader::block_at_position() {
  const std::size_t left = bytes_.size() - position_;
  if (left < kBlockOverhead) {
    return corrupt("a block is cut short");
  }
  if (u32(position_) == kSectionHeader) {
    // The byte order changes with the section, and this block's length is already in the new one.
    std::uint32_t order = u32(position_ + 8);
    if (order != kByteOrderMagic) {
      swapped_ = !swapped_;
      order = u32(position_ + 8);
    }
    if (order != kByteOrderMagic) {
      swapped_ = !swapped_;
      return corrupt("a section says no byte order");
    }
  }
  const std::uint32_t length = u32(position_ + 4);
  if (length < kBlockOverhead || length % 4 != 0 || length > left) {
    return corrupt("a block's length is wrong");
  }
  if (u32(position_ + length - 4) != length) {
    return corrupt("a block's two lengths differ");
  }
  return Block{.type = u32(position_),
               .body = position_ + 8,
               .body_length = length - kBlockOverhead,
               .end = position_ + length};
}

base::Status PcapReader::enter_section(const Block& block) {
  if (block.body_length < kSectionBody) {
    return corrupt("a section header is too short");
  }
  // Version 1.2 was written by some programs and means 1.0. The section's length is not needed.
  const std::uint16_t minor = u16(block.body + 6);
  if (u16(block.body + 4) != 1 || (minor != 0 && minor != 2)) {
    return base::fail(ErrorCode::kUnsupported,
                      base::cat("pcapng version ", u16(block.body + 4), ".", minor));
  }
  interfaces_.clear();
  return {};
}

base::Status PcapReader::add_interface(const Block& block) {
  if (block.body_length < kInterfaceBody) {
    return corrupt("an interface description is too short");
  }
  if (interfaces_.size() == kCaptureInterfacesMax) {
    return corrupt("a section has more than 65536 interfaces");
  }
  Interface made{.link_type = u16(block.body), .snap_length = u32(block.body + 4)};
  SF_CHECKED(read_interface_options(block, made));
  interfaces_.push_back(made);
  return {};
}

base::Status PcapReader::read_interface_options(const Block& block, Interface& made) {
  std::size_t at = block.body + kInterfaceBody;
  const std::size_t end = block.body + block.body_length;
  while (end - at >= 4) {
    const std::uint16_t code = u16(at);
    const std::uint16_t length = u16(at + 2);
    at += 4;
    if (code == kOptionEnd) {
      return {};
    }
    if (padded(length) > end - at) {
      return corrupt("an interface option is cut short");
    }
    if (code == kOptionTimeResolution && length == 1) {
      const unsigned exponent = bytes_[at] & 0x7f;
      const bool binary = (bytes_[at] & 0x80) != 0;
      made.multiply = binary ? kNanosecondsPerSecond : 1;
      made.divide = 1;
      made.shift = binary ? exponent : 0;
      for (unsigned digit = exponent; !binary && digit < 9; ++digit) {
        made.multiply *= 10;
      }
      // At 10^-28 the largest stamp is one nanosecond; finer units need no finer divisor.
      for (unsigned digit = 9; !binary && digit < std::min(exponent, 28u); ++digit) {
        made.divide *= 10;
      }
    } else if (code == kOptionTimeOffset && length == 8) {
      made.offset_seconds = static_cast<std::int64_t>(u64(at));
    }
    at += padded(length);
  }
  return {};
}

// The old packet block differs in its first word: 16 bits of interface, 16 of drop count.
base::Result<CapturedPacket> PcapReader::enhanced_packet(const Block& block) {
  if (block.body_length < kEnhancedBody) {
    return corrupt("a packet block is too short");
  }
  const std::uint32_t index = block.type == kOldPacket ? u16(block.body) : u32(block.body);
  if (index >= interfaces_.size()) {
    return corrupt("a packet names an interface that was not described");
  }
  const std::uint32_t captured = u32(block.body + 12);
  if (captured > kCapturedBytesMax) {
    return corrupt("a packet is longer than 256KiB");
  }
  if (captured > block.body_length - kEnhancedBody) {
    return corrupt("a packet is longer than its block");
  }
  const std::uint64_t ticks = (std::uint64_t{u32(block.body + 4)} << 32) | u32(block.body + 8);
  SF_TRY(since_epoch, stamp(interfaces_[index], ticks));
  return CapturedPacket{.bytes = bytes_.subspan(block.body + kEnhancedBody, captured),
                        .length_on_wire = std::max(captured, u32(block.body + 16)),
                        .since_epoch = since_epoch,
                        .link_type = interfaces_[index].link_type};
}

base::Result<CapturedPacket> PcapReader::simple_packet(const Block& block) {
  if (block.body_length < kSimpleBody) {
    return corrupt("a packet block is too short");
  }
  if (interfaces_.empty()) {
    return corrupt("a packet comes before any interface");
  }
  // The captured length is not stored: it is the original one, cut at the interface's limit.
  const std::uint32_t original = u32(block.body);
  const std::uint32_t limit = interfaces_[0].snap_length;
  const std::uint32_t captured = limit == 0 ? original : std::min(original, limit);
  if (captured > kCapturedBytesMax) {
    return corrupt("a packet is longer than 256KiB");
  }
  if (captured > block.body_length - kSimpleBody) {
    return corrupt("a packet is longer than its block");
  }
  return CapturedPacket{.bytes = bytes_.subspan(block.body + kSimpleBody, captured),
                        .length_on_wire = original,
                        .since_epoch = base::nanoseconds(0),
                        .link_type = interfaces_[0].link_type};
}

base::Result<base::Duration> PcapReader::stamp(const Interface& on, std::uint64_t ticks) const {
  __extension__ using Wide = __int128;
  Wide time = static_cast<Wide>(ticks) * on.multiply;
  if (on.divide != 1) {
    time /= on.divide;
  }
  time >>= on.shift;
  time += static_cast<Wide>(on.offset_seconds) * kNanosecondsPerSecond;
  if (time > std::numeric_limits<std::int64_t>::max() ||
      time < std::numeric_limits<std::int64_t>::min()) {
    return corrupt("a time stamp is out of range");
  }
  return base::nanoseconds(static_cast<std::int64_t>(time));
}

base::Failure PcapReader::corrupt(std::string_view what) const {
  return base::fail(ErrorCode::kCorrupt,
                    base::cat("damaged capture at offset ", position_, ": ", what));
}

std::uint16_t PcapReader::u16(std::size_t at) const {
  std::uint16_t value;
  std::memcpy(&value, bytes_.data() + at, sizeof value);
  return swapped_ ? __builtin_bswap16(value) : value;
}

std::uint64_t PcapReader::u64(std::size_t at) const {
  std::uint64_t value;
  std::memcpy(&value, bytes_.data() + at, sizeof value);
  return swapped_ ? __builtin_bswap64(value) : value;
}

}  // namespace superfluid::os
