// SPDX-License-Identifier: Apache-2.0
// HeaderTest and Expression: what classifiers ask of a packet: a boolean formula over comparisons
// of header bytes.
//
// Bytes that a packet does not have never match: a comparison with missing bytes is false, whatever
// its relation; `not` of it is true. So `port != 80` fails on a packet without ports, and `not port
// 80` holds, as in Click.
//
// evaluate() walks the tree and defines the meaning; RuleMatcher (elements/rule_matcher.h) gives
// the same answers fast.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph/packet.h"

namespace superfluid::elements {

// What offsets count from.
enum class HeaderBase : std::uint8_t { kData, kLink, kNetwork, kTransport };
inline constexpr std::size_t kHeaderBases = 4;

// One packet as classifiers see it: from each base to the packet's end. A header whose place is not
// noted has no bytes.
struct HeaderBytes {
  std::array<const std::uint8_t*, kHeaderBases> at;
  std::array<std::uint32_t, kHeaderBases> length;

  static HeaderBytes of(const graph::Packet& packet) {
    HeaderBytes bytes;
    const std::uint8_t* const end = packet.data + packet.length;
    const auto note = [&](HeaderBase base, const std::uint8_t* at, const std::uint8_t* lowest) {
      const bool there = at >= lowest && at <= end;
      bytes.at[static_cast<std::size_t>(base)] = at;
      bytes.length[static_cast<std::size_t>(base)] =
          there ? static_cast<std::uint32_t>(end - at) : 0;
    };
    note(HeaderBase::kData, packet.data, packet.data);
    note(HeaderBase::kLink, packet.mac, packet.head);  // usually stripped: in front of the data
    note(HeaderBase::kNetwork, packet.network, packet.data);
    note(HeaderBase::kTransport, packet.transport, packet.data);
    return bytes;
  }
};

enum class Relation : std::uint8_t { kEqual, kUnequal, kAbove, kAtMost };

// (the `width` bytes at `offset` as a number) & mask `relation` value
struct HeaderTest {
  HeaderBase base = HeaderBase::kData;
  Relation relation = Relation::kEqual;
  std::uint8_t width = 0;  // 1 to 4
  std::uint32_t offset = 0;
  std::uint32_t mask = 0;  // with bits in the last byte
  std::uint32_t value = 0;

  bool holds(const HeaderBytes& packet) const;

  friend bool operator==(const HeaderTest&, const HeaderTest&) = default;
};
std::uint64_t hash_of(const HeaderTest& test);

struct Expression {
  enum class Kind : std::uint8_t {
    kTest,
    kNot,     // of one part
    kAll,     // of any number; of none: true
    kAny,     // of any number; of none: false
    kChoose,  // the second part if the first holds, else the third
  };

  Kind kind = Kind::kAll;
  HeaderTest test{};
  std::vector<Expression> parts{};

  static Expression constant(bool value) { return {value ? Kind::kAll : Kind::kAny}; }
  static Expression of(const HeaderTest& test) { return {Kind::kTest, test}; }
  static Expression combine(Kind kind, std::vector<Expression> parts) {
    return {kind, {}, std::move(parts)};
  }
  static Expression negation(Expression of);
  // The comparison, without bytes that its mask does not ask for; a constant when it asks for none.
  static Expression compare(HeaderTest test);
};

bool evaluate(const Expression& expression, const HeaderBytes& packet);

}  // namespace superfluid::elements
