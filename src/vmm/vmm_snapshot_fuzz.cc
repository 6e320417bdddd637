// SPDX-License-Identifier: Apache-2.0
// Snapshot files are a stranger's. The checksum is made right, so that it hides nothing behind it.
#include <cstring>
#include <vector>

#include "base/check.h"
#include "base/crc32c.h"
#include "vmm/snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace superfluid;
  std::vector<std::uint8_t> file(data, data + size);
  if (size >= 4) {
    const std::uint32_t checksum = base::crc32c(base::ByteView(file).first(size - 4));
    std::memcpy(file.data() + size - 4, &checksum, sizeof checksum);
  }
  if (const auto saved = vmm::decode_snapshot(file)) {
    const auto again = vmm::encode_snapshot(saved->snapshot, saved->note);
    base::check(again.has_value() && vmm::decode_snapshot(*again).has_value(),
                "what was read can be written and read again");
  }
  return 0;
}
