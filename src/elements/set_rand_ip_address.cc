// SPDX-License-Identifier: Apache-2.0
#include "elements/set_rand_ip_address.h"

#include "elements/ip_header.h"
#include "graph/router.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

const graph::ElementClass SetRandIPAddress::kClass{"SetRandIPAddress", "1/1", "a/a",
                                                   graph::make_element<SetRandIPAddress>};

void SetRandIPAddress::configure(graph::Arguments& arguments) {
  std::string prefix;
  std::int32_t limit = -1;
  arguments.required("PREFIX", prefix).positional("LIMIT", limit).complete();
  const auto range = read_range_or_address(prefix, this);
  if (arguments.complaints().empty() && !(range && prefix_length(range->mask))) {
    arguments.complain("PREFIX: invalid IP prefix");
  }
  if (limit > kLimitMax) {
    arguments.complain(cat("LIMIT: out of range, maximum ", kLimitMax));
  }
  if (!arguments.complaints().empty()) {
    return;
  }
  range_ = *range;
  while (static_cast<std::int64_t>(among_.size()) < limit) {
    among_.push_back(draw());
  }
}

net::Ipv4Address SetRandIPAddress::draw() {
  const std::uint32_t mask = range_.mask.host();
  const auto random = static_cast<std::uint32_t>(rng().next() >> 32);
  return net::Ipv4Address::from_host((range_.address.host() & mask) | (random & ~mask));
}

Packet* SetRandIPAddress::act(Packet* packet) {
  const auto count = static_cast<std::uint32_t>(among_.size());
  set_ipv4_destination(packet->notes, count == 0 ? draw() : among_[rng().below(count)]);
  return packet;
}

}  // namespace superfluid::elements
