// SPDX-License-Identifier: Apache-2.0
// Snapshots between machines: their memory as sealed memfds, and as files to be kept or sent.
//
// A file is whole: it can be restored on another host that has the same machine, without the image
// that the guest came from. It holds the pages that are not zero, then a checksum over everything;
// docs/formats/snapshot.md has the layout. A file is a stranger's: reading it checks each number
// before it is used, and what a processor could be told by it is cut down to what a guest could
// have done by itself.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "os/unique_fd.h"
#include "vmm/shell.h"

namespace superfluid::vmm {

// Of a whole page.
bool is_zero(base::ByteView page);

// A sealed memfd with a copy of the memory; pages of zeros are holes in it.
base::Result<os::UniqueFd> seal_copy(base::ByteView memory);

// Cuts a processor's state down to what a guest can have done to it: KVM reports some of its own
// (protection keys, privilege level flags), which differs from host to host.
void normalize(FpuState& fpu);
void normalize(CpuState& cpu);

// What a processor may be given of a snapshot from outside: a normal state. Addresses are not
// looked at (a wild one faults); anything else is kCorrupt.
base::Status check_cpu(const CpuState& cpu);

// What a file holds: a snapshot, and a note of whoever saved it.
struct Saved {
  Snapshot snapshot;
  std::string note;
};
inline constexpr std::size_t kFileNoteBytesMax = 1 << 20;

// The whole file. REQUIRES: a note of at most kFileNoteBytesMax.
base::Result<std::vector<std::uint8_t>> encode_snapshot(const Snapshot& snapshot,
                                                        std::string_view note);
// kCorrupt for what is damaged or no snapshot, kUnsupported for one of another version.
base::Result<Saved> decode_snapshot(base::ByteView file);

}  // namespace superfluid::vmm
