// SPDX-License-Identifier: Apache-2.0
// Any text is read or refused; what was read, written plainly, is read as the same bytes.
#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "superfluid/packet/hex.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace superfluid;
  const auto bytes = packet::read_hex(base::text_of({data, size}), "fuzz");
  if (!bytes) {
    base::check(!bytes.error().message().empty(), "a refusal says why");
    return 0;
  }
  std::string plain;
  for (const std::uint8_t byte : *bytes) {
    plain += base::cat(base::Hex{byte, 2}, ' ');
  }
  const auto again = packet::read_hex(plain, "plain");
  base::check(again.has_value() && std::ranges::equal(*again, *bytes), "plain digits read back");
  return 0;
}
