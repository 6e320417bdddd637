// SPDX-License-Identifier: Apache-2.0
// Nursery: the node's end of `superfluid-vmm`, the program whose processes each hold one machine.
// Machine: the node's end of one of those processes.
//
// superfluid-vmm is a zygote: small, static, and the parent of all monitors. It forks one before
// any machine is made in it, since a machine belongs to the address space that made it. A monitor is
// prepared in the background: forked, stripped of privileges, its shell made and warmed. Then it is
// given a start, and later the next: it is recycled, not torn down.
//
// The zygote outlives the node's daemon. It keeps, for each monitor, the far end of its channel and
// its dossier: a memfd in which the daemon notes what the monitor runs, and the monitor keeps the
// console's log and its counters. A daemon that comes after finds all of them there and goes on.
// When the zygote dies, its monitors die with it: there is no monitor that nobody knows of.
//
//   daemon --"forks"--> zygote --"forks"--> monitor (machine)
//      \______ listener at `path` ____/        /
//       \________ a channel, kSeqpacket ______/      messages: vmm/protocol.h
//
// Invariants
//   1. What a monitor says is checked like what a stranger says: it shares a process with a guest.
//   2. Nothing here waits. Calls send; answers come as events, in the order of the loop.
//   3. Every monitor that ends is told of once, with how it ended, and leaves nothing behind.
//   4. A message that finds no room in a channel's buffer is kExhausted, and nothing was sent.
//
// Threads: the loop's.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "base/result.h"
#include "os/event_loop.h"
#include "os/process.h"
#include "os/unique_fd.h"
#include "vmm/shell.h"

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
  bool is_slow = false;         // spends no exits on waiting: polls only when asked
};

// Microseconds of CLOCK_MONOTONIC at which a start passed its steps; 0: not yet.
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
  };
  Why why = Why::kEnded;
  std::uint32_t code = 0;
  std::string message;   // the guest's own, escaped; of a crash, what the host knows of it
  std::string findings;  // of kPanicGraph, see abi::Exit::kPanic
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

class Machine {
 public:
  using Id = std::uint64_t;

  struct Events {
    std::function<void(const Steps&)> live;
    std::function<void(Snapshot)> snapshot;  // taken at READY by boot(), or by save()
    std::function<void(const End&)> ended;   // after anything but kKilled, the shell is warm again
    std::function<void(base::Result<std::string>)> answer;  // of read() and write(), in order
    std::function<void(const Counters&)> counters;
    std::function<void()> paused;  // and unpaused
    std::function<void()> packet;  // the first one sent; Steps has its time
  };

  Id id() const;
  pid_t pid() const;
  const ShellSize& size() const;
  void listen(Events events);

  // From the beginning: image file (abi::ImageHeader), text, READY, `snapshot`, and goes no further
  // unless `then_run`, which runs on in the same machine.
  base::Status boot(int image, std::string_view text_name, std::string_view text, const Life& life);
  // A clone of a snapshot of this machine's size.
  base::Status start(const Snapshot& snapshot, const Life& life);
  base::Status stop();  // ends the guest, wipes, is warm again: `ended` with kStopped
  base::Status pause();
  base::Status unpause();
  base::Status save();  // stands still while it is copied; goes on unless paused
  base::Status read(std::string_view handler, std::string_view argument);
  base::Status write(std::string_view handler, std::string_view value);
  base::Status ask_counters();
  base::Status kill();  // SIGKILL

  // The dossier. What the daemon noted (at most kNoteBytesMax), for the daemon after it.
  static constexpr std::size_t kNoteBytesMax = 64 << 10;
  base::Status note(std::string_view text);
  base::Result<std::string> noted() const;
  // The console's log, at most the last kLogBytes; `from` counts bytes ever written.
  static constexpr std::size_t kLogBytes = 64 << 10;
  struct Log {
    std::string text;
    std::uint64_t begins_at = 0;  // more than `from`: what lay between is gone
    std::uint64_t ends_at = 0;
  };
  base::Result<Log> log(std::uint64_t from) const;
};

class Nursery {
 public:
  struct Options {
    std::string program;                       // superfluid-vmm
    std::string path;                          // of its listener, below a directory of ours
    std::optional<uid_t> user = std::nullopt;  // monitors run as; nullopt: as this process
  };
  struct Events {
    std::function<void(std::shared_ptr<Machine>)> warm;     // a shell that was ordered
    std::function<void(base::Error)> failed;                // one that could not be made
    std::function<void(Machine::Id, os::ExitStatus)> gone;  // after Machine's own `ended`
    std::function<void()> lost;                             // the zygote itself died
  };

  // Connects to the zygote that there is, or starts one. `found` has its monitors, if any.
  static base::Result<std::unique_ptr<Nursery>> open(os::EventLoop& loop, const Options& options,
                                                     Events events);
  std::vector<std::shared_ptr<Machine>> found();
  base::Status order(const ShellSize& size, std::uint32_t count);
  // Ends the zygote and all monitors; returns when they are gone.
  base::Status shut_down();
};

}  // namespace superfluid::vmm
