// SPDX-License-Identifier: Apache-2.0
// A difference comes from a process that holds a guest. The checksum is made right, so that it
// hides nothing behind it.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "vmm/difference.h"
#include "vmm/standing_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace superfluid;
  std::vector<std::uint8_t> difference(data, data + size - std::min<std::size_t>(size, 4));
  vmm::standing_file::append_checksum(difference);
  static const std::vector<std::uint8_t> image(base::mib(2).count());
  std::vector<std::uint8_t> memory = image;
  vmm::Snapshot standing;
  standing.size = {.ram = base::mib(2), .ports = 2};
  if (!vmm::apply_difference(difference, memory, standing, 0)) {
    base::check(memory == image, "what is refused has changed nothing");
    return 0;
  }
  std::vector<std::uint32_t> pages;
  for (std::uint32_t page = 0; page < memory.size() / abi::kPageBytes; ++page) {
    pages.push_back(page);
  }
  const auto again = vmm::encode_difference(memory, image, pages, standing, 0);
  std::vector<std::uint8_t> clone = image;
  base::check(vmm::apply_difference(again, clone, standing, 0) && clone == memory,
              "what was understood can be written and read again");
  return 0;
}
