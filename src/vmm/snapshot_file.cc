// SPDX-License-Identifier: Apache-2.0
// The file of a snapshot, docs/formats/snapshot.md: header, numbers of the pages that are not zero,
// those pages, note, checksum. Little-endian, as the machine is.
#include <cstring>

#include "base/check.h"
#include "os/mapping.h"
#include "os/memfd.h"
#include "vmm/snapshot.h"
#include "vmm/standing_file.h"

namespace superfluid::vmm {
namespace {

using namespace standing_file;

constexpr std::uint64_t kMagic = 0x31504e53'4d4d5653;  // "SVMMSNP1"
constexpr std::uint16_t kVersion = 1;

struct FileHeader {
  Opening opening;
  std::uint64_t clock_ns;
  std::uint32_t pages;
  std::uint32_t note_bytes;
  kvm_regs registers;
  FpuState fpu;
};
static_assert(sizeof(kvm_regs) == 144);
static_assert(offsetof(FileHeader, registers) == 48);
static_assert(sizeof(FileHeader) == 192 + sizeof(FpuState));

// A file taken apart, every number in it checked.
struct Parts {
  Snapshot standing;  // without its memory
  base::ByteView numbers;
  base::ByteView pages;
  std::string_view note;
};

base::Result<Parts> take_apart(base::ByteView file) {
  SF_TRY(size, read_opening(file, opening_of(kMagic, kVersion, sizeof(FileHeader), {})));
  FileHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  const std::uint64_t number_bytes = std::uint64_t{header.pages} * sizeof(std::uint32_t);
  const std::uint64_t page_bytes = std::uint64_t{header.pages} * kPage;
  if (header.pages > size.ram.count() / kPage || header.note_bytes > kFileNoteBytesMax ||
      file.size() !=
          sizeof header + number_bytes + page_bytes + header.note_bytes + kChecksumBytes) {
    return corrupt("its length is not what its header says");
  }
  SF_CHECKED(check_checksum(file));
  const base::ByteView content = file.first(file.size() - kChecksumBytes);
  Parts parts;
  parts.numbers = content.subspan(sizeof header, number_bytes);
  parts.pages = content.subspan(sizeof header + number_bytes, page_bytes);
  parts.note = base::text_of(content.last(header.note_bytes));
  SF_CHECKED(check_pages(parts.numbers, size.ram.count()));
  parts.standing.size = size;
  parts.standing.clock_ns = header.clock_ns;
  parts.standing.cpu = {.registers = header.registers, .fpu = header.fpu};
  SF_CHECKED(check_cpu(parts.standing.cpu));
  return parts;
}

void lay_pages(const Parts& parts, base::ByteSpan memory) {
  for (std::size_t i = 0; i < parts.numbers.size() / sizeof(std::uint32_t); ++i) {
    const auto number = word_at<std::uint32_t>(parts.numbers, i);
    std::memcpy(memory.data() + number * kPage, parts.pages.data() + i * kPage, kPage);
  }
}

}  // namespace

base::Result<std::vector<std::uint8_t>> encode_snapshot(const Snapshot& snapshot,
                                                        std::string_view note) {
  base::check(note.size() <= kFileNoteBytesMax, "a snapshot's note has a limit");
  SF_TRY(memory, os::Mapping::of_fd(snapshot.memory.get(), 0, snapshot.size.ram.count(), {}));
  std::vector<std::uint32_t> numbers;
  for (std::size_t at = 0; at < memory.size(); at += kPage) {
    if (!is_zero(memory.bytes().subspan(at, kPage))) {
      numbers.push_back(static_cast<std::uint32_t>(at / kPage));
    }
  }
  const FileHeader header{
      .opening = opening_of(kMagic, kVersion, sizeof(FileHeader), snapshot.size),
      .clock_ns = snapshot.clock_ns,
      .pages = static_cast<std::uint32_t>(numbers.size()),
      .note_bytes = static_cast<std::uint32_t>(note.size()),
      .registers = snapshot.cpu.registers,
      .fpu = snapshot.cpu.fpu};
  std::vector<std::uint8_t> file;
  file.reserve(sizeof header + numbers.size() * (kPage + sizeof(std::uint32_t)) + note.size() +
               kChecksumBytes);
  append(file, &header, 1);
  append(file, numbers.data(), numbers.size());
  for (const std::uint32_t number : numbers) {
    append(file, memory.data() + number * kPage, kPage);
  }
  append(file, note.data(), note.size());
  append_checksum(file);
  return file;
}

base::Result<Saved> decode_snapshot(base::ByteView file) {
  SF_TRY(parts, take_apart(file));
  const base::ByteCount ram = parts.standing.size.ram;
  SF_TRY(memfd, os::create_memfd("guest", ram));
  {
    SF_TRY(memory, os::Mapping::of_fd(memfd.get(), 0, ram.count(),
                                      {.access = os::Mapping::Access::kReadWrite}));
    lay_pages(parts, memory.writable());
  }
  SF_CHECKED(os::seal(memfd, os::Seals::kContent));
  Saved saved{.snapshot = std::move(parts.standing), .note = std::string(parts.note)};
  saved.snapshot.memory = std::move(memfd);
  return saved;
}

}  // namespace superfluid::vmm
