// SPDX-License-Identifier: Apache-2.0
#include "graph/port_spec.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace superfluid::graph {
namespace {

struct Sides {
  std::string_view inputs;
  std::string_view outputs;
};

Sides split(std::string_view code) {
  const std::size_t slash = code.find('/');
  return slash == code.npos ? Sides{code, code}
                            : Sides{code.substr(0, slash), code.substr(slash + 1)};
}

std::uint32_t number(std::string_view digits) {
  const auto value = base::parse_u64(digits);
  base::check(value.has_value() && *value <= 65536, "a port count is a small number");
  return static_cast<std::uint32_t>(*value);
}

// "2", "1-2", "1-", "-2", "-".
void parse_range(std::string_view range, std::uint32_t& least, std::uint32_t& most) {
  const std::size_t dash = range.find('-');
  if (dash == range.npos) {
    least = most = number(range);
    return;
  }
  least = dash == 0 ? 0 : number(range.substr(0, dash));
  most = dash + 1 == range.size() ? PortCounts::kAny : number(range.substr(dash + 1));
}

// What of a code stands for this port, a letter or a set in brackets; the last holds for all
// beyond.
std::string_view at(std::string_view side, std::uint32_t port) {
  base::check(!side.empty(), "a port code has a letter for each side");
  for (;;) {
    const std::size_t length = side[0] == '[' ? side.find(']') + 1 : 1;
    base::check(length != 0, "a set of letters ends with ]");
    if (port == 0 || length == side.size()) {
      return side.substr(0, length);
    }
    side.remove_prefix(length);
    --port;
  }
}

Processing processing(std::string_view letter) {
  switch (letter[0]) {
    case 'h': return Processing::kPush;
    case 'l': return Processing::kPull;
    default: base::check(letter[0] == 'a', "a processing code is made of h, l and a"); break;
  }
  return Processing::kAgnostic;
}

}  // namespace

PortCounts parse_port_counts(std::string_view code) {
  const Sides sides = split(code);
  PortCounts counts;
  parse_range(sides.inputs, counts.inputs_min, counts.inputs_max);
  if (sides.outputs == "=") {
    counts.outputs_equal_inputs = true;
    counts.outputs_max = PortCounts::kAny;
  } else {
    parse_range(sides.outputs, counts.outputs_min, counts.outputs_max);
  }
  return counts;
}

Processing input_processing(std::string_view code, std::uint32_t port) {
  return processing(at(split(code).inputs, port));
}

Processing output_processing(std::string_view code, std::uint32_t port) {
  return processing(at(split(code).outputs, port));
}

bool flows(std::string_view code, std::uint32_t input, std::uint32_t output) {
  const Sides sides = split(code);
  const std::string_view in = at(sides.inputs, input);
  const std::string_view out = at(sides.outputs, output);
  const bool met = std::ranges::any_of(out, [&](char letter) {
    const bool stands_for_flow = std::string_view("[]^").find(letter) == std::string_view::npos;
    return stands_for_flow && in.find(letter) != in.npos && (letter != '#' || input == output);
  });
  return met != out.starts_with("[^");
}

}  // namespace superfluid::graph
