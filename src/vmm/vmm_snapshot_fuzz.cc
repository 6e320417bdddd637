// SPDX-License-Identifier: Apache-2.0
// Snapshot files are a stranger's. The checksum is made right, so that it hides nothing behind it.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "vmm/snapshot.h"
#include "vmm/standing_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace superfluid;
  std::vector<std::uint8_t> file(data, data + size - std::min<std::size_t>(size, 4));
  vmm::standing_file::append_checksum(file);
  if (const auto saved = vmm::decode_snapshot(file)) {
    const auto again = vmm::encode_snapshot(saved->snapshot, saved->note);
    base::check(again.has_value() && vmm::decode_snapshot(*again).has_value(),
                "what was read can be written and read again");
  }
  return 0;
}
