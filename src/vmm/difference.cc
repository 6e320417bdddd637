// SPDX-License-Identifier: Apache-2.0
// docs/formats/difference.md: header, words of the FPU, numbers of pages, masks of their lines,
// lines, checksum. Little-endian, as the machine is.
#include "vmm/difference.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "vmm/snapshot.h"
#include "vmm/standing_file.h"

namespace superfluid::vmm {
namespace {

using namespace standing_file;

constexpr std::uint64_t kMagic = 0x31464944'4d4d5653;  // "SVMMDIF1"
constexpr std::uint16_t kVersion = 2;
constexpr std::size_t kLine = 64;
static_assert(kPage / kLine == 64, "a mask has a bit for each line of a page");

struct Header {
  Opening opening;
  std::uint64_t clock_ns;
  std::uint64_t stood_at_ns;  // CLOCK_MONOTONIC
  std::uint32_t pages;
  std::uint32_t fpu_words;  // that follow; the others are zero
  kvm_regs registers;
};
static_assert(sizeof(Header) == 56 + sizeof(kvm_regs));

std::uint64_t lines_that_differ(const std::uint8_t* page, const std::uint8_t* image) {
  std::uint64_t mask = 0;
  for (std::size_t line = 0; line < kPage / kLine; ++line) {
    if (std::memcmp(page + line * kLine, image + line * kLine, kLine) != 0) {
      mask |= 1ull << line;
    }
  }
  return mask;
}

std::uint32_t words_used(const FpuState& fpu) {
  std::size_t used = fpu.words.size();
  while (used > 0 && fpu.words[used - 1] == 0) {
    --used;
  }
  return static_cast<std::uint32_t>(used);
}

// A difference taken apart, every number in it checked.
struct Parts {
  Header header;
  ShellSize size;
  CpuState cpu;
  base::ByteView numbers;
  base::ByteView masks;
  base::ByteView lines;
};

base::Result<Parts> take_apart(base::ByteView file) {
  Parts parts;
  SF_TRY(size, read_opening(file, opening_of(kMagic, kVersion, sizeof(Header), {})));
  SF_CHECKED(check_checksum(file));
  parts.size = size;
  std::memcpy(&parts.header, file.data(), sizeof parts.header);
  const Header& header = parts.header;
  base::ByteView rest = file.subspan(sizeof header, file.size() - sizeof header - kChecksumBytes);
  const auto take = [&rest](std::size_t bytes) {
    const base::ByteView taken = rest.first(bytes);
    rest = rest.subspan(bytes);
    return taken;
  };
  constexpr std::size_t kBytesOfPage = sizeof(std::uint32_t) + sizeof(std::uint64_t);
  if (header.fpu_words > parts.cpu.fpu.words.size() ||
      header.pages > header.opening.ram_bytes / kPage ||
      rest.size() < header.fpu_words * sizeof(std::uint32_t) + header.pages * kBytesOfPage) {
    return corrupt("its length is not what its header says");
  }
  const base::ByteView fpu = take(header.fpu_words * sizeof(std::uint32_t));
  std::ranges::copy(fpu, reinterpret_cast<std::uint8_t*>(parts.cpu.fpu.words.data()));
  parts.cpu.registers = header.registers;
  parts.numbers = take(header.pages * sizeof(std::uint32_t));
  parts.masks = take(header.pages * sizeof(std::uint64_t));
  parts.lines = rest;
  std::size_t lines = 0;
  for (std::size_t i = 0; i < header.pages; ++i) {
    lines += static_cast<std::size_t>(std::popcount(word_at<std::uint64_t>(parts.masks, i)));
  }
  if (parts.lines.size() != lines * kLine) {
    return corrupt("its length is not what its header says");
  }
  SF_CHECKED(check_pages(parts.numbers, header.opening.ram_bytes));
  SF_CHECKED(check_cpu(parts.cpu));
  return parts;
}

}  // namespace

std::vector<std::uint8_t> encode_difference(base::ByteView memory, base::ByteView image,
                                            std::span<const std::uint32_t> pages,
                                            const Snapshot& standing, std::uint64_t now_ns) {
  base::check(memory.size() == image.size() && memory.size() == standing.size.ram.count(),
              "a clone is as large as its image");
  std::vector<std::uint32_t> numbers;
  std::vector<std::uint64_t> masks;
  std::size_t lines = 0;
  for (const std::uint32_t page : pages) {
    const std::uint64_t mask =
        lines_that_differ(memory.data() + page * kPage, image.data() + page * kPage);
    if (mask != 0) {
      numbers.push_back(page);
      masks.push_back(mask);
      lines += static_cast<std::size_t>(std::popcount(mask));
    }
  }
  const Header header{.opening = opening_of(kMagic, kVersion, sizeof(Header), standing.size),
                      .clock_ns = standing.clock_ns,
                      .stood_at_ns = now_ns,
                      .pages = static_cast<std::uint32_t>(numbers.size()),
                      .fpu_words = words_used(standing.cpu.fpu),
                      .registers = standing.cpu.registers};
  std::vector<std::uint8_t> file;
  file.reserve(sizeof header + header.fpu_words * sizeof(std::uint32_t) +
               numbers.size() * (sizeof(std::uint32_t) + sizeof(std::uint64_t)) + lines * kLine +
               kChecksumBytes);
  append(file, &header, 1);
  append(file, standing.cpu.fpu.words.data(), header.fpu_words);
  append(file, numbers.data(), numbers.size());
  append(file, masks.data(), masks.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (std::uint64_t left = masks[i]; left != 0; left &= left - 1) {
      const auto line = static_cast<std::size_t>(std::countr_zero(left));
      append(file, memory.data() + numbers[i] * kPage + line * kLine, kLine);
    }
  }
  append_checksum(file);
  return file;
}

base::Status apply_difference(base::ByteView difference, base::ByteSpan memory, Snapshot& standing,
                              std::uint64_t now_ns) {
  SF_TRY(parts, take_apart(difference));
  if (parts.size.ram.count() != memory.size() || parts.size != standing.size) {
    return corrupt("it is of a guest of another size");
  }
  base::ByteView lines = parts.lines;
  for (std::size_t i = 0; i < parts.header.pages; ++i) {
    std::uint8_t* const page = memory.data() + word_at<std::uint32_t>(parts.numbers, i) * kPage;
    for (auto left = word_at<std::uint64_t>(parts.masks, i); left != 0; left &= left - 1) {
      const auto line = static_cast<std::size_t>(std::countr_zero(left));
      std::ranges::copy(lines.first(kLine), page + line * kLine);
      lines = lines.subspan(kLine);
    }
  }
  standing.cpu = parts.cpu;
  // Of another boot the count may have been further than now.
  const std::uint64_t passed = now_ns - std::min(parts.header.stood_at_ns, now_ns);
  standing.clock_ns = parts.header.clock_ns + passed;
  return {};
}

}  // namespace superfluid::vmm
