// SPDX-License-Identifier: Apache-2.0
// Every parser of quantities over the same bytes: what is accepted prints and reads back as the
// same value, what is refused says so in a bounded, printable line with a remedy.

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "base/units.h"

namespace {

using namespace superfluid::base;

constexpr std::size_t kErrorBytesMax = 512;

template <typename Quantity>
void try_one(std::string_view text, Result<Quantity> (*parse)(std::string_view)) {
  const auto value = parse(text);
  if (value) {
    const auto again = parse(to_string(*value));
    check(again.has_value() && *again == *value, "what was printed reads back");
    return;
  }
  const std::string& message = value.error().message();
  check(!message.empty() && message.size() <= kErrorBytesMax, "the message is bounded");
  check(std::ranges::all_of(message, [](char c) { return c >= ' ' && c <= '~'; }),
        "the message is printable");
  check(!value.error().remedy().empty() && value.error().remedy().size() <= kErrorBytesMax,
        "there is a remedy, and it is bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of({data, size});
  try_one(text, parse_byte_count);
  try_one(text, parse_duration);
  try_one(text, parse_bit_rate);
  try_one(text, parse_packet_rate);
  return 0;
}
