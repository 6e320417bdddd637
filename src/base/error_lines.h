// SPDX-License-Identifier: Apache-2.0
// An Error as lines of text, for borders that only text passes: a guest's mailbox, a control
// socket.
//
//   what was being done
//   what went wrong
//     try: what to do
//
// The first line is the message, each further one the cause of the one before; "  try: " begins the
// remedy of the line above.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace superfluid::base {

std::string lines_of(const Error& error);

// What strangers wrote: shown escaped, of a great many lines the first kErrorLinesMax.
inline constexpr std::size_t kErrorLinesMax = 40;
Error error_of_lines(ErrorCode code, std::string_view lines);

}  // namespace superfluid::base
