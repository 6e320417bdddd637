// SPDX-License-Identifier: Apache-2.0
#include "elements/traffic_rate.h"

#include "elements/fraction_text.h"

namespace superfluid::elements {

graph::Complaint parse_argument(std::string_view text, TrafficRate& rate) {
  if (rate.unit == TrafficUnit::kPackets) {
    return graph::parse_argument(text, rate.per_second);
  }
  base::BitRate bits;
  if (graph::Complaint complaint = graph::parse_argument(text, bits); !complaint.empty()) {
    return complaint;
  }
  const std::uint64_t bytes = bits.count() / 8 + (bits.count() % 8 >= 4 ? 1 : 0);
  if (bytes > std::numeric_limits<std::uint32_t>::max()) {
    return "out of range";
  }
  rate.per_second = static_cast<std::uint32_t>(bytes);
  return {};
}

std::string show(const TrafficRate& rate) {
  if (rate.unit == TrafficUnit::kPackets) {
    return base::cat(rate.per_second);
  }
  constexpr std::uint32_t kMegabyteMin = 0x20000000;
  constexpr std::uint32_t kGigabit = 125'000'000;
  constexpr std::uint32_t kMegabit = 125'000;
  const std::uint64_t bits = std::uint64_t{rate.per_second} * 8;
  if (rate.per_second >= kMegabyteMin) {
    return decimal_text(rate.per_second, 6) + "MBps";
  }
  if (rate.per_second >= kGigabit) {
    return decimal_text(bits, 9) + "Gbps";
  }
  return rate.per_second >= kMegabit ? decimal_text(bits, 6) + "Mbps"
                                     : decimal_text(bits, 3) + "kbps";
}

}  // namespace superfluid::elements
