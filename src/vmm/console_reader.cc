// SPDX-License-Identifier: Apache-2.0
#include "vmm/console_reader.h"

#include <algorithm>
#include <atomic>

namespace superfluid::vmm {
namespace {

std::uint32_t written_by(const Shell& shell) {
  auto* page = reinterpret_cast<abi::GuestPage*>(shell.ram().data() + abi::kGuestPageAt);
  return std::atomic_ref(page->console_written).load(std::memory_order_acquire);
}

}  // namespace

void ConsoleReader::begin() {
  taken_ = written_by(shell_);
  dropped_ = 0;
  shell_.set_console_taken(taken_);
}

void ConsoleReader::drain() {
  const std::uint32_t written = written_by(shell_);
  if (written == taken_) {
    return;
  }
  const std::uint32_t claimed = written - taken_;
  const std::uint32_t there =
      std::min<std::uint32_t>(claimed, static_cast<std::uint32_t>(abi::kConsoleBytes));
  dropped_ += claimed - there;
  const base::ByteView ring = shell_.console();
  const std::size_t at = (written - there) % ring.size();
  const std::size_t first = std::min<std::size_t>(there, ring.size() - at);
  dossier_.log(ring.subspan(at, first));
  dossier_.log(ring.first(there - first));
  taken_ = written;
  shell_.set_console_taken(written);
}

}  // namespace superfluid::vmm
