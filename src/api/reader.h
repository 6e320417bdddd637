// SPDX-License-Identifier: Apache-2.0
// Reader: takes a JSON object apart, member by member, strictly: a member of the wrong type, out
// of its limits or unknown is an error that says where it stands, "ports[1].mtu: from 68 to 9000".
//
//   Reader reader(value, "params", error);
//   reader.text("name", spec.name, kNameMax);
//   reader.number("mtu", mtu, 68, 9000);
//   reader.done();  // refuses what was not asked for
//
// What is absent leaves its target as it was; need() refuses that. The first error stays, and what
// comes after it changes nothing, so one look at the end is enough.
//
// Threads: none; a value on the stack.

#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fixed_vector.h"
#include "base/result.h"

namespace superfluid::api {

class Reader {
 public:
  using Problem = std::optional<base::Error>;

  // `path` is what the value is called in errors; empty for a whole document.
  Reader(const boost::json::value& value, std::string_view path, Problem& problem);

  // The member, for more than the calls below know; nullptr when absent (JSON's null is a value).
  const boost::json::value* member(std::string_view key);
  const boost::json::array* list(std::string_view key, std::size_t size_max);
  void need(std::string_view key);

  void text(std::string_view key, std::string& to, std::size_t size_max);
  void flag(std::string_view key, bool& to);
  void number(std::string_view key, std::uint64_t& to, std::uint64_t min, std::uint64_t max);
  template <std::unsigned_integral T>
  requires(!std::same_as<T, std::uint64_t>) void number(std::string_view key, T& to,
                                                        std::uint64_t min, std::uint64_t max) {
    std::uint64_t wide = to;
    number(key, wide, min, max);
    to = static_cast<T>(wide);
  }
  // One word of several; `parse` gives an optional.
  template <typename E, typename Parse>
  void word(std::string_view key, E& to, Parse parse) {
    std::string typed;
    if (has(key)) {
      text(key, typed, 64);
      if (const auto meant = parse(typed)) {
        to = *meant;
      } else {
        refuse(key, "no such word");
      }
    }
  }
  // A text in a form of its own; `parse` gives a Result.
  template <typename T, typename Parse>
  void parsed(std::string_view key, std::optional<T>& to, Parse parse) {
    std::string typed;
    if (has(key)) {
      text(key, typed, 128);
      if (auto meant = parse(typed)) {
        to = *meant;
      } else {
        refuse(key, meant.error().message());
      }
    }
  }

  bool has(std::string_view key) const { return object_ != nullptr && object_->contains(key); }
  std::string path_of(std::string_view key) const;
  void refuse(std::string_view key, std::string_view why);
  void done();

 private:
  static constexpr std::size_t kMembersMax = 40;

  const boost::json::object* object_ = nullptr;
  std::string_view path_;
  Problem& problem_;
  base::FixedVector<std::string_view, kMembersMax> known_;
};

}  // namespace superfluid::api
