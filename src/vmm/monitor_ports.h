// SPDX-License-Identifier: Apache-2.0
// MonitorPorts: what lies behind the ports of the guest in a shell.
//
// Behind a port may be a tap or a packet socket: then the monitor is the server of the guest's
// rings and carries frames between them and the descriptor, straight out of and into the window.
// Or it is a ring that somebody else serves: then the monitor only lays that memory in place and
// connects the doorbells.
//
// Invariants
//   1. One call of serve() carries at most kFramesPerTurn frames each way for each port, so a flood
//      keeps the monitor from nothing else.
//   2. A guest that breaks the rules of a ring loses that port, until its next life.
//   3. A frame that the descriptor does not take is dropped and counted: a guest never waits for
//      the host's queues.
//
// Threads: the shell's.

#pragma once

#include <poll.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "abi/ring_end.h"
#include "base/result.h"
#include "os/frames.h"
#include "vmm/protocol.h"
#include "vmm/shell.h"

namespace superfluid::vmm {

class MonitorPorts {
 public:
  static constexpr std::size_t kFramesPerTurn = os::kFramesAtOnce;
  static constexpr std::size_t kPollsMax = abi::kPortsMax;

  // For the life that begins: adjusts what the page says of its ports. Windows and doorbells are
  // connected in the shell, which forgets them with the life.
  base::Status connect(Shell& shell, abi::DevicePage& page, ConnectedPorts ports);
  // New ends of rings on the same windows: the guest lays them out anew.
  void renew(Shell& shell);
  void disconnect();

  // Carries frames. True: the guest has something to look at.
  bool serve();
  bool has_sent() const { return has_sent_; }

  // What a sleeping guest is woken by.
  void add_to(std::vector<pollfd>& watched) const;
  // After a wait: whether somebody rang for the guest.
  bool take_rings();

 private:
  struct Served {
    os::FrameDevice device = os::FrameDevice::kTap;
    int fd = -1;
    std::uint32_t pieces = 1;  // buffers that the longest frame takes
    abi::RingConsumer<abi::Side::kServer> out;
    abi::RingProducer<abi::Side::kServer> in;
    std::uint32_t errors = 0;  // of the descriptor, one after the other
    bool is_full = false;      // the guest has lent no buffers
  };

  bool send_out(Served& port);
  bool take_in(Served& port);

  ConnectedPorts ports_;
  std::array<std::optional<Served>, abi::kPortsMax> served_;
  std::array<std::uint16_t, abi::kPortsMax> mtu_{};
  bool has_sent_ = false;
};

}  // namespace superfluid::vmm
