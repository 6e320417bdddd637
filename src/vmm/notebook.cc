// SPDX-License-Identifier: Apache-2.0
#include "vmm/notebook.h"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "abi/ring.h"
#include "base/text.h"
#include "os/errno.h"
#include "os/memfd.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;

constexpr std::size_t kHalvesAt = 64;
constexpr std::size_t kHalfBytes = sizeof(std::uint32_t) + Notebook::kNoteBytesMax;
constexpr std::size_t kBytesOfPage = abi::whole_pages(kHalvesAt + 2 * kHalfBytes);

std::atomic_ref<std::uint32_t> which(std::uint8_t* page) {
  return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(page));
}

std::uint8_t* half(std::uint8_t* page, std::uint32_t index) {
  return page + kHalvesAt + index * kHalfBytes;
}

}  // namespace

base::Result<os::UniqueFd> Notebook::create(std::size_t pages) {
  SF_TRY(memory, os::create_memfd("notebook", base::bytes(pages * kBytesOfPage)));
  SF_CHECKED(os::seal(memory, os::Seals::kSize));
  return memory;
}

base::Status Notebook::tear_out(const os::UniqueFd& memfd, std::uint32_t page) {
  if (::fallocate(memfd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  static_cast<off_t>(page * kBytesOfPage), static_cast<off_t>(kBytesOfPage)) != 0) {
    return os::fail_errno("give a notebook's page back", errno);
  }
  return {};
}

base::Result<Notebook> Notebook::map(int memfd) {
  SF_TRY(size, os::size_of(memfd));
  if (size.count() == 0 || size.count() % kBytesOfPage != 0 ||
      !os::has_seals(memfd, os::Seals::kSize)) {
    return base::fail(ErrorCode::kInvalid, "this memory is no notebook");
  }
  SF_TRY(memory,
         os::Mapping::of_fd(memfd, 0, size.count(), {.access = os::Mapping::Access::kReadWrite}));
  return Notebook(std::move(memory));
}

std::size_t Notebook::pages() const { return memory_.size() / kBytesOfPage; }

base::Result<std::uint8_t*> Notebook::at(std::uint32_t page) const {
  if (page >= pages()) {
    return base::fail(ErrorCode::kInvalid, "the notebook has no such page");
  }
  return memory_.data() + page * kBytesOfPage;
}

base::Status Notebook::write(std::uint32_t page, std::string_view note) {
  if (note.size() > kNoteBytesMax) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("a note has at most ", kNoteBytesMax, " bytes"));
  }
  SF_TRY(there, at(page));
  const std::uint32_t other = which(there).load(std::memory_order_relaxed) == 0 ? 1 : 0;
  const auto bytes = static_cast<std::uint32_t>(note.size());
  std::memcpy(half(there, other), &bytes, sizeof bytes);
  std::memcpy(half(there, other) + sizeof bytes, note.data(), note.size());
  which(there).store(other, std::memory_order_release);
  return {};
}

base::Result<std::string> Notebook::read(std::uint32_t page) const {
  SF_TRY(there, at(page));
  const std::uint32_t holds = which(there).load(std::memory_order_acquire);
  std::uint32_t bytes = 0;
  if (holds <= 1) {
    std::memcpy(&bytes, half(there, holds), sizeof bytes);
  }
  if (holds > 1 || bytes > kNoteBytesMax) {
    return base::fail(ErrorCode::kCorrupt, "no daemon wrote this note");
  }
  return std::string(reinterpret_cast<const char*>(half(there, holds)) + sizeof bytes, bytes);
}

}  // namespace superfluid::vmm
