// SPDX-License-Identifier: Apache-2.0
// Arguments: an element's configuration text, read by name and position into typed variables.
//
//   arguments.positional("LIMIT", limit_)        optional, by place or by name
//            .required("RATE", rate_)            the same, but it must be there
//            .keyword("STOP", stop_)             by name only
//            .complete();                        complains about what is left, and what is wrong
//
// `Rate(10, STOP true)`: an argument that begins with a known keyword is that keyword's; the others
// are taken by place. What looks like a keyword and is none (`STPO true`) is taken only where an
// argument must stand. A variable is written only when its argument is there and right; of a
// keyword given twice, the last counts.
//
// Which types can be read, and how, is what the overloads of parse_argument() say; an element may
// add its own for its types.
//
// Invariants: every problem of one element is reported, in the order of the calls; nothing is
// thrown.

#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/endian.h"
#include "base/text.h"
#include "base/units.h"
#include "graph/diagnostics.h"
#include "graph/names.h"
#include "net/address.h"

namespace superfluid::graph {

class Element;

// Reads one value; returns what is wrong, empty when nothing is.
using Complaint = std::string;

// As it was written, several words and quotes included.
struct AnyText {
  std::string text;
};
Complaint parse_argument(std::string_view text, AnyText& value);

Complaint parse_argument(std::string_view text, bool& value);
Complaint parse_argument(std::string_view text, std::string& value);     // unquoted
Complaint parse_argument(std::string_view text, base::Duration& value);  // a bare number is seconds
// As Click writes them: bps, b/s, baud (bits), Bps, B/s (bytes), with k, K, M or G, fractions, and
// a space before the unit if one likes; or as base/units.h does. A bare number is bytes a second.
Complaint parse_argument(std::string_view text, base::BitRate& value);
Complaint parse_argument(std::string_view text, net::MacAddress& value);
Complaint parse_argument(std::string_view text, net::Ipv4Address& value);
Complaint parse_argument(std::string_view text, net::Ipv6Address& value);

// The same, or a name that `user` knows for such an address (graph/names.h).
Complaint parse_argument(std::string_view text, net::MacAddress& value, const Element* user);
Complaint parse_argument(std::string_view text, net::Ipv4Address& value, const Element* user);
Complaint parse_argument(std::string_view text, net::Ipv6Address& value, const Element* user);

// Numbers as Click writes them: decimal, 0x hexadecimal, 0 octal, with an optional sign.
struct IntegerRange {
  std::int64_t least;
  std::uint64_t most;
};
Complaint parse_integer(std::string_view text, IntegerRange range, std::uint64_t& bits);

template <std::integral T>
requires(!std::same_as<T, bool>) Complaint parse_argument(std::string_view text, T& value) {
  std::uint64_t bits = 0;
  Complaint complaint = parse_integer(text,
                                      {static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                                       static_cast<std::uint64_t>(std::numeric_limits<T>::max())},
                                      bits);
  if (complaint.empty()) {
    value = static_cast<T>(bits);
  }
  return complaint;
}

inline Complaint parse_argument(std::string_view text, base::be16& value) {
  std::uint16_t host = 0;
  Complaint complaint = parse_argument(text, host);
  if (complaint.empty()) {
    value.set(host);
  }
  return complaint;
}

// For arguments whose absence means something.
template <typename T>
Complaint parse_argument(std::string_view text, std::optional<T>& value) {
  T given{};
  Complaint complaint = parse_argument(text, given);
  if (complaint.empty()) {
    value = std::move(given);
  }
  return complaint;
}

template <typename T>
concept MayBeNamed = requires(std::string_view text, T& value, const Element* user) {
  parse_argument(text, value, user);
};
template <MayBeNamed T>
Complaint parse_argument(std::string_view text, std::optional<T>& value, const Element* user) {
  T given{};
  Complaint complaint = parse_argument(text, given, user);
  if (complaint.empty()) {
    value = std::move(given);
  }
  return complaint;
}

// A value written to a handler, read as the argument of the same name is.
template <typename T>
requires(!MayBeNamed<T>) base::Status parse_handler_value(std::string_view text, T& value) {
  if (Complaint complaint = parse_argument(base::trim(text), value); !complaint.empty()) {
    return base::fail(base::ErrorCode::kInvalid, complaint);
  }
  return {};
}
// The same, or a name that the handler's element knows for it.
template <MayBeNamed T>
base::Status parse_handler_value(std::string_view text, T& value, const Element& user) {
  if (Complaint complaint = parse_argument(base::trim(text), value, &user); !complaint.empty()) {
    return base::fail(base::ErrorCode::kInvalid, complaint);
  }
  return {};
}

class Arguments {
 public:
  Arguments(const Element* element, std::string_view config) : element_(element), config_(config) {}

  template <typename T>
  Arguments& positional(base::TextView name, T& value) {
    return read(name, Place::kMaybe, value);
  }
  template <typename T>
  Arguments& required(base::TextView name, T& value) {
    return read(name, Place::kMust, value);
  }
  template <typename T>
  Arguments& keyword(base::TextView name, T& value) {
    return read(name, Place::kByName, value);
  }
  template <typename T>
  Arguments& required_keyword(base::TextView name, T& value) {
    return read(name, Place::kMustByName, value);
  }
  // An element by its name, as seen from the one that is configured.
  Arguments& element(base::TextView name, Element*& value);
  // All that no other reader took, as it was written: for elements with lists of rules or patterns.
  Arguments& rest(std::vector<std::string>& list);

  // Does all of the above, and complains about arguments that nobody took.
  void complete();

  // For what an element finds wrong beyond the form of single arguments.
  void complain(base::TextView complaint);
  const std::vector<std::string>& complaints() const { return complaints_; }
  // For what a person should know though the element takes it.
  void warn(base::TextView remark);
  void inform(base::TextView remark);

  struct Remark {
    Severity severity;
    std::string text;
  };
  const std::vector<Remark>& remarks() const { return remarks_; }

 private:
  enum class Place : std::uint8_t { kByName, kMaybe, kMust, kMustByName };

  using Parse = Complaint (*)(std::string_view text, void* value, const Element* user);

  struct Reader {
    std::string_view name;  // a literal
    Place place;
    bool given = false;
    Parse parse;
    void* value;
    std::string text;

    bool takes_place() const { return place == Place::kMaybe || place == Place::kMust; }
  };

  template <typename T>
  static Complaint parse_as(std::string_view text, void* value, const Element* user) {
    if constexpr (MayBeNamed<T>) {
      return parse_argument(text, *static_cast<T*>(value), user);
    } else {
      return parse_argument(text, *static_cast<T*>(value));
    }
  }
  template <typename T>
  Arguments& read(base::TextView name, Place place, T& value) {
    return add(name, place, &value, &parse_as<T>);
  }
  Arguments& add(base::TextView name, Place place, void* value, Parse how);

  Reader* reader_for(const std::string& argument, std::string& value);

  const Element* element_;  // the one that is configured; nullptr in tests
  std::string config_;
  std::vector<Reader> readers_;
  std::vector<std::string>* rest_ = nullptr;
  std::vector<std::string> complaints_;
  std::vector<Remark> remarks_;
};

}  // namespace superfluid::graph
