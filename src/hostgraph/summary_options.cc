// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/summary_options.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "net/address.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;

constexpr std::uint8_t kEnd = 0;
constexpr std::uint8_t kNothing = 1;
constexpr std::uint8_t kMss = 2;
constexpr std::uint8_t kWindowScale = 3;
constexpr std::uint8_t kSackPermitted = 4;
constexpr std::uint8_t kSack = 5;
constexpr std::uint8_t kTimestamps = 8;
constexpr std::uint8_t kRecordRoute = 7;
constexpr std::uint8_t kLooseRoute = 131;
constexpr std::uint8_t kStrictRoute = 137;

std::uint32_t number_at(base::ByteView bytes, std::size_t at, std::size_t width) {
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes.subspan(at, width)) {
    number = number << 8 | byte;
  }
  return number;
}

// By number, with its bytes.
std::string plain_text(base::ByteView option) {
  std::string text = cat(+option[0]);
  for (std::size_t i = 2; i < option.size(); ++i) {
    text += cat(i == 2 ? "=" : ":", +option[i]);
  }
  return text;
}

// The words of all options; `word` gives that of one, empty to leave it out, nullopt when it is
// malformed.
template <typename Word>
std::string options_text(base::ByteView options, Word word) {
  std::string text;
  while (!options.empty() && options[0] != kEnd) {
    if (options[0] == kNothing) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) {
      return "?";
    }
    const std::optional<std::string> one = word(options.first(options[1]));
    if (!one) {
      return "?";
    }
    text += cat(text.empty() || one->empty() ? "" : ";", *one);
    options = options.subspan(options[1]);
  }
  return text.empty() ? "." : text;
}

std::optional<std::string> sack_text(base::ByteView option) {
  if (option.size() % 8 != 2) {
    return std::nullopt;
  }
  std::string text;
  for (std::size_t at = 2; at < option.size(); at += 8) {
    text += cat(at == 2 ? "" : ";", "sack", number_at(option, at, 4), "-",
                number_at(option, at + 4, 4));
  }
  return text;
}

std::optional<std::string> tcp_option_text(base::ByteView option, TcpOptions which) {
  const auto of_length = [&](std::size_t length, auto text) -> std::optional<std::string> {
    return option.size() == length ? std::optional<std::string>(text()) : std::nullopt;
  };
  const std::uint8_t kind = option[0];
  const bool is_sack = kind == kSackPermitted || kind == kSack;
  if ((which == TcpOptions::kSack && !is_sack) ||
      (which == TcpOptions::kAllButTimestamp && kind == kTimestamps)) {
    return "";
  }
  switch (kind) {
    case kMss: return of_length(4, [&] { return cat("mss", number_at(option, 2, 2)); });
    case kWindowScale: return of_length(3, [&] { return cat("wscale", +option[2]); });
    case kSackPermitted: return of_length(2, [] { return std::string("sackok"); });
    case kSack: return sack_text(option);
    case kTimestamps:
      return of_length(
          10, [&] { return cat("ts", number_at(option, 2, 4), ":", number_at(option, 6, 4)); });
    default: return plain_text(option);
  }
}

std::optional<std::string> route_text(std::string_view name, base::ByteView option) {
  if (option.size() < 3 || option[2] < 4) {
    return std::nullopt;
  }
  const std::size_t pointer = option[2] - 1u;
  const bool recorded = option[0] == kRecordRoute;
  std::string text = cat(name, "{");
  std::size_t at = 3;
  for (; at + 4 <= option.size() && !(recorded && at == pointer); at += 4) {
    text += at == pointer ? "^" : (at == 3 ? "" : ",");
    text +=
        net::to_text(net::Ipv4Address{{option[at], option[at + 1], option[at + 2], option[at + 3]}})
            .view();
  }
  text += at == option.size() && at == pointer && !recorded ? "^}" : "}";
  const std::size_t places = (option.size() - at) / 4;
  return places == 0 ? text : cat(text, "+", places);
}

std::optional<std::string> ip_option_text(base::ByteView option) {
  switch (option[0]) {
    case kRecordRoute: return route_text("rr", option);
    case kLooseRoute: return route_text("lsrr", option);
    case kStrictRoute: return route_text("ssrr", option);
    default: return plain_text(option);
  }
}

// --- reading

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) {
    return false;
  }
  text.remove_prefix(word.size());
  return true;
}

// The digits that `text` begins with.
std::optional<std::uint32_t> take_number(std::string_view& text, std::uint64_t most) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = base::parse_u64(text.substr(0, end));
  if (!number || *number > most) {
    return std::nullopt;
  }
  text.remove_prefix(end);
  return static_cast<std::uint32_t>(*number);
}

void put(std::uint32_t number, std::size_t width, std::string& to) {
  for (std::size_t i = width; i-- > 0;) {
    to.push_back(static_cast<char>(number >> (8 * i)));
  }
}

void begin(std::uint8_t kind, std::size_t length, std::string& to) {
  to.push_back(static_cast<char>(kind));
  to.push_back(static_cast<char>(length));
}

