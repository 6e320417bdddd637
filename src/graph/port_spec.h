// SPDX-License-Identifier: Apache-2.0
// What an element class says of its ports, in Click's codes.
//
//   counts      "1/1"  "1-2/1-"  "-/-"  "0/1"  "1/="    inputs/outputs; a-b, a-, '-' for any, '='
//   as many
//                                                     outputs as inputs
//   processing  "h/h" push, "l/l" pull, "a/a" agnostic; one letter a port, the last one repeated
//   flow        "x/x" all inputs reach all outputs, "#/#" input i reaches output i, "x/y" none
//               does, "xy/[xy]x" inputs 0 and 1 reach output 0, "#/[^#]" all outputs but its own;
//               agnostic ports joined by flow are all push or all pull
//
// Invariants: a code is part of the program, not of a configuration: a bad one is a programmer's
// error.

#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace superfluid::graph {

enum class Processing : std::uint8_t { kAgnostic, kPush, kPull };

struct PortCounts {
  std::uint32_t inputs_min = 0;
  std::uint32_t inputs_max = 0;
  std::uint32_t outputs_min = 0;
  std::uint32_t outputs_max = 0;
  bool outputs_equal_inputs = false;

  static constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();
};

PortCounts parse_port_counts(std::string_view code);

Processing input_processing(std::string_view code, std::uint32_t port);
Processing output_processing(std::string_view code, std::uint32_t port);

// Whether packets that enter at `input` may leave at `output`.
bool flows(std::string_view code, std::uint32_t input, std::uint32_t output);

}  // namespace superfluid::graph
