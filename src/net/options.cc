// SPDX-License-Identifier: Apache-2.0
#include "net/options.h"

namespace superfluid::net {

std::optional<Option> OptionReader::next() {
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kPadding = 1;
  if (refused()) {
    return std::nullopt;
  }
  std::optional<std::uint8_t> kind = cursor_.u8();
  while (kind == kPadding) {
    kind = cursor_.u8();
  }
  if (!kind) {
    return std::nullopt;
  }
  if (*kind == kEnd) {
    cursor_.skip(cursor_.remaining());
    return std::nullopt;
  }
  position_ = cursor_.position() - 1;
  const auto length = cursor_.u8();
  if (!length || *length < 2) {
    return refuse(Malformed::kBadOption);
  }
  const auto data = cursor_.take(*length - 2u);
  if (!data) {
    return refuse(Malformed::kBadOption);
  }
  return Option{*kind, *data};
}

}  // namespace superfluid::net
