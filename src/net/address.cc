// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <optional>

#include "base/text.h"

namespace superfluid::net {
namespace {

constexpr std::size_t kIpv6Groups = 8;
using Groups = std::array<std::uint16_t, kIpv6Groups>;

constexpr Groups groups_of(const Ipv6Address& address) {
  Groups groups{};
  for (std::size_t i = 0; i < kIpv6Groups; ++i) {
    groups[i] = static_cast<std::uint16_t>(address.bytes[2 * i] << 8 | address.bytes[2 * i + 1]);
  }
  return groups;
}

constexpr Ipv6Address address_of(const Groups& groups) {
  Ipv6Address address;
  for (std::size_t i = 0; i < kIpv6Groups; ++i) {
    address.bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    address.bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
  }
  return address;
}

// One to `digits_max` hexadecimal digits, the whole of text.
std::optional<std::uint16_t> read_hex(std::string_view text, std::size_t digits_max) {
  if (text.empty() || text.size() > digits_max) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : text) {
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<unsigned>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value << 4 | static_cast<unsigned>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return static_cast<std::uint16_t>(value);
}

std::optional<MacAddress> read_mac(std::string_view text) {
  const char separator = text.find('-') == std::string_view::npos ? ':' : '-';
  MacAddress address;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const bool last = i + 1 == address.bytes.size();
    const std::size_t end = last ? text.size() : text.find(separator);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const auto byte = read_hex(text.substr(0, end), 2);
    if (!byte) {
      return std::nullopt;
    }
    address.bytes[i] = static_cast<std::uint8_t>(*byte);
    text.remove_prefix(last ? end : end + 1);
  }
  return address;
}

std::optional<Ipv4Address> read_ipv4(std::string_view text) {
  Ipv4Address address;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const bool last = i + 1 == address.bytes.size();
    const std::size_t end = last ? text.size() : text.find('.');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view word = text.substr(0, end);
    const auto number = base::parse_u64(word);
    if (!number || *number > 255 || (word.size() > 1 && word.front() == '0')) {
      return std::nullopt;
    }
    address.bytes[i] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(last ? end : end + 1);
  }
  return address;
}

// The groups as written, and where "::" stood among them.
struct WrittenGroups {
  Groups groups{};
  std::size_t count = 0;
  std::optional<std::size_t> gap;
};

std::optional<WrittenGroups> read_groups(std::string_view text) {
  WrittenGroups written;
  if (text.starts_with("::")) {
    written.gap = 0;
    text.remove_prefix(2);
    if (text.empty()) {
      return written;
    }
  }
  while (written.count < kIpv6Groups) {
    const std::size_t colon = text.find(':');
    const std::string_view word = text.substr(0, colon);
    if (word.find('.') != std::string_view::npos) {  // the last 32 bits in IPv4's form
      const auto tail = read_ipv4(word);
      if (!tail || colon != std::string_view::npos || written.count > kIpv6Groups - 2) {
        return std::nullopt;
      }
      written.groups[written.count++] = static_cast<std::uint16_t>(tail->host() >> 16);
      written.groups[written.count++] = static_cast<std::uint16_t>(tail->host());
      return written;
    }
    const auto group = read_hex(word, 4);
    if (!group) {
      return std::nullopt;
    }
    written.groups[written.count++] = *group;
    if (colon == std::string_view::npos) {
      return written;
    }
    text.remove_prefix(colon + 1);
    if (text.starts_with(':')) {
      if (written.gap) {
        return std::nullopt;
      }
      written.gap = written.count;
      text.remove_prefix(1);
      if (text.empty()) {
        return written;
      }
    }
  }
  return std::nullopt;
}

std::optional<Ipv6Address> read_ipv6(std::string_view text) {
  const auto written = read_groups(text);
  if (!written) {
    return std::nullopt;
  }
  if (!written->gap) {
    return written->count == kIpv6Groups ? std::optional(address_of(written->groups))
                                         : std::nullopt;
  }
  if (written->count == kIpv6Groups) {
    return std::nullopt;  // "::" stands for at least one group
  }
  Groups groups{};
  const std::size_t shift = kIpv6Groups - written->count;
  for (std::size_t i = 0; i < written->count; ++i) {
    groups[i < *written->gap ? i : i + shift] = written->groups[i];
  }
  return address_of(groups);
}

