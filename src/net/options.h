// SPDX-License-Identifier: Apache-2.0
// OptionReader walks the options of IPv4 and TCP, which share one form: kind 0 ends the list, kind
// 1 is one byte of padding, every other kind is followed by a length that counts kind and length
// too.
//
// The readers of the other lists (IPv6 extensions, ND options, SCTP chunks, GTP-U extensions) have
// the same shape:
//
//   while (const auto option = reader.next()) { ... }
//   if (reader.problem()) { ... }
//
// Invariants: every next() moves on by at least one byte, so a walk ends after at most size() steps
// (40 in a header of the largest size); what it hands out lies inside the bytes given; after a
// problem, next() stays nullopt.

#pragma once

#include <optional>

#include "base/cursor.h"
#include "net/malformed.h"

namespace superfluid::net {

struct Option {
  std::uint8_t kind;
  base::ByteView data;  // behind kind and length
};

class OptionReader {
 public:
  explicit OptionReader(base::ByteView options) : cursor_(options) {}

  // The next option that is not padding.
  std::optional<Option> next();
  std::optional<Malformed> problem() const { return problem_; }

 private:
  std::optional<Option> refuse(Malformed reason);

  base::Cursor cursor_;
  std::optional<Malformed> problem_;
};

// Whether the whole list can be walked.
Parsed<void> check_options(base::ByteView options);

}  // namespace superfluid::net
