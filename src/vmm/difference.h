// SPDX-License-Identifier: Apache-2.0
// Differences: what a guest has changed of the image that it is a clone of. All that is kept of one
// that is parked.
//
// A guest that has answered a few packets has touched a dozen pages and changed a few hundred bytes
// of each. So a difference names pages, of each the lines of 64 bytes that differ, and holds only
// those: a few KB. docs/formats/difference.md has the layout.
//
// A difference is made by a monitor, which shares its process with a guest: it is read like a
// stranger's, and its processor is cut down like that of a snapshot from a file.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "vmm/shell.h"

namespace superfluid::vmm {

// `pages` are those that may differ, ascending; the others are not looked at. `standing` has the
// processor and the clock; its memory is not looked at.
std::vector<std::uint8_t> encode_difference(base::ByteView memory, base::ByteView image,
                                            std::span<const std::uint32_t> pages,
                                            const Snapshot& standing, std::uint64_t now_ns);

// Changes a clone's memory into what it was. `standing` says of which size the clone is; it gets
// processor and clock, which has gone on since by CLOCK_MONOTONIC, of which `now_ns` is the time.
// kCorrupt for what is damaged or of another size, kUnsupported for one of another version.
base::Status apply_difference(base::ByteView difference, base::ByteSpan memory, Snapshot& standing,
                              std::uint64_t now_ns);

}  // namespace superfluid::vmm
