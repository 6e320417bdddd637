// SPDX-License-Identifier: Apache-2.0
#include "os/link.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>

#include "base/text.h"

namespace superfluid::os {

using base::ErrorCode;

base::Status check_link_name(std::string_view name) {
  const auto is_good = [](char c) {
    return c > ' ' && c <= '~' && c != '/' && c != ':' && c != '%';
  };
  if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == ".." ||
      !std::all_of(name.begin(), name.end(), is_good)) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("\"", base::escape(name), "\" is no name for an interface"))
        .try_this("use 1 to 15 letters, digits, dots and dashes");
  }
  return {};
}

base::Result<IpAddress> IpAddress::parse(const std::string& text) {
  IpAddress address{.is_v6 = text.find(':') != std::string::npos, .octets = {}};
  const bool has_zero_byte = text.find('\0') != std::string::npos;
  if (has_zero_byte ||
      ::inet_pton(address.is_v6 ? AF_INET6 : AF_INET, text.c_str(), address.octets.data()) != 1) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("\"", base::escape(text), "\" is no IP address"));
  }
  return address;
}

base::Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("\"", base::escape(text), "\" has no prefix length"))
        .try_this("write it as 192.0.2.1/24 or 2001:db8::1/64");
  }
  SF_TRY(address, IpAddress::parse(std::string(text.substr(0, slash))));
  const auto length = base::parse_u64(text.substr(slash + 1));
  if (!length || *length > address.bytes().size() * 8) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("\"", base::escape(text), "\" has no valid prefix length"));
  }
  return IpPrefix{.address = address, .length = static_cast<unsigned>(*length)};
}

}  // namespace superfluid::os
