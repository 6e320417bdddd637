// SPDX-License-Identifier: Apache-2.0
// The functions of scripts: text in, text out. Numbers are 64-bit integers as long as all of them
// are, else floating point.
#include <algorithm>
#include <bit>
#include <limits>

#include "base/text.h"
#include "elements/real_text.h"
#include "elements/script_text.h"
#include "graph/arguments.h"
#include "graph/words.h"

namespace superfluid::elements {
namespace {

using base::cat;
using Text = base::Result<std::string>;

base::Failure refuse(base::TextView why) {
  return base::fail(base::ErrorCode::kInvalid, why);
}

std::string shift(std::string& text) { return graph::shift_word(text); }
std::string shift_unquoted(std::string& text) { return graph::unquote(graph::shift_word(text)); }

struct Number {
  bool whole = true;
  std::int64_t integer = 0;
  double real = 0;
};

std::optional<Number> parse_number(std::string_view text) {
  Number number;
  if (graph::parse_argument(text, number.integer).empty()) {
    number.real = static_cast<double>(number.integer);
    return number;
  }
  const auto real = parse_real(text);
  if (!real) {
    return std::nullopt;
  }
  return Number{.whole = false, .integer = 0, .real = *real};
}

std::string text_of(double real) { return real_text(real); }
std::string text_of(bool truth) { return truth ? "true" : "false"; }

// Integers that wrap.
std::int64_t wrapped(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }
std::uint64_t bits_of(std::int64_t integer) { return static_cast<std::uint64_t>(integer); }

std::int64_t truncated(double real) {
  constexpr double kLimit = 0x1p63;
  using Limits = std::numeric_limits<std::int64_t>;
  if (real >= kLimit) {
    return Limits::max();
  }
  return real > -kLimit ? static_cast<std::int64_t>(real) : Limits::min();  // min also for nan
}

enum class Fold : std::uint8_t { kAdd, kSub, kMul, kDiv, kMin, kMax };

void fold_in(Fold how, Number& into, const Number& next) {
  into.whole = into.whole && next.whole;
  const std::uint64_t a = bits_of(into.integer);
  const std::uint64_t b = bits_of(next.integer);
  switch (how) {
    case Fold::kAdd:
      into.integer = wrapped(a + b);
      into.real += next.real;
      break;
    case Fold::kSub:
      into.integer = wrapped(a - b);
      into.real -= next.real;
      break;
    case Fold::kMul:
      into.integer = wrapped(a * b);
      into.real *= next.real;
      break;
    case Fold::kDiv: into.real /= next.real; break;
    case Fold::kMin:
      into.integer = std::min(into.integer, next.integer);
      into.real = std::min(into.real, next.real);
      break;
    case Fold::kMax:
      into.integer = std::max(into.integer, next.integer);
      into.real = std::max(into.real, next.real);
      break;
  }
}

base::Result<Number> folded(Fold how, std::string_view arguments) {
  std::optional<Number> result;
  for (const std::string& word : graph::split_words(arguments)) {
    const auto number = parse_number(word);
    if (!number) {
      return refuse("expected list of numbers");
    }
    if (result) {
      fold_in(how, *result, *number);
    } else {
      result = *number;
    }
  }
  const std::int64_t neutral = how == Fold::kAdd || how == Fold::kSub ? 0 : 1;
  return result.value_or(Number{true, neutral, static_cast<double>(neutral)});
}

template <Fold how>
Text fold(std::string_view arguments) {
  SF_TRY(number, folded(how, arguments));
  return number.whole ? cat(number.integer) : text_of(number.real);
}

Text divide(std::string_view arguments) {
  SF_TRY(number, folded(Fold::kDiv, arguments));
  return text_of(number.real);
}

Text divide_whole(std::string_view arguments) {
  SF_TRY(number, folded(Fold::kDiv, arguments));
  return cat(truncated(number.real));
}

// Two words, and no more.
base::Result<std::pair<std::string, std::string>> two_of(std::string_view arguments) {
  const std::vector<std::string> words = graph::split_words(arguments);
  if (words.size() != 2) {
    return refuse("expected two numbers");
  }
  return std::pair(words[0], words[1]);
}

template <bool reals>
Text remainder(std::string_view arguments) {
  SF_TRY(words, two_of(arguments));
  const auto a = parse_number(words.first);
  const auto b = parse_number(words.second);
  if (!a || !b || (!reals && !(a->whole && b->whole))) {
    return refuse("expected two numbers");
  }
  if (!(a->whole && b->whole)) {
    return text_of(real_remainder(a->real, b->real));
  }
  if (b->integer == 0) {
    return refuse("division by zero");
  }
  return cat(b->integer == -1 ? 0 : a->integer % b->integer);
}

template <bool absolute>
Text negate(std::string_view argument) {
  const auto number = parse_number(base::trim(argument));
  if (!number) {
    return refuse("expected one number");
  }
  const bool turn = !absolute || number->real < 0;
  return number->whole ? cat(turn ? wrapped(0 - bits_of(number->integer)) : number->integer)
                       : text_of(turn ? -number->real : number->real);
}

// -1, 0, 1 as numbers where both are, else as strings.
int compared(const std::string& a, const std::string& b) {
  const auto x = parse_number(a);
  const auto y = parse_number(b);
  const auto order = [](const auto& p, const auto& q) { return p < q ? -1 : (q < p ? 1 : 0); };
  if (x && y) {
    return x->whole && y->whole ? order(x->integer, y->integer) : order(x->real, y->real);
  }
  return order(graph::unquote(a), graph::unquote(b));
}

template <bool less, bool equal, bool greater>
Text compare(std::string_view arguments) {
  SF_TRY(words, two_of(arguments));
  const int order = compared(words.first, words.second);
  return text_of(order < 0 ? less : (order == 0 ? equal : greater));
}

Text negation(std::string_view argument) {
  bool truth = false;
  SF_CHECKED(graph::parse_handler_value(argument, truth));
  return text_of(!truth);
}

// Looks at words until one decides.
template <bool decisive, bool inverted>
Text any_or_all(std::string_view arguments) {
  bool value = !decisive;
  for (const std::string& word : graph::split_words(arguments)) {
    SF_CHECKED(graph::parse_handler_value(word, value));
    if (value == decisive) {
      break;
    }
  }
  return text_of(value != inverted);
}

Text choose(std::string_view arguments) {
  std::string rest(arguments);
  bool truth = false;
  SF_CHECKED(graph::parse_handler_value(shift(rest), truth));
  std::string first = shift(rest);
  return truth ? first : shift(rest);
}

Text is_in(std::string_view arguments) {
  std::string rest(arguments);
  const std::string word = shift_unquoted(rest);
  bool found = false;
  while (!word.empty() && !rest.empty() && !found) {
    found = shift_unquoted(rest) == word;
  }
  return text_of(found);
}

Text first_word(std::string_view arguments) {
  std::string rest(arguments);
  return shift(rest);
}

Text length(std::string_view text) { return cat(text.size()); }
Text unquoted(std::string_view text) { return graph::unquote(text); }

template <typename Word>
Text swapped(std::string_view argument) {
  std::int64_t number = 0;
  SF_CHECKED(graph::parse_handler_value(argument, number));
  return cat(std::byteswap(static_cast<Word>(number)));
}

// One conversion of sprintf.
class Conversion {
 public:
  static constexpr std::size_t kWidthMax = 1000;