// Text of at most N bytes, put together piece by piece. The callers' N is the longest that they can
// make.
template <std::size_t N>
class TextBuffer {
 public:
  void add(char c) { chars_[size_++] = c; }
  void add_number(unsigned value, int radix) {
    size_ = static_cast<std::size_t>(
        std::to_chars(chars_.data() + size_, chars_.data() + N, value, radix).ptr - chars_.data());
  }
  base::FixedString<N> text() const { return *base::FixedString<N>::make({chars_.data(), size_}); }

 private:
  std::array<char, N> chars_{};
  std::size_t size_ = 0;
};

template <std::size_t N>
void add_dotted(TextBuffer<N>& text, const std::uint8_t* bytes) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) {
      text.add('.');
    }
    text.add_number(bytes[i], 10);
  }
}

struct Run {
  std::size_t start = 0;
  std::size_t length = 0;
};

// The first of the longest runs of zero groups; RFC 5952 forbids to shorten a single one.
Run longest_zero_run(const Groups& groups) {
  Run best;
  for (std::size_t i = 0; i < kIpv6Groups; ++i) {
    Run run{i, 0};
    while (i < kIpv6Groups && groups[i] == 0) {
      ++run.length;
      ++i;
    }
    if (run.length > best.length && run.length >= 2) {
      best = run;
    }
  }
  return best;
}

// Text from outside, cut and escaped, as error messages show it.
std::string quoted(std::string_view text) {
  constexpr std::size_t kShownMax = 60;
  const bool cut = text.size() > kShownMax;
  return base::cat("\"", base::escape(text.substr(0, kShownMax)), cut ? "...\"" : "\"");
}

}  // namespace

base::Result<MacAddress> parse_mac(std::string_view text) {
  if (const auto address = read_mac(text)) {
    return *address;
  }
  return base::fail(base::ErrorCode::kInvalid, base::cat(quoted(text), " is not a MAC address"))
      .try_this("write six hexadecimal bytes, like 02:00:00:00:00:01");
}

base::Result<Ipv4Address> parse_ipv4_address(std::string_view text) {
  if (const auto address = read_ipv4(text)) {
    return *address;
  }
  return base::fail(base::ErrorCode::kInvalid, base::cat(quoted(text), " is not an IPv4 address"))
      .try_this("write four numbers from 0 to 255 without leading zeros, like 192.0.2.1");
}

base::Result<Ipv6Address> parse_ipv6_address(std::string_view text) {
  if (const auto address = read_ipv6(text)) {
    return *address;
  }
  return base::fail(base::ErrorCode::kInvalid, base::cat(quoted(text), " is not an IPv6 address"))
      .try_this("write eight hexadecimal groups, one run of zeros as ::, like 2001:db8::1");
}

base::FixedString<17> to_text(const MacAddress& address) {
  TextBuffer<17> text;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    if (i != 0) {
      text.add(':');
    }
    text.add_number(address.bytes[i] >> 4, 16);
    text.add_number(address.bytes[i] & 0xf, 16);
  }
  return text.text();
}

base::FixedString<15> to_text(const Ipv4Address& address) {
  TextBuffer<15> text;
  add_dotted(text, address.bytes.data());
  return text.text();
}

base::FixedString<39> to_text(const Ipv6Address& address) {
  TextBuffer<39> text;
  const Groups groups = groups_of(address);
  const Run zeros = longest_zero_run(groups);
  if (zeros.start == 0 && zeros.length == 5 && groups[5] == 0xffff) {  // IPv4-mapped
    for (const char c : std::string_view("::ffff:")) {
      text.add(c);
    }
    add_dotted(text, address.bytes.data() + 12);
    return text.text();
  }
  for (std::size_t i = 0; i < kIpv6Groups; ++i) {
    if (zeros.length != 0 && i == zeros.start) {
      text.add(':');
      text.add(':');
      i += zeros.length - 1;
      continue;
    }
    if (i != 0 && i != zeros.start + zeros.length) {
      text.add(':');
    }
    text.add_number(groups[i], 16);
  }
  return text.text();
}

}  // namespace superfluid::net
