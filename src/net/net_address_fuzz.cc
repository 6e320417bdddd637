// SPDX-License-Identifier: Apache-2.0
// The text parsers: what is accepted prints as something that reads back as the same value, and
// what is refused says what to write instead.
#include "base/bytes.h"
#include "base/check.h"
#include "net/address.h"
#include "net/prefix.h"

using namespace superfluid;

namespace {

template <typename Value>
void read_back(std::string_view text, base::Result<Value> (*parse)(std::string_view)) {
  const auto value = parse(text);
  if (!value) {
    base::check(!value.error().message().empty() && !value.error().remedy().empty(),
                "a refusal has a message and a remedy");
    return;
  }
  const auto again = parse(to_text(*value));
  base::check(again.has_value() && *again == *value, "what is printed reads back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::text_of({data, size});
  read_back<net::MacAddress>(text, net::parse_mac);
  read_back<net::Ipv4Address>(text, net::parse_ipv4_address);
  read_back<net::Ipv6Address>(text, net::parse_ipv6_address);
  read_back<net::Ipv4Prefix>(text, net::parse_ipv4_prefix);
  read_back<net::Ipv6Prefix>(text, net::parse_ipv6_prefix);
  return 0;
}
