// SPDX-License-Identifier: Apache-2.0
// One life in a shell, as the daemon and the monitor speak of it: what it is given, the steps of
// its start, what it counts, and how it ended.
//
// Threads: plain values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "os/clock.h"
#include "os/process.h"
#include "os/unique_fd.h"

namespace superfluid::vmm {

// Where a port's frames go.
struct PortLink {
  enum class Kind : std::uint8_t {
    kNone,    // nothing is connected
    kTap,     // fd: a queue of a tap, read and written by the monitor
    kPacket,  // fd: a packet socket bound to one link (a veth), likewise
    kRing,    // fd: a memfd of window_bytes(slots) that is shared with another function or a switch
  };
  Kind kind = Kind::kNone;
  int fd = -1;        // stays the caller's
  int wake = -1;      // kRing: an eventfd by which the other side wakes this guest
  int doorbell = -1;  // kRing: an eventfd by which this guest wakes the other side
};

// One life. The monitor fills in what only it knows: addresses of windows, the clock, features.
struct Life {
  abi::DevicePage page{};       // identity, seed, ports: name, addresses, role
  std::vector<PortLink> ports;  // of page.ports
  // Asleep for so long, without a frame or a question, and with no timer due for as long again: the
  // monitor says that the guest is idle. 0: it never does.
  std::uint64_t idle_after_ns = 0;
  // The machine begins on the processor of who starts it, and may go to any once it is live. Both
  // are awake there, while to wake another processor twice takes about as long as all the rest of
  // a start. For one start at a time, of a function that is pinned nowhere.
  bool begins_here = false;
};

// A guest that was parked: what it had changed of its image, and when it wants to run again by
// itself.
struct Parked {
  std::string difference;        // vmm/difference.h
  os::UniqueFd image;            // the memory of that image, sealed
  std::uint64_t wake_at_ns = 0;  // CLOCK_MONOTONIC; 0: not before something comes for it
};
// More than this is not parked.
inline constexpr std::size_t kDifferenceBytesMax = 64 << 20;

// As the steps of a start, and the sleep of a guest, are told: CLOCK_MONOTONIC.
inline std::uint64_t monotonic_ns() {
  return static_cast<std::uint64_t>(os::SystemClock().now().since_start().count());
}

// Nanoseconds of CLOCK_MONOTONIC at which a start passed its steps; 0: not yet.
struct Steps {
  std::uint64_t received_ns = 0;  // the monitor has the message
  std::uint64_t image_ns = 0;     // memory is laid out
  std::uint64_t ports_ns = 0;     // ports are connected
  std::uint64_t page_ns = 0;      // the device page is written
  std::uint64_t run_ns = 0;       // about to enter the guest
  std::uint64_t live_ns = 0;      // the guest said LIVE
  std::uint64_t packet_ns = 0;    // the first packet that it sent on any port
};

// Why a life ended.
struct End {
  enum class Why : std::uint8_t {
    kEnded,     // it said so; `code` is its exit status
    kPanicked,  // `code` is an abi::kPanic...
    kCrashed,   // a fault
    kStopped,   // stop()
    kKilled,    // the process died: `process` says how; there is no monitor any more
    kRefused,   // it never ran: `message` says why boot() or start() could not be done
  };
  Why why = Why::kEnded;
  std::uint32_t code = 0;
  std::string message = {};   // the guest's own, escaped; of a crash, what the host knows of it
  std::string findings = {};  // of kPanicGraph, see abi::Exit::kPanic
  std::optional<os::ExitStatus> process = std::nullopt;
};

struct Counters {
  std::uint64_t exits = 0;  // by any port; doorbells never reach the monitor
  std::uint64_t sleeps = 0;
  std::uint64_t kicks = 0;
  std::uint64_t run_ns = 0;  // inside the guest
  std::uint64_t memory_private_bytes = 0;
  std::uint64_t memory_shared_bytes = 0;
  std::uint64_t console_bytes = 0;
  std::uint64_t console_dropped = 0;
  abi::GuestPage guest{};  // as the guest says
};

}  // namespace superfluid::vmm
