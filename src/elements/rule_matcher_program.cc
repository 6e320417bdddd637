// SPDX-License-Identifier: Apache-2.0
// A matcher's compiled form as text:
//
//   field ip+9, 1 byte: 1 node, 3 rows, 2 of 5 columns left
//   column 0: rule 0 -> [0]
//   column 1: rule 1 -> [X], sure after its whole formula
//   memory 2304 bytes
#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "elements/rule_matcher.h"

namespace superfluid::elements {
namespace {

using base::cat;

std::string_view name_of(HeaderBase base) {
  switch (base) {
    case HeaderBase::kData: return "data";
    case HeaderBase::kLink: return "ether";
    case HeaderBase::kNetwork: return "ip";
    case HeaderBase::kTransport: return "transport";
  }
  return "";
}

std::string counted(std::size_t count, std::string_view noun) {
  return cat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace

std::string RuleMatcher::program(std::span<const std::uint32_t> outputs) const {
  base::check(outputs.size() == rules_.size(), "every rule has an output");
  std::string text;
  std::size_t memory = 0;
  for (const Field& field : fields_) {
    const std::size_t nodes = field.first_row / 256;
    text += cat("field ", name_of(field.base), "+", field.offset, ", ",
                counted(field.width, "byte"), ": ", counted(nodes, "node"), ", ",
                counted(field.exits.size() - field.first_row, "row"), ", ", field.leaves, " of ",
                counted(columns_.size(), "column"), " left\n");
    memory += field.exits.size() * sizeof(Place) + field.missing.size() * sizeof(std::uint16_t) +
              field.rows.size() * sizeof(std::uint64_t);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::uint32_t output = outputs[columns_[i].rule];
    text +=
        cat("column ", i, ": rule ", columns_[i].rule, " -> [", output == kNone ? "X" : cat(output),
            "]", columns_[i].unsure ? ", sure after its whole formula" : "", "\n");
  }
  return cat(text, "memory ", counted(memory, "byte"), "\n");
}

}  // namespace superfluid::elements
