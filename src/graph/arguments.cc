// SPDX-License-Identifier: Apache-2.0
#include "graph/arguments.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "graph/element.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::graph {
namespace {

using base::cat;
constexpr std::size_t npos = std::string_view::npos;

// The reading of base or net, whose errors say why; arguments say it in one line.
template <typename T>
Complaint from_result(base::Result<T> read, T& value) {
  if (!read) {
    return std::move(read).error().to_string();
  }
  value = *read;
  return {};
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == text.npos;
}

struct Magnitude {
  std::uint64_t value = 0;
  bool too_large = false;
};

std::optional<Magnitude> parse_magnitude(std::string_view digits) {
  unsigned radix = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    radix = 16;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits[0] == '0') {
    radix = 8;
    digits.remove_prefix(1);
  }
  Magnitude read;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] =
      std::from_chars(digits.data(), last, read.value, static_cast<int>(radix));
  read.too_large = error == std::errc::result_out_of_range;
  if (end != last || (error != std::errc{} && !read.too_large)) {
    return std::nullopt;
  }
  return read;
}

// Takes the unit off the end of a bandwidth; how many bits a second it is worth.
std::uint64_t take_bandwidth_unit(std::string_view& text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bits;
  };
  static constexpr Unit kUnits[] = {{"baud", 1}, {"bit/s", 1}, {"bps", 1},
                                    {"b/s", 1},  {"Bps", 8},   {"B/s", 8}};
  const auto unit =
      std::ranges::find_if(kUnits, [&](const Unit& each) { return text.ends_with(each.name); });
  if (unit == std::end(kUnits)) {
    return 8;
  }
  text.remove_suffix(unit->name.size());
  std::uint64_t bits = unit->bits;
  for (const Unit& prefix :
       {Unit{"k", 1'000}, Unit{"K", 1'000}, Unit{"M", 1'000'000}, Unit{"G", 1'000'000'000}}) {
    if (text.ends_with(prefix.name)) {
      text.remove_suffix(prefix.name.size());
      bits *= prefix.bits;
      break;
    }
  }
  text = base::trim(text);
  return bits;
}

enum class Decimal : std::uint8_t { kFits, kTooLarge, kNone };

// `times` a decimal number, rounded down; digits beyond the ninth behind the point do not count.
Decimal parse_decimal(std::string_view text, std::uint64_t times, std::uint64_t& product) {
  constexpr std::size_t kDigits = 9;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  const auto digits_only = [](std::string_view part) {
    return part.find_first_not_of("0123456789") == part.npos;
  };
  if (!digits_only(whole) || !digits_only(fraction) || whole.size() + fraction.size() == 0) {
    return Decimal::kNone;
  }
  std::string digits(fraction.substr(0, kDigits));
  digits.resize(kDigits, '0');
  const auto billionths = base::parse_u64(digits);
  const auto units = whole.empty() ? std::optional<std::uint64_t>(0) : base::parse_u64(whole);
  std::uint64_t large = 0;
  if (!units || __builtin_mul_overflow(*units, times, &large) ||
      __builtin_add_overflow(large, *billionths * times / 1'000'000'000, &product)) {
    return Decimal::kTooLarge;
  }
  return Decimal::kFits;
}

}  // namespace

Complaint parse_integer(std::string_view text, IntegerRange range, std::uint64_t& bits) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) {
    digits.remove_prefix(1);
  }
  const auto magnitude = parse_magnitude(digits);
  if (!magnitude) {
    return cat("'", base::escape(text), "' is not an integer");
  }
  // The magnitude of the least value, without overflow at its edge.
  const std::uint64_t least = 0 - static_cast<std::uint64_t>(range.least);
  if (negative && (magnitude->too_large || magnitude->value > (range.least < 0 ? least : 0))) {
    return cat("out of range, minimum ", range.least);
  }
  if (!negative && (magnitude->too_large || magnitude->value > range.most)) {
    return cat("out of range, maximum ", range.most);
  }
  bits = negative ? 0 - magnitude->value : magnitude->value;
  return {};
}

Complaint parse_argument(std::string_view text, AnyText& value) {
  value.text = text;
  return {};
}

Complaint parse_argument(std::string_view text, bool& value) {
  for (const std::string_view word : {"true", "yes", "1"}) {
    if (text == word) {
      value = true;
      return {};
    }
  }
  for (const std::string_view word : {"false", "no", "0"}) {
    if (text == word) {
      value = false;
      return {};
    }
  }
  return cat("'", base::escape(text), "' is not a boolean");
}

Complaint parse_argument(std::string_view text, std::string& value) {
  if (split_words(text).size() > 1) {
    return cat("'", base::escape(text), "' is more than one word");
  }
  value = unquote(text);
  return {};
}

Complaint parse_argument(std::string_view text, base::Duration& value) {
  const std::string_view zero = text.starts_with('.') ? "0" : "";
  return from_result(base::parse_duration(cat(zero, text, is_number(text) ? "s" : "")), value);
}

