// SPDX-License-Identifier: Apache-2.0
// Lists inside headers: what all their readers share, and the one for the options of IPv4 and TCP.
//
// Every reader (options here, IPv6 extensions, ND options, SCTP chunks, GTP-U extensions and
// elements) is used the same way:
//
//   while (const auto option = reader.next()) { ... }
//   if (reader.problem()) { ... }
//
// Invariants: every next() moves on by at least one byte, so that a walk ends; lists without a
// natural bound (a header of 40 bytes has one) stop at a limit; what is handed out lies inside the
// bytes given; after a problem, next() stays nullopt.

#pragma once

#include <optional>

#include "base/cursor.h"
#include "net/malformed.h"

namespace superfluid::net {

class ListReader {
 public:
  // Why the walk ended early; nullopt when it did not.
  std::optional<Malformed> problem() const {
    return refused_ ? std::optional(reason_) : std::nullopt;
  }

 protected:
  bool refused() const { return refused_; }
  std::nullopt_t refuse(Malformed reason) {
    refused_ = true;
    reason_ = reason;
    return std::nullopt;
  }

 private:
  // Not an optional: g++ 12 takes the value inside an empty one for used uninitialized.
  Malformed reason_{};
  bool refused_ = false;
};

// Walks to the end: whether there is no problem on the way.
template <typename Reader>
Parsed<void> walk(Reader& reader) {
  while (reader.next()) {
  }
  if (const auto problem = reader.problem()) {
    return std::unexpected(*problem);
  }
  return {};
}

struct Option {
  std::uint8_t kind;
  base::ByteView data;  // behind kind and length
};

// Kind 0 ends the list, kind 1 is one byte of padding, every other kind is followed by a length
// that counts kind and length too.
class OptionReader : public ListReader {
 public:
  explicit OptionReader(base::ByteView options) : cursor_(options) {}

  // The next option that is not padding.
  std::optional<Option> next();
  // Where the option that next() handed out or refused begins.
  std::size_t position() const { return position_; }

 private:
  base::Cursor cursor_;
  std::size_t position_ = 0;
};

}  // namespace superfluid::net
