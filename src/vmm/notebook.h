// SPDX-License-Identifier: Apache-2.0
// Notebook: what the daemon wants the daemon after it to know of each monitor, in memory that the
// zygote holds. To note something is to write it there: no message, and nobody is woken for it,
// which matters on the path of a start.
//
// It is one memfd with a page for each monitor, by number. The zygote has the descriptor, hands it
// to its daemon and says which page is whose; it never looks inside. No monitor has it: one that a
// guest has taken over must not write what the next daemon believes.
//
//   page   0   4  which half holds       each half   0           4  bytes, 0: nothing noted
//         64      half 0                             4           .  text
//    64 + H      half 1
//
// Invariants
//   1. A note is written into the half that does not hold, then that half holds: a daemon that dies
//      amid its writing leaves the note before.
//   2. The memfd is sealed against shrinking. Its size says how many pages there are.
//   3. A page that was torn out reads as nothing noted, and takes no memory.
//
// Threads: the daemon's loop; the zygote only tears out pages of monitors that it has given up.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/mapping.h"
#include "os/unique_fd.h"

namespace superfluid::vmm {

class Notebook {
 public:
  static constexpr std::size_t kNoteBytesMax = 64 << 10;

  // The zygote's part.
  static base::Result<os::UniqueFd> create(std::size_t pages);
  static base::Status tear_out(const os::UniqueFd& memfd, std::uint32_t page);

  // The daemon's. kInvalid where that is no notebook.
  static base::Result<Notebook> map(int memfd);
  std::size_t pages() const;
  // kInvalid for a page that there is not, and for a longer note than kNoteBytesMax.
  base::Status write(std::uint32_t page, std::string_view note);
  // kCorrupt for what no daemon wrote.
  base::Result<std::string> read(std::uint32_t page) const;

 private:
  explicit Notebook(os::Mapping memory) : memory_(std::move(memory)) {}
  base::Result<std::uint8_t*> at(std::uint32_t page) const;

  os::Mapping memory_;
};

}  // namespace superfluid::vmm
