// SPDX-License-Identifier: Apache-2.0
#include "net/prefix.h"

#include "base/text.h"

namespace superfluid::net {
namespace {

template <typename Address>
base::Result<Prefix<Address>> parse_prefix(std::string_view text,
                                           base::Result<Address> (*parse)(std::string_view)) {
  constexpr unsigned kLengthMax = Prefix<Address>::kLengthMax;
  const std::size_t slash = text.find('/');
  SF_TRY(address, parse(text.substr(0, slash)));
  if (slash == std::string_view::npos) {
    return base::fail(base::ErrorCode::kInvalid, base::cat("\"", text, "\" has no prefix length"))
        .try_this(base::cat("write ", text, "/", kLengthMax, " for this one address"));
  }
  const std::string_view digits = text.substr(slash + 1);
  const auto length = base::parse_u64(digits);
  if (!length || *length > kLengthMax || (digits.size() > 1 && digits.front() == '0')) {
    return base::fail(base::ErrorCode::kInvalid, base::cat("\"", base::escape(digits.substr(0, 20)),
                                                           "\" is not the length of a prefix"))
        .try_this(base::cat("write a number from 0 to ", kLengthMax));
  }
  const auto prefix = *Prefix<Address>::make(address, static_cast<unsigned>(*length));
  if (prefix.address() != address) {
    return base::fail(base::ErrorCode::kInvalid,
                      base::cat("\"", text, "\" has bits set behind its prefix"))
        .try_this(base::cat("write ", to_text(prefix), " for the range, or ", to_text(address), "/",
                            kLengthMax, " for the one address"));
  }
  return prefix;
}

template <std::size_t N, typename Address>
base::FixedString<N> prefix_text(const Prefix<Address>& prefix) {
  const auto address = to_text(prefix.address());
  std::array<char, N> chars{};
  std::memcpy(chars.data(), address.view().data(), address.size());
  char* at = chars.data() + address.size();
  *at++ = '/';
  at = std::to_chars(at, chars.data() + N, prefix.length()).ptr;
  return *base::FixedString<N>::make({chars.data(), static_cast<std::size_t>(at - chars.data())});
}

}  // namespace

base::Result<Ipv4Prefix> parse_ipv4_prefix(std::string_view text) {
  return parse_prefix<Ipv4Address>(text, parse_ipv4_address);
}

base::Result<Ipv6Prefix> parse_ipv6_prefix(std::string_view text) {
  return parse_prefix<Ipv6Address>(text, parse_ipv6_address);
}

base::FixedString<18> to_text(const Ipv4Prefix& prefix) { return prefix_text<18>(prefix); }
base::FixedString<43> to_text(const Ipv6Prefix& prefix) { return prefix_text<43>(prefix); }

}  // namespace superfluid::net
