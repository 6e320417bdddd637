// SPDX-License-Identifier: Apache-2.0
#include "vmm/dossier.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "os/memfd.h"

namespace superfluid::vmm {
namespace {

template <typename T>
void put(T& word, std::type_identity_t<T> value) {
  std::atomic_ref<T>(word).store(value, std::memory_order_release);
}

}  // namespace

base::Result<os::UniqueFd> create_dossier() {
  SF_TRY(memory, os::create_memfd("dossier", base::bytes(kDossierBytes)));
  SF_CHECKED(os::seal(memory, os::Seals::kSize));
  return memory;
}

base::Result<DossierWriter> DossierWriter::map(int memfd) {
  SF_TRY(memory,
         os::Mapping::of_fd(memfd, 0, kDossierBytes, {.access = os::Mapping::Access::kReadWrite}));
  return DossierWriter(std::move(memory));
}

void DossierWriter::set_state(MonitorState state) {
  put(words().state, static_cast<std::uint32_t>(state));
}

void DossierWriter::begin_life() {
  log_written_ = 0;
  put(words().log_written, 0);
  put(words().lives, words().lives + 1);
}

void DossierWriter::set_steps(const Steps& steps) {
  std::memcpy(&words().steps, &steps, sizeof steps);
}

void DossierWriter::set_log_dropped(std::uint64_t bytes) { put(words().log_dropped, bytes); }

void DossierWriter::log(base::ByteView bytes) {
  if (bytes.empty()) {
    return;
  }
  // Of more than the ring holds only the end is seen.
  const std::uint64_t end = log_written_ + bytes.size();
  bytes = bytes.last(std::min(bytes.size(), kLogBytes));
  std::size_t at = (end - bytes.size()) % kLogBytes;
  while (!bytes.empty()) {
    const std::size_t here = std::min(bytes.size(), kLogBytes - at);
    std::memcpy(memory_.data() + kLogAt + at, bytes.data(), here);
    bytes = bytes.subspan(here);
    at = 0;
  }
  log_written_ = end;
  put(words().log_written, end);
}

base::Result<DossierReader> DossierReader::map(int memfd) {
  SF_TRY(size, os::size_of(memfd));
  if (size.count() != kDossierBytes || !os::has_seals(memfd, os::Seals::kSize)) {
    return base::fail(base::ErrorCode::kInvalid, "this memory is no dossier");
  }
  SF_TRY(memory, os::Mapping::of_fd(memfd, 0, kDossierBytes, {}));
  return DossierReader(std::move(memory));
}

DossierWords DossierReader::copy() const {
  DossierWords words;
  std::memcpy(&words, memory_.data(), sizeof words);
  std::atomic_thread_fence(std::memory_order_acquire);
  return words;
}

MonitorState DossierReader::state() const {
  const std::uint32_t state = copy().state;
  return state <= static_cast<std::uint32_t>(MonitorState::kPaused)
             ? static_cast<MonitorState>(state)
             : MonitorState::kCold;
}

Steps DossierReader::steps() const { return copy().steps; }

DossierReader::Log DossierReader::log(std::uint64_t from) const {
  Log log;
  log.ends_at = copy().log_written;
  const std::uint64_t oldest = log.ends_at - std::min<std::uint64_t>(log.ends_at, kLogBytes);
  log.begins_at = std::clamp(from, oldest, log.ends_at);
  log.text.resize(log.ends_at - log.begins_at);
  for (std::size_t done = 0; done < log.text.size();) {
    const std::size_t at = (log.begins_at + done) % kLogBytes;
    const std::size_t here = std::min(log.text.size() - done, kLogBytes - at);
    std::memcpy(log.text.data() + done, memory_.data() + kLogAt + at, here);
    done += here;
  }
  // What the writer has overwritten meanwhile is not what it was.
  std::atomic_thread_fence(std::memory_order_acquire);
  const std::uint64_t now = copy().log_written;
  const std::uint64_t kept = now - std::min<std::uint64_t>(now, kLogBytes);
  if (kept > log.begins_at) {
    log.text.erase(0, std::min<std::uint64_t>(kept - log.begins_at, log.text.size()));
    log.begins_at = log.ends_at - log.text.size();
  }
  return log;
}

}  // namespace superfluid::vmm