Complaint parse_argument(std::string_view text, base::BitRate& value) {
  std::string_view number = text;
  const std::uint64_t bits = take_bandwidth_unit(number);
  std::uint64_t read = 0;
  switch (parse_decimal(number, bits, read)) {
    case Decimal::kFits: value = base::BitRate(read); return {};
    case Decimal::kTooLarge: return "out of range";
    case Decimal::kNone: return cat("'", base::escape(text), "' is not a bandwidth");
  }
  __builtin_unreachable();
}

Complaint parse_argument(std::string_view text, net::MacAddress& value) {
  return from_result(net::parse_mac(text), value);
}

Complaint parse_argument(std::string_view text, net::Ipv4Address& value) {
  return from_result(net::parse_ipv4_address(text), value);
}

Complaint parse_argument(std::string_view text, net::Ipv6Address& value) {
  return from_result(net::parse_ipv6_address(text), value);
}

namespace {

// What the text says, else what it names.
template <typename T>
Complaint parse_or_find(std::string_view text, T& value, const Element* user,
                        std::optional<T> (*find)(std::string_view, const Element*)) {
  Complaint complaint = parse_argument(text, value);
  if (complaint.empty()) {
    return {};
  }
  const std::optional<T> named = find(text, user);
  value = named ? *named : value;
  return named ? Complaint() : std::move(complaint);
}

}  // namespace

Complaint parse_argument(std::string_view text, net::MacAddress& value, const Element* user) {
  return parse_or_find(text, value, user, named_mac);
}

Complaint parse_argument(std::string_view text, net::Ipv4Address& value, const Element* user) {
  return parse_or_find(text, value, user, named_ipv4);
}

Complaint parse_argument(std::string_view text, net::Ipv6Address& value, const Element* user) {
  return parse_or_find(text, value, user, named_ipv6);
}

Arguments& Arguments::add(base::TextView name, Place place, void* value, Parse how) {
  readers_.push_back({name, place, false, how, value, {}});
  return *this;
}

void Arguments::complain(base::TextView complaint) {
  complaints_.emplace_back(std::string_view(complaint));
}

void Arguments::warn(base::TextView remark) {
  remarks_.push_back({Severity::kWarning, std::string(std::string_view(remark))});
}

void Arguments::inform(base::TextView remark) {
  remarks_.push_back({Severity::kNote, std::string(std::string_view(remark))});
}

Arguments& Arguments::element(base::TextView name, Element*& value) {
  return add(name, Place::kMust, &value,
             [](std::string_view text, void* found, const Element* user) -> Complaint {
               Element* const partner = user->router().find_partner(text, *user);
               *static_cast<Element**>(found) = partner;
               return partner != nullptr
                          ? Complaint()
                          : cat("'", base::escape(text), "' does not name an element");
             });
}

Arguments& Arguments::rest(std::vector<std::string>& list) {
  rest_ = &list;
  return *this;
}

namespace {

// A word like a keyword's at the front of `argument`, when something stands behind it.
std::string_view keyword_of(std::string_view argument) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto further = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || std::string_view(":.?!").find(c) != npos;
  };
  if (argument.empty() || !letter(argument[0])) {
    return {};
  }
  const std::size_t end =
      static_cast<std::size_t>(std::ranges::find_if_not(argument, further) - argument.begin());
  const std::size_t space = argument.find_first_not_of(" \t\r\n\f\v", end);
  return space == npos || space == end ? std::string_view() : argument.substr(0, end);
}

}  // namespace

// Who takes the argument, and what is left of it for him to read; nullptr when nobody does.
Arguments::Reader* Arguments::reader_for(const std::string& argument, std::string& value) {
  const std::string_view word = keyword_of(argument);
  const auto named = std::ranges::find(readers_, word, &Reader::name);
  if (!word.empty() && named != readers_.end()) {
    value = base::trim(std::string_view(argument).substr(word.size()));
    return &*named;
  }
  for (Reader& reader : readers_) {
    if (reader.takes_place() && !reader.given) {
      value = argument;
      return word.empty() || reader.place == Place::kMust ? &reader : nullptr;
    }
  }
  return nullptr;
}

void Arguments::complete() {
  std::size_t left_over = 0;
  for (const std::string& argument : split_arguments(config_)) {
    std::string value;
    if (Reader* reader = reader_for(argument, value)) {
      reader->given = true;
      reader->text = std::move(value);
    } else if (rest_ != nullptr) {
      rest_->push_back(argument);
    } else if (const std::string_view word = keyword_of(argument); !word.empty()) {
      complain(cat(word, ": unknown argument"));
    } else {
      ++left_over;
    }
  }
  if (left_over != 0) {
    complain("too many arguments");
  }
  for (const Reader& reader : readers_) {
    if (reader.given) {
      if (Complaint complaint = reader.parse(reader.text, reader.value, element_);
          !complaint.empty()) {
        complain(cat(reader.name, ": ", complaint));
      }
    } else if (reader.place == Place::kMust || reader.place == Place::kMustByName) {
      complain(cat("required ", reader.name, " argument missing"));
    }
  }
}

}  // namespace superfluid::graph
