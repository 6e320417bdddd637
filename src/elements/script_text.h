// SPDX-License-Identifier: Apache-2.0
// The text of a Script's instructions: $variables and $(handlers) put into it, and the functions
// that scripts calculate with.
//
// Substitution follows Click: nothing inside single quotes; inside double quotes a value is put in
// escaped; what is not known stays as it was written.
//
// Invariants: substitution ends and is bounded by the limits below, whatever text
// a handler gives; arithmetic wraps and never traps.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace superfluid::elements {

inline constexpr int kScriptNestingMax = 10;
inline constexpr std::size_t kScriptBytesMax = 4 << 20;
// These two nobody can wait for.
inline constexpr int kSignalKill = 9;
inline constexpr int kSignalStop = 19;

class Substitutions {
 public:
  virtual ~Substitutions() = default;
  // nullopt: unknown, the text stays.
  virtual std::optional<std::string> variable(std::string_view name) = 0;
  virtual std::optional<std::string> handler(std::string_view call) = 0;
};

// Bare values (outside of quotes) as one word each, so that unquoting the text gives them back.
enum class BareValues : bool { kAsTheyAre, kQuoted };

std::string substitute(std::string_view text, Substitutions& with,
                       BareValues bare = BareValues::kAsTheyAre);

// The functions: add sub mul div idiv mod rem min max neg abs eq ne gt ge lt le not and nand
// or nor if in first length unquote sprintf htons htonl ntohs ntohl.
struct ScriptFunction {
  std::string_view name;
  base::Result<std::string> (*call)(std::string_view arguments);
};
std::span<const ScriptFunction> script_functions();

// INT, USR1, ... or a number from 1 to 31, as Linux counts them.
std::optional<int> signal_number(std::string_view name);

}  // namespace superfluid::elements
