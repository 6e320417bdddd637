// SPDX-License-Identifier: Apache-2.0
#include "vmm/standing_file.h"

#include "abi/ring.h"
#include "base/crc32c.h"
#include "base/text.h"

namespace superfluid::vmm::standing_file {

Opening opening_of(std::uint64_t magic, std::uint16_t version, std::uint32_t header_bytes,
                   const ShellSize& size) {
  return {.magic = magic,
          .version = version,
          .abi_version = abi::kAbiVersion,
          .header_bytes = header_bytes,
          .ram_bytes = size.ram.count(),
          .ports = size.ports,
          .slots = size.slots};
}

base::Result<ShellSize> read_opening(base::ByteView file, const Opening& expected) {
  if (file.size() < expected.header_bytes + kChecksumBytes) {
    return corrupt("it is too short");
  }
  Opening there;
  std::memcpy(&there, file.data(), sizeof there);
  if (there.magic != expected.magic) {
    return corrupt("the file is none");
  }
  if (there.version != expected.version || there.abi_version != expected.abi_version ||
      there.header_bytes != expected.header_bytes) {
    return base::fail(base::ErrorCode::kUnsupported,
                      base::cat("snapshot: version ", there.version, " of a machine of version ",
                                there.abi_version, " cannot be read; this program reads ",
                                expected.version, " of ", expected.abi_version));
  }
  if (there.ram_bytes < abi::kRamBytesMin || there.ram_bytes > abi::kRamBytesMax ||
      there.ram_bytes % kPage != 0 || there.ports > abi::kPortsMax ||
      !abi::is_ring_size(there.slots)) {
    return corrupt("no machine has its size");
  }
  return ShellSize{.ram = base::bytes(there.ram_bytes), .ports = there.ports, .slots = there.slots};
}

base::Failure corrupt(std::string_view what) {
  return base::fail(base::ErrorCode::kCorrupt, base::cat("snapshot: ", what));
}

void append_checksum(std::vector<std::uint8_t>& file) {
  const std::uint32_t checksum = base::crc32c(file);
  append(file, &checksum, 1);
}

base::Status check_checksum(base::ByteView file) {
  const base::ByteView content = file.first(file.size() - kChecksumBytes);
  if (word_at<std::uint32_t>(file.last(kChecksumBytes), 0) != base::crc32c(content)) {
    return corrupt("its checksum is wrong").try_this("copy the file again; it is damaged");
  }
  return {};
}

base::Status check_pages(base::ByteView numbers, std::uint64_t ram_bytes) {
  std::uint64_t least = 0;
  for (std::size_t i = 0; i < numbers.size() / sizeof(std::uint32_t); ++i) {
    const auto number = word_at<std::uint32_t>(numbers, i);
    if (number < least || number >= ram_bytes / kPage) {
      return corrupt("its pages are out of order");
    }
    least = std::uint64_t{number} + 1;
  }
  return {};
}

}  // namespace superfluid::vmm::standing_file
