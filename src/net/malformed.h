// SPDX-License-Identifier: Apache-2.0
// Why bytes are not the header they claim to be: one table, used by the parsers, by drop counters
// and by the words that people read.
//
// Parsers of packets return Parsed<T>, never base::Result: a hostile packet must not cost an
// allocation.

#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

namespace superfluid::net {

enum class Malformed : std::uint8_t {
  kTruncated,        // the bytes end before the header or the length it states
  kBadVersion,       // a version field with a value this codec does not speak
  kBadHeaderLength,  // a header length below the minimum or beyond the packet
  kBadTotalLength,   // a stated total length below the header or beyond the packet
  kBadOption,        // an option, TLV or extension whose own length makes no sense
  kBadChecksum,      // a checksum that does not match, where the caller asked to verify
  kBadValue,         // a field with a value that its protocol forbids
  kTooManyHeaders,   // more tags, extensions or tunnels than the limit
};

inline constexpr std::size_t kMalformedCount = 8;

template <typename T>
using Parsed = std::expected<T, Malformed>;

// "truncated", "bad-version", ...: stable names for counters, handlers and --json.
std::string_view name_of(Malformed reason);
// A short phrase for people: "the bytes end before the header does".
std::string_view describe(Malformed reason);

}  // namespace superfluid::net