bool read_plain(std::string_view word, std::string& to) {
  const auto kind = take_number(word, 255);
  std::string bytes;
  for (char sign = '='; kind && !word.empty(); sign = ':') {
    if (!take(word, std::string_view(&sign, 1))) {
      return false;
    }
    const auto byte = take_number(word, 255);
    if (!byte) {
      return false;
    }
    put(*byte, 1, bytes);
  }
  if (!kind || *kind == kEnd || *kind == kNothing || bytes.size() > kOptionBytesMax - 2) {
    return false;
  }
  begin(static_cast<std::uint8_t>(*kind), bytes.size() + 2, to);
  to += bytes;
  return true;
}

// Two numbers of 32 bits with a sign between them.
bool read_pair(std::string_view word, std::string_view sign, std::string& to) {
  const auto first = take_number(word, 0xffffffff);
  if (!first || !take(word, sign)) {
    return false;
  }
  const auto second = take_number(word, 0xffffffff);
  if (!second || !word.empty()) {
    return false;
  }
  put(*first, 4, to);
  put(*second, 4, to);
  return true;
}

bool read_one(std::string_view word, std::uint8_t kind, std::size_t width, std::string& to) {
  const auto number = take_number(word, (std::uint64_t{1} << (8 * width)) - 1);
  if (!number || !word.empty()) {
    return false;
  }
  begin(kind, width + 2, to);
  put(*number, width, to);
  return true;
}

// `sack` is where the last option of blocks begins: another block behind it belongs to it.
bool read_tcp_option(std::string_view word, std::size_t& sack, std::string& to) {
  if (word == "sackok") {
    begin(kSackPermitted, 2, to);
    return true;
  }
  if (take(word, "sack")) {
    const bool goes_on =
        sack != std::string::npos && sack + static_cast<std::uint8_t>(to[sack + 1]) == to.size();
    if (!goes_on) {
      sack = to.size();
      begin(kSack, 2, to);
    }
    to[sack + 1] = static_cast<char>(to[sack + 1] + 8);
    return read_pair(word, "-", to);
  }
  if (take(word, "mss")) {
    return read_one(word, kMss, 2, to);
  }
  if (take(word, "wscale")) {
    return read_one(word, kWindowScale, 1, to);
  }
  if (take(word, "ts")) {
    begin(kTimestamps, 10, to);
    return read_pair(word, ":", to);
  }
  return read_plain(word, to);
}

bool read_route(std::string_view word, std::uint8_t kind, std::string& to) {
  const std::size_t end = word.find('}');
  if (!take(word, "{") || end == word.npos) {
    return false;
  }
  std::string_view inside = word.substr(0, end - 1);
  std::string_view behind = word.substr(end);
  std::string places;
  std::optional<std::size_t> pointer;
  while (!inside.empty()) {
    if (take(inside, "^")) {
      if (std::exchange(pointer, places.size())) {
        return false;
      }
      continue;
    }
    const std::size_t length = std::min(inside.find_first_of(",^"), inside.size());
    const auto address = net::parse_ipv4_address(inside.substr(0, length));
    if (!address || places.size() > kOptionBytesMax) {
      return false;
    }
    places.append(base::text_of(address->bytes));
    inside.remove_prefix(length);
    take(inside, ",");
  }
  const std::size_t at = pointer.value_or(places.size());
  if (take(behind, "+")) {
    const auto more = take_number(behind, kOptionBytesMax / 4);
    if (!more) {
      return false;
    }
    places.append(4 * *more, '\0');
  }
  if (!behind.empty() || places.size() + 3 > kOptionBytesMax) {
    return false;
  }
  begin(kind, places.size() + 3, to);
  to.push_back(static_cast<char>(at + 4));
  to += places;
  return true;
}

bool read_ip_option(std::string_view word, std::string& to) {
  if (take(word, "rr")) {
    return read_route(word, kRecordRoute, to);
  }
  if (take(word, "lsrr")) {
    return read_route(word, kLooseRoute, to);
  }
  if (take(word, "ssrr")) {
    return read_route(word, kStrictRoute, to);
  }
  return read_plain(word, to);
}

template <typename Read>
bool read_options(std::string_view text, std::string& options, Read read) {
  std::string made;
  if (text == ".") {
    text = {};
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view word = text.substr(0, end);
    if (word == "nop" || word == "eol") {
      made.push_back(static_cast<char>(word == "nop" ? kNothing : kEnd));
    } else if (!read(word, made)) {
      return false;
    }
    if (made.size() > kOptionBytesMax) {
      return false;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  made.resize((made.size() + 3) / 4 * 4, static_cast<char>(kEnd));
  options = std::move(made);
  return true;
}

}  // namespace

std::string tcp_options_text(base::ByteView options, TcpOptions which) {
  return options_text(options, [which](base::ByteView one) { return tcp_option_text(one, which); });
}

std::string ip_options_text(base::ByteView options) {
  return options_text(options, ip_option_text);
}

bool read_tcp_options(std::string_view text, std::string& options) {
  std::size_t sack = std::string::npos;
  return read_options(text, options, [&sack](std::string_view word, std::string& to) {
    return read_tcp_option(word, sack, to);
  });
}

bool read_ip_options(std::string_view text, std::string& options) {
  return read_options(text, options, read_ip_option);
}

}  // namespace superfluid::hostgraph
