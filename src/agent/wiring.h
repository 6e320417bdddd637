// SPDX-License-Identifier: Apache-2.0
// Wiring: makes the host's ends of a function's ports, and takes them away again.
//
// Everything that outlives this process is named after the function's id and the port's number, so
// that whoever has the id (from a machine's note, written before anything is made) can remove
// it. What has no name, a tap's queue or a ring, goes with its last descriptor.
//
// Threads: the loop's. connect() asks the kernel and takes as long as that takes.

#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "abi/device_page.h"
#include "api/model.h"
#include "base/result.h"
#include "vmm/nursery.h"

namespace superfluid::agent {

// Slots of the rings of functions that are joined to others by rings. Both ends copy, and a ring
// that is full or empty makes its other side wait: so these are long, and their memory is one for
// both. Those of a tap are as long as a monitor can serve at once.
inline constexpr std::uint32_t kSlotsOfRings = 512;

// Four digits by which the things of this node are told from those of others on the host. `node` is
// its socket's path.
std::string mark_of(std::string_view node);

struct PortPlace {
  std::string function_id;
  std::string function_name;
  unsigned index = 0;
};

struct Wired {
  vmm::PortLink link;
  abi::PortRole role = abi::PortRole::kNone;
  std::shared_ptr<void> holds = nullptr;  // what the link's descriptors belong to
};

class Wiring {
 public:
  virtual ~Wiring() = default;

  virtual base::Result<Wired> connect(const PortPlace& place, const api::PortSpec& port) = 0;
  // What is not there is no error.
  virtual void disconnect(const PortPlace& place, const api::PortSpec& port) = 0;
  // Removes what was made for functions of this node that are none of these.
  virtual void sweep(const std::set<std::string>& ids) = 0;
};

}  // namespace superfluid::agent
