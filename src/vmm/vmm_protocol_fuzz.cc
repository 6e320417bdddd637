// SPDX-License-Identifier: Apache-2.0
// Messages of strangers: the first byte says how many descriptors come with the rest, which is read
// by all four decoders. What is understood is what it would be sent as again.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "os/memfd.h"
#include "vmm/protocol.h"

namespace {

using namespace superfluid;

std::vector<os::UniqueFd> descriptors(std::size_t count) {
  std::vector<os::UniqueFd> fds;
  while (fds.size() < count) {
    auto memory = os::create_memfd("fuzz", base::bytes(64));
    base::check(memory.has_value(), "a memfd can be made");
    fds.push_back(std::move(*memory));
  }
  return fds;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t count = std::min<std::size_t>(data[0], 8);
  const base::ByteView message(data + 1, size - 1);
  auto fds = descriptors(count);
  (void)vmm::decode_order(message, fds);
  fds = descriptors(count);
  if (const auto event = vmm::decode_event(message, fds)) {
    if (const auto* ended = std::get_if<vmm::EndedEvent>(&*event)) {
      base::check(ended->end.findings.size() <= abi::kHandlerTextMax, "findings have a limit");
    }
  }
  fds = descriptors(count);
  if (const auto demand = vmm::decode_demand(message, fds)) {
    const vmm::Message again = vmm::encode(*demand);
    base::check(count > 0 || std::ranges::equal(again.bytes, message),
                "a demand without descriptors is written in one way");
  }
  fds = descriptors(count);
  (void)vmm::decode_report(message, fds);
  return 0;
}
