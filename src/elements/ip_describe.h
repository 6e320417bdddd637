// SPDX-License-Identifier: Apache-2.0
// What IPPrint says of an IPv4 packet between its addresses and its contents.

#pragma once

#include <string>

#include "base/bytes.h"
#include "net/ipv4.h"

namespace superfluid::elements {

struct DescribeOptions {
  std::uint32_t packet_length = 0;  // of the whole packet, shown for TCP
  bool swap_echo = true;            // as IPPrint's SWAP
};

// `transport` is what there is behind the header, which its fields may not agree with; whatever is
// missing is called truncated.
std::string describe_ipv4(const net::Ipv4Header& header, base::ByteView transport,
                          const DescribeOptions& options);

}  // namespace superfluid::elements
