// SPDX-License-Identifier: Apache-2.0
// The dossier of a monitor: memory that it shares with the daemon, and that outlives either,
// because the zygote holds it as well. The monitor writes in it what its guest is at and the last
// of the guest's console; a daemon that comes after another finds it there.
//
// What the daemon itself wants to remember of a monitor (its note) is not here but in the notebook
// (vmm/notebook.h): a monitor that a guest has taken over must not write what the next daemon
// believes.
//
// Invariants
//   1. The monitor writes, the daemon reads. The daemon copies a word out once and believes none of
//      it: a state picks one of a few words, counts are shown, log bytes are hostile text.
//   2. The memfd is sealed against shrinking before anybody maps it.
//
// Threads: one writer, one reader at a time in each process.

#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "os/mapping.h"
#include "os/unique_fd.h"
#include "vmm/life.h"

namespace superfluid::vmm {

enum class MonitorState : std::uint32_t {
  kCold = 0,  // its shell is not warm yet
  kWarm = 1,
  kRuns = 2,
  kPaused = 3,
};

struct DossierWords {
  std::uint32_t state;        // MonitorState
  std::uint32_t lives;        // begun, ever
  Steps steps;                // of the last start
  std::uint64_t log_written;  // bytes, in this life; the ring keeps the last of them
  std::uint64_t log_dropped;  // by the guest, because nobody made room
};

inline constexpr std::size_t kLogBytes = 64 << 10;
inline constexpr std::size_t kLogAt = 4096;
inline constexpr std::size_t kDossierBytes = kLogAt + kLogBytes;
static_assert(sizeof(DossierWords) <= kLogAt);

base::Result<os::UniqueFd> create_dossier();

// The monitor's end.
class DossierWriter {
 public:
  static base::Result<DossierWriter> map(int memfd);

  void set_state(MonitorState state);
  // The log begins anew: nobody reads in it what the guest before wrote.
  void begin_life();
  void set_steps(const Steps& steps);
  void set_log_dropped(std::uint64_t bytes);
  void log(base::ByteView bytes);
  std::uint64_t log_written() const { return log_written_; }

 private:
  explicit DossierWriter(os::Mapping memory) : memory_(std::move(memory)) {}
  DossierWords& words() const { return *reinterpret_cast<DossierWords*>(memory_.data()); }

  os::Mapping memory_;
  std::uint64_t log_written_ = 0;
};

// The daemon's end.
class DossierReader {
 public:
  // kInvalid when the memfd is not of this size and sealed.
  static base::Result<DossierReader> map(int memfd);

  MonitorState state() const;
  Steps steps() const;

  struct Log {
    std::string text;
    std::uint64_t begins_at = 0;  // more than `from`: what lay between is gone
    std::uint64_t ends_at = 0;
  };
  Log log(std::uint64_t from) const;

 private:
  explicit DossierReader(os::Mapping memory) : memory_(std::move(memory)) {}
  DossierWords copy() const;

  os::Mapping memory_;
};

}  // namespace superfluid::vmm
