// SPDX-License-Identifier: Apache-2.0
// dissect() and describe_fields() on arbitrary bytes: every promise of net/dissect.h holds, and a
// packet whose IP header is read has a flow key or a reason why not. The first byte chooses the
// link and
// whether the capture kept only the first bytes, of how many more.
#include "net/dissect_invariants.h"
#include "net/flow_key.h"

using namespace superfluid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const base::ByteView packet(data + 1, size - 1);
  const bool raw = (data[0] & 1) != 0;
  const std::size_t length_on_wire = packet.size() + (data[0] >> 1);
  net::testing::checked_dissection(packet, raw ? net::LinkType::kRawIp : net::LinkType::kEthernet,
                                   length_on_wire);
  if (raw) {
    const auto key = net::flow_key_of(packet);
    // A flow key is made from a packet that is whole, so that is what it is compared with.
    const bool has_problem = net::dissect(packet, net::LinkType::kRawIp).problem.has_value();
    base::check(key.has_value() || has_problem, "what has no flow key has a problem");
    if (key) {
      static const net::FlowHasher hasher(1);
      base::check(key->reversed().reversed() == *key, "a key reversed twice is itself");
      base::check(hasher.symmetric(*key) == hasher.symmetric(key->reversed()),
                  "the symmetric hash is symmetric");
    }
  }
  return 0;
}
