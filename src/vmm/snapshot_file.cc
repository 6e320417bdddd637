// SPDX-License-Identifier: Apache-2.0
// The file of a snapshot, docs/formats/snapshot.md: header, numbers of the pages that are not zero,
// those pages, note, checksum. Little-endian, as the machine is.
#include <algorithm>
#include <cstring>

#include "abi/ring.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/text.h"
#include "os/mapping.h"
#include "os/memfd.h"
#include "vmm/snapshot.h"

namespace superfluid::vmm {
namespace {

constexpr std::uint64_t kSnapshot = 0x31504e53'4d4d5653;    // "SVMMSNP1"
constexpr std::uint64_t kDifference = 0x31464944'4d4d5653;  // "SVMMDIF1"
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kPage = abi::kPageBytes;
constexpr std::size_t kChecksumBytes = 4;

struct FileHeader {
  std::uint64_t magic;
  std::uint16_t version;
  std::uint16_t abi_version;
  std::uint32_t header_bytes;
  std::uint64_t ram_bytes;
  std::uint32_t ports;
  std::uint32_t slots;
  std::uint64_t clock_ns;
  std::uint32_t pages;
  std::uint32_t note_bytes;
  kvm_regs registers;
  FpuState fpu;
};
static_assert(sizeof(kvm_regs) == 144);
static_assert(offsetof(FileHeader, registers) == 48);
static_assert(sizeof(FileHeader) == 192 + sizeof(FpuState));

base::Failure corrupt(std::string_view what) {
  return base::fail(base::ErrorCode::kCorrupt, base::cat("snapshot: ", what));
}

template <typename T>
void append(std::vector<std::uint8_t>& bytes, const T* from, std::size_t count) {
  if (count == 0) {
    return;
  }
  // Not insert(): behind a reserve() g++ 12 sees it write past the end, and warns.
  const std::size_t at = bytes.size();
  bytes.resize(at + count * sizeof(T));
  std::memcpy(bytes.data() + at, from, count * sizeof(T));
}

base::Result<ShellSize> size_of(const FileHeader& header) {
  if (header.ram_bytes < abi::kRamBytesMin || header.ram_bytes > abi::kRamBytesMax ||
      header.ram_bytes % kPage != 0 || header.ports > abi::kPortsMax ||
      !abi::is_ring_size(header.slots)) {
    return corrupt("no machine has its size");
  }
  return ShellSize{
      .ram = base::bytes(header.ram_bytes), .ports = header.ports, .slots = header.slots};
}

base::Result<FileHeader> read_header(base::ByteView file, std::uint64_t magic) {
  FileHeader header;
  if (file.size() < sizeof header + kChecksumBytes) {
    return corrupt("it is too short");
  }
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != magic) {
    return corrupt("the file is none");
  }
  if (header.version != kVersion || header.abi_version != abi::kAbiVersion ||
      header.header_bytes != sizeof header) {
    return base::fail(base::ErrorCode::kUnsupported,
                      base::cat("snapshot: version ", header.version, " of a machine of version ",
                                header.abi_version, " cannot be read; this program reads ",
                                kVersion, " of ", abi::kAbiVersion));
  }
  return header;
}

// The page numbers, ascending and inside of the memory.
base::Status check_pages(base::ByteView numbers, std::uint64_t ram_bytes) {
  std::uint64_t least = 0;
  for (std::size_t at = 0; at < numbers.size(); at += sizeof(std::uint32_t)) {
    std::uint32_t number = 0;
    std::memcpy(&number, numbers.data() + at, sizeof number);
    if (number < least || number >= ram_bytes / kPage) {
      return corrupt("its pages are out of order");
    }
    least = std::uint64_t{number} + 1;
  }
  return {};
}

// A file taken apart, every number in it checked.
struct Parts {
  ShellSize size;
  Snapshot standing;  // without its memory
  base::ByteView numbers;
  base::ByteView pages;
  std::string_view note;
};

base::Result<Parts> take_apart(base::ByteView file, std::uint64_t magic) {
  SF_TRY(header, read_header(file, magic));
  SF_TRY(size, size_of(header));
  const std::uint64_t number_bytes = std::uint64_t{header.pages} * sizeof(std::uint32_t);
  const std::uint64_t page_bytes = std::uint64_t{header.pages} * kPage;
  if (header.pages > header.ram_bytes / kPage || header.note_bytes > kNoteBytesMax ||
      file.size() !=
          sizeof header + number_bytes + page_bytes + header.note_bytes + kChecksumBytes) {
    return corrupt("its length is not what its header says");
  }
  std::uint32_t checksum = 0;
  const base::ByteView content = file.first(file.size() - kChecksumBytes);
  std::memcpy(&checksum, file.data() + content.size(), sizeof checksum);
  if (checksum != base::crc32c(content)) {
    return corrupt("its checksum is wrong").try_this("copy the file again; it is damaged");
  }
  Parts parts;
  parts.size = size;
  parts.numbers = content.subspan(sizeof header, number_bytes);
  parts.pages = content.subspan(sizeof header + number_bytes, page_bytes);
  parts.note = base::text_of(content.last(header.note_bytes));
  SF_CHECKED(check_pages(parts.numbers, header.ram_bytes));
  parts.standing.size = size;
  parts.standing.clock_ns = header.clock_ns;
  parts.standing.cpu = {.registers = header.registers, .fpu = header.fpu};
  SF_CHECKED(check_cpu(parts.standing.cpu));
  return parts;
}

void lay_pages(const Parts& parts, base::ByteSpan memory) {
  for (std::size_t i = 0; i < parts.numbers.size() / sizeof(std::uint32_t); ++i) {
    std::uint32_t number = 0;
    std::memcpy(&number, parts.numbers.data() + i * sizeof number, sizeof number);
    std::memcpy(memory.data() + number * kPage, parts.pages.data() + i * kPage, kPage);
  }
}

std::vector<std::uint8_t> put_together(std::uint64_t magic, const Snapshot& standing,
                                       base::ByteView memory,
                                       const std::vector<std::uint32_t>& numbers,
                                       std::string_view note) {
  const FileHeader header{.magic = magic,
                          .version = kVersion,
                          .abi_version = abi::kAbiVersion,
                          .header_bytes = sizeof(FileHeader),
                          .ram_bytes = memory.size(),
                          .ports = standing.size.ports,
                          .slots = standing.size.slots,
                          .clock_ns = standing.clock_ns,
                          .pages = static_cast<std::uint32_t>(numbers.size()),
                          .note_bytes = static_cast<std::uint32_t>(note.size()),
                          .registers = standing.cpu.registers,
                          .fpu = standing.cpu.fpu};
  std::vector<std::uint8_t> file;
  file.reserve(sizeof header + numbers.size() * (kPage + sizeof(std::uint32_t)) + note.size() +
               kChecksumBytes);
  append(file, &header, 1);
  append(file, numbers.data(), numbers.size());
  for (const std::uint32_t number : numbers) {
    append(file, memory.data() + number * kPage, kPage);
  }
  append(file, note.data(), note.size());
  const std::uint32_t checksum = base::crc32c(file);
  append(file, &checksum, 1);
  return file;
}

}  // namespace

