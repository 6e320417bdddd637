// SPDX-License-Identifier: Apache-2.0
#include "graph/arguments.h"

#include <algorithm>
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
  return from_result(base::parse_duration(is_number(text) ? cat(text, "s") : std::string(text)),
                     value);
}

Complaint parse_argument(std::string_view text, base::BitRate& value) {
  return from_result(base::parse_bit_rate(is_number(text) ? cat(text, "B/s") : std::string(text)),
                     value);
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

Arguments& Arguments::element(std::string_view name, Element*& value) {
  const Element* const self = element_;
  readers_.push_back({std::string(name),
                      Place::kMust,
                      [self, &value](std::string_view text) -> Complaint {
                        value = self->router().find(text, self);
                        return value != nullptr
                                   ? Complaint()
                                   : cat("'", base::escape(text), "' does not name an element");
                      },
                      {}});
  return *this;
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
      if (Complaint complaint = reader.parse(reader.text); !complaint.empty()) {
        complain(cat(reader.name, ": ", complaint));
      }
    } else if (reader.place == Place::kMust || reader.place == Place::kMustByName) {
      complain(cat("required ", reader.name, " argument missing"));
    }
  }
}

}  // namespace superfluid::graph
