// SPDX-License-Identifier: Apache-2.0
// Finding: one line of what the doctor says. `ok` needs no more words; a note or a problem comes
// with its cause and with what to do about it.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace superfluid::doctor {

enum class Level : std::uint8_t {
  kOk,
  kNote,     // works, but worse than it could, or only for some uses
  kProblem,  // makes one kind of isolation impossible; such a line and the verdict agree
};

std::string_view name_of(Level level);

struct Number {
  std::string_view name;  // with its unit last: "exit_ns_p50"
  std::uint64_t value;
};

struct Finding {
  Level level;
  std::string_view name;
  std::string value;
  std::string cause = "";            // empty only when ok
  std::string remedy = "";           // the same
  std::vector<Number> numbers = {};  // what was measured, for --json
};

inline Finding ok(std::string_view name, std::string value) {
  return {Level::kOk, name, std::move(value)};
}
inline Finding note(std::string_view name, std::string value, std::string cause,
                    std::string remedy) {
  return {Level::kNote, name, std::move(value), std::move(cause), std::move(remedy)};
}
inline Finding problem(std::string_view name, std::string value, std::string cause,
                       std::string remedy) {
  return {Level::kProblem, name, std::move(value), std::move(cause), std::move(remedy)};
}

using Findings = std::vector<Finding>;

}  // namespace superfluid::doctor
