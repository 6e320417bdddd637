// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/registry.h"

#include "hostgraph/control_socket.h"
#include "hostgraph/from_device.h"
#include "hostgraph/from_dump.h"
#include "hostgraph/from_host.h"
#include "hostgraph/from_ip_summary_dump.h"
#include "hostgraph/kernel_tap.h"
#include "hostgraph/to_device.h"
#include "hostgraph/to_dump.h"
#include "hostgraph/to_ip_summary_dump.h"

namespace superfluid::hostgraph {

void register_elements(graph::Registry& registry) {
  registry.add(ControlSocket::kClass);
  registry.add(FromDevice::kClass);
  registry.add(FromDump::kClass);
  registry.add(FromHost::kClass);
  registry.add(FromIPSummaryDump::kClass);
  registry.add(KernelTap::kClass);
  registry.add(KernelTun::kClass);
  registry.add(ToDevice::kClass);
  registry.add(ToDump::kClass);
  registry.add(ToHost::kClass);
  registry.add(ToIPSummaryDump::kClass);
}

}  // namespace superfluid::hostgraph
