// SPDX-License-Identifier: Apache-2.0
// Any bytes as a capture: the walk ends, and every packet lies inside them.

#include "base/check.h"
#include "os/pcap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace base = superfluid::base;
  const base::ByteView input(data, size);
  auto reader = superfluid::os::PcapReader::from_bytes(input);
  if (!reader) {
    return 0;
  }
  std::size_t packets = 0;
  while (true) {
    const auto next = reader->next();
    if (!next) {
      const auto again = reader->next();
      base::check(!again && again.error().message() == next.error().message(), "an error repeats");
      return 0;
    }
    if (!*next) {
      return 0;
    }
    const superfluid::os::CapturedPacket& packet = **next;
    base::check(packet.bytes.data() >= input.data() &&
                    packet.bytes.data() + packet.bytes.size() <= input.data() + input.size(),
                "a packet lies inside the capture");
    base::check(packet.bytes.size() <= packet.length_on_wire, "a packet is no longer than itself");
    base::check(++packets <= size / 12, "every packet takes some of the capture");
  }
}
