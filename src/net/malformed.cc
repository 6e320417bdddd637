// SPDX-License-Identifier: Apache-2.0
#include "net/malformed.h"

#include <array>

namespace superfluid::net {
namespace {

struct Row {
  std::string_view name;
  std::string_view phrase;
};

constexpr std::array<Row, kMalformedCount> kRows{{
    {"truncated", "the bytes end before the header or the length it states"},
    {"bad-version", "the version field holds a value that is not spoken here"},
    {"bad-header-length", "the header length is below the minimum or beyond the packet"},
    {"bad-total-length", "the total length is below the header or beyond the packet"},
    {"bad-option", "an option or extension has a length that makes no sense"},
    {"bad-checksum", "the checksum does not match"},
    {"bad-value", "a field holds a value that the protocol forbids"},
    {"too-many-headers", "more tags, extensions or tunnels than the limit"},
}};

}  // namespace

std::string_view name_of(Malformed reason) { return kRows[static_cast<std::size_t>(reason)].name; }

std::string_view describe(Malformed reason) {
  return kRows[static_cast<std::size_t>(reason)].phrase;
}

}  // namespace superfluid::net