  // From behind the '%'; the format is left behind the conversion.
  base::Status read(std::string_view& format, std::string& arguments) {
    while (!format.empty() && std::string_view("0#- +").contains(format[0])) {
      flags_ += format[0];
      format.remove_prefix(1);
    }
    SF_TRY(width, read_size(format, arguments));
    width_ = width;
    if (format.starts_with('.')) {
      format.remove_prefix(1);
      SF_TRY(precision, read_size(format, arguments));
      precision_ = precision;
    }
    while (!format.empty() && std::string_view("hlLq").contains(format[0])) {
      half_ |= format[0] == 'h';
      format.remove_prefix(1);
    }
    if (format.empty()) {
      return refuse("syntax error");
    }
    kind_ = format[0];
    format.remove_prefix(1);
    return {};
  }

  Text apply(std::string& arguments) const {
    if (kind_ == '%') {
      return std::string("%");
    }
    if (kind_ == 's') {
      return padded("", shift_unquoted(arguments).substr(0, precision_.value_or(kScriptBytesMax)));
    }
    std::int64_t integer = 0;
    const std::string word = shift(arguments);
    if (kind_ == 'd' || kind_ == 'i') {
      SF_CHECKED(graph::parse_handler_value(word, integer));
      return signed_text(half_ ? static_cast<std::int16_t>(integer) : integer);
    }
    if (!std::string_view("oxXu").contains(kind_)) {
      return refuse("syntax error");
    }
    std::uint64_t bits = 0;
    if (graph::parse_argument(word, integer).empty()) {
      bits = bits_of(integer);
    } else {
      SF_CHECKED(graph::parse_handler_value(word, bits));
    }
    return unsigned_text(half_ ? static_cast<std::uint16_t>(bits) : bits);
  }

 private:
  static base::Result<std::size_t> read_size(std::string_view& format, std::string& arguments) {
    std::string digits;
    if (format.starts_with('*')) {
      format.remove_prefix(1);
      digits = shift(arguments);
    } else {
      while (!format.empty() && format[0] >= '0' && format[0] <= '9') {
        digits += format[0];
        format.remove_prefix(1);
      }
    }
    const auto size = digits.empty() ? 0 : base::parse_u64(digits);
    if (!size || *size > kWidthMax) {
      return refuse("syntax error");
    }
    return *size;
  }

  bool has(char flag) const { return flags_.contains(flag); }