base::Result<std::vector<std::uint8_t>> encode_snapshot(const Snapshot& snapshot,
                                                        std::string_view note) {
  base::check(note.size() <= kNoteBytesMax, "a snapshot's note has a limit");
  SF_TRY(memory, os::Mapping::of_fd(snapshot.memory.get(), 0, snapshot.size.ram.count(), {}));
  std::vector<std::uint32_t> numbers;
  for (std::size_t at = 0; at < memory.size(); at += kPage) {
    if (!is_zero(memory.bytes().subspan(at, kPage))) {
      numbers.push_back(static_cast<std::uint32_t>(at / kPage));
    }
  }
  return put_together(kSnapshot, snapshot, memory.bytes(), numbers, note);
}

base::Result<Saved> decode_snapshot(base::ByteView file) {
  SF_TRY(parts, take_apart(file, kSnapshot));
  SF_TRY(memfd, os::create_memfd("guest", parts.size.ram));
  {
    SF_TRY(memory, os::Mapping::of_fd(memfd.get(), 0, parts.size.ram.count(),
                                      {.access = os::Mapping::Access::kReadWrite}));
    lay_pages(parts, memory.writable());
  }
  SF_CHECKED(os::seal(memfd, os::Seals::kContent));
  Saved saved{.snapshot = std::move(parts.standing), .note = std::string(parts.note)};
  saved.snapshot.memory = std::move(memfd);
  return saved;
}

base::Result<std::vector<std::uint8_t>> encode_difference(base::ByteView memory,
                                                          base::ByteView image,
                                                          const Snapshot& standing) {
  base::check(memory.size() == image.size() && memory.size() == standing.size.ram.count(),
              "a clone is as large as its image");
  std::vector<std::uint32_t> numbers;
  for (std::size_t at = 0; at < memory.size(); at += kPage) {
    if (std::memcmp(memory.data() + at, image.data() + at, kPage) != 0) {
      numbers.push_back(static_cast<std::uint32_t>(at / kPage));
    }
  }
  return put_together(kDifference, standing, memory, numbers, {});
}

base::Status apply_difference(base::ByteView difference, base::ByteSpan memory,
                              Snapshot& standing) {
  SF_TRY(parts, take_apart(difference, kDifference));
  if (parts.size.ram.count() != memory.size() || parts.size != standing.size) {
    return corrupt("it is of a guest of another size");
  }
  lay_pages(parts, memory);
  standing.cpu = parts.standing.cpu;
  standing.clock_ns = parts.standing.clock_ns;
  return {};
}

}  // namespace superfluid::vmm
