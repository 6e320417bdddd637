// SPDX-License-Identifier: Apache-2.0
// The tiny guests of guests/, by name.

#pragma once

#include <string_view>

#include "base/bytes.h"

namespace superfluid::testing {

// The image of guests/NAME.cc. An unknown name ends the program.
base::ByteView tiny_guest(std::string_view name);

// A row of the generated table, which ends with an empty one.
struct TinyGuest {
  const char* name = nullptr;
  const std::uint8_t* begin = nullptr;
  const std::uint8_t* end = nullptr;
};

}  // namespace superfluid::testing