  std::string signed_text(std::int64_t value) const {
    const std::uint64_t size = value < 0 ? 0 - bits_of(value) : bits_of(value);
    const std::string_view sign = value < 0 ? "-" : has('+') ? "+" : has(' ') ? " " : "";
    return padded(sign, digits_of(size, 10));
  }

  std::string unsigned_text(std::uint64_t value) const {
    if (kind_ == 'u') {
      return padded("", digits_of(value, 10));
    }
    if (kind_ == 'o') {
      std::string digits = digits_of(value, 8);
      return padded("", has('#') && !digits.starts_with('0') ? "0" + digits : digits);
    }
    const std::string_view prefix = !has('#') || value == 0 ? "" : kind_ == 'x' ? "0x" : "0X";
    return padded(prefix, digits_of(value, 16));
  }

  // At least as many as the precision wants; no digit for a 0 that is to have none.
  std::string digits_of(std::uint64_t value, unsigned base) const {
    std::string digits;
    for (; value != 0; value /= base) {
      const auto digit = static_cast<char>(value % base);
      digits +=
          static_cast<char>(digit < 10 ? '0' + digit : (kind_ == 'X' ? 'A' : 'a') + digit - 10);
    }
    const std::size_t wanted = precision_.value_or(1);
    digits.append(wanted - std::min(wanted, digits.size()), '0');
    std::ranges::reverse(digits);
    return digits;
  }

  std::string padded(std::string_view prefix, const std::string& text) const {
    const std::size_t there = prefix.size() + text.size();
    const std::string fill(width_ - std::min(width_, there), ' ');
    if (has('-')) {
      return cat(prefix, text, fill);
    }
    if (has('0') && !precision_ && kind_ != 's') {
      return cat(prefix, std::string(fill.size(), '0'), text);
    }
    return cat(fill, prefix, text);
  }

  std::string flags_;
  std::size_t width_ = 0;
  std::optional<std::size_t> precision_;
  bool half_ = false;
  char kind_ = '\0';
};

Text print_formatted(std::string_view arguments) {
  std::string rest(arguments);
  const std::string format_text = shift_unquoted(rest);
  std::string_view format = format_text;
  std::string out;
  while (!format.empty() && out.size() < kScriptBytesMax) {
    const std::size_t plain = std::min(format.find('%'), format.size());
    out += format.substr(0, plain);
    format.remove_prefix(plain);
    if (!format.empty()) {
      format.remove_prefix(1);
      Conversion conversion;
      SF_CHECKED(conversion.read(format, rest));
      SF_TRY(text, conversion.apply(rest));
      out += text;
    }
  }
  if (!rest.empty()) {
    return refuse("syntax error");
  }
  return out;
}

struct SignalName {
  std::string_view name;
  int number;
};
constexpr SignalName kSignals[] = {
    {"ABRT", 6}, {"ALRM", 14}, {"HUP", 1},   {"INT", 2},   {"IO", 29},   {"PIPE", 13},
    {"QUIT", 3}, {"TERM", 15}, {"TSTP", 20}, {"USR1", 10}, {"USR2", 12},
};

constexpr ScriptFunction kFunctions[] = {
    {"abs", negate<true>},
    {"add", fold<Fold::kAdd>},
    {"and", any_or_all<false, false>},
    {"div", divide},
    {"eq", compare<false, true, false>},
    {"first", first_word},
    {"ge", compare<false, true, true>},
    {"gt", compare<false, false, true>},
    {"htonl", swapped<std::uint32_t>},
    {"htons", swapped<std::uint16_t>},
    {"idiv", divide_whole},
    {"if", choose},
    {"in", is_in},
    {"le", compare<true, true, false>},
    {"length", length},
    {"lt", compare<true, false, false>},
    {"max", fold<Fold::kMax>},
    {"min", fold<Fold::kMin>},
    {"mod", remainder<false>},
    {"mul", fold<Fold::kMul>},
    {"nand", any_or_all<false, true>},
    {"ne", compare<true, false, true>},
    {"neg", negate<false>},
    {"nor", any_or_all<true, true>},
    {"not", negation},
    {"ntohl", swapped<std::uint32_t>},
    {"ntohs", swapped<std::uint16_t>},
    {"or", any_or_all<true, false>},
    {"rem", remainder<true>},
    {"sprintf", print_formatted},
    {"sub", fold<Fold::kSub>},
    {"unquote", unquoted},
};

}  // namespace

std::span<const ScriptFunction> script_functions() { return kFunctions; }

std::optional<int> signal_number(std::string_view name) {
  const auto* found = std::ranges::find(kSignals, name, &SignalName::name);
  if (found != std::end(kSignals)) {
    return found->number;
  }
  const auto number = base::parse_u64(name);
  return number && *number >= 1 && *number <= 31 ? std::optional(static_cast<int>(*number))
                                                 : std::nullopt;
}

}  // namespace superfluid::elements
