// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/kernel_tap.h"

#include "graph/arguments.h"
#include "graph/router.h"
#include "net/ipv4.h"
#include "net/ipv6.h"

namespace superfluid::hostgraph {

using graph::Packet;

const graph::ElementClass KernelTap::kClass{"KernelTap", "0-1/1-2", "a/h",
                                            graph::make_element<KernelTap>, "x/y"};
const graph::ElementClass KernelTun::kClass{"KernelTun", "0-1/1-2", "a/h",
                                            graph::make_element<KernelTun>, "x/y"};

void KernelLink::read_arguments(graph::Arguments& arguments) {
  arguments.required("ADDR", address_)
      .keyword("DEVNAME", wanted_link_)
      .keyword("DEV_NAME", wanted_link_);
}

base::Status KernelLink::initialize() {
  SF_CHECKED(HostLink::initialize());
  if (inputs() != 0 && input(0).connected()) {
    pulling_.attach(schedule());
    empty_ = router().empty_signal(*this, 0);
    empty_.listen(pulling_);
    pulling_.schedule();
  }
  return {};
}

bool KernelLink::run_task(graph::Task& task) {
  if (&task != &pulling_) {
    return HostLink::run_task(task);
  }
  Packet* packets[graph::kBatchMax];
  const std::size_t found = input(0).pull(packets, router().batch_max());
  if (found != 0) {
    write(graph::Batch(packets, found));
  } else if (!empty_.active()) {
    pulling_.unschedule();
  }
  return found != 0;
}

bool KernelTap::check_read(Packet& packet) {
  packet.mac = packet.data;
  return true;
}

const std::uint8_t* KernelTap::check_write(const Packet& packet) {
  return is_frame(packet) ? packet.data : nullptr;
}

bool KernelTun::check_read(Packet& packet) {
  const unsigned version = packet.length == 0 ? 0 : packet.data[0] >> 4;
  const std::uint32_t header = version == 4   ? std::uint32_t{packet.data[0] & 0xfu} * 4
                               : version == 6 ? std::uint32_t{sizeof(net::Ipv6Header)}
                                              : 0;
  if (header < sizeof(net::Ipv4Header) || header > packet.length) {
    return false;
  }
  packet.network = packet.data;
  packet.transport = packet.data + header;
  return true;
}

// The IP packet without what stands before it.
const std::uint8_t* KernelTun::check_write(const Packet& packet) {
  const base::ByteView ip = packet.from(packet.network);
  const unsigned version = ip.empty() ? 0 : ip[0] >> 4;
  const bool good =
      ip.size() >= sizeof(net::Ipv4Header) && (version == 4 || version == 6) && ip.size() <= mtu();
  return good ? ip.data() : nullptr;
}

}  // namespace superfluid::hostgraph
