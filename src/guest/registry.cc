// SPDX-License-Identifier: Apache-2.0
#include "guest/registry.h"

#include "guest/from_device.h"
#include "guest/to_device.h"

namespace superfluid::guest {

void register_elements(graph::Registry& registry) {
  registry.add(FromDevice::kClass);
  registry.add(ToDevice::kClass);
}

}  // namespace superfluid::guest
