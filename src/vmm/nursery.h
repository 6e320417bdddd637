// SPDX-License-Identifier: Apache-2.0
// Nursery: the node's end of `superfluid-vmm`, the program whose processes each hold one machine.
// Machine: the node's end of one of those processes. `superfluid-process` is the same program with
// other shells: its guests are in the process itself, and a machine is what holds one.
//
// superfluid-vmm is a zygote: small, static, and the parent of all monitors. It forks one before
// any machine is made in it, since a machine belongs to the address space that made it. A monitor
// is prepared in the background: forked, stripped of privileges, its shell made and warmed. Then
// it is given a start, and later the next: it is recycled, not torn down.
//
// The zygote outlives the node's daemon. It keeps, for each monitor, the far end of its channel,
// the page of what the daemon noted of it, and its dossier: a memfd in which the monitor writes the
// console's log and what it is at (vmm/dossier.h). A daemon that comes after finds all of them
// there and goes on. When the zygote dies, its monitors die with it: there is no monitor that
// nobody knows of.
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
#include "vmm/dossier.h"
#include "vmm/life.h"
#include "vmm/notebook.h"
#include "vmm/protocol.h"
#include "vmm/shell.h"

namespace superfluid::vmm {

class NurseryImpl;

class Machine {
 public:
  using Id = std::uint64_t;

  struct Events {
    std::function<void(const Steps&)> live;
    std::function<void(Snapshot)> snapshot;  // taken at READY by boot(), or by save()
    std::function<void(const End&)> ended;   // after anything but kKilled, the shell is warm again,
                                             // or its process ends too (Shell::is_reusable())
    std::function<void(base::Result<std::string>)> answer;  // of read() and write(), in order
    std::function<void(const Counters&)> counters;
    std::function<void()> paused;                // and unpaused
    std::function<void()> packet;                // the first one sent; steps() has its time
    std::function<void(base::Error)> not_saved;  // what save() came to, instead of a snapshot
    std::function<void()> idle = {};             // Life::idle_after_ns has passed
    std::function<void(base::Result<Parked>)> parked = {};  // what park() came to
  };

  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine();

  Id id() const;
  pid_t pid() const;
  const ShellSize& size() const;
  void listen(Events events);
  // As the monitor wrote them down; also what a daemon asks that has just found this machine.
  MonitorState state() const;
  Steps steps() const;

  // From the beginning: image file (abi::ImageHeader), text, READY, `snapshot`. There the guest
  // stands still, until stop() or unpause(); or, with `then_run`, it runs on.
  base::Status boot(int image, std::string_view text_name, std::string_view text, const Life& life,
                    bool then_run = false);
  // A clone of a snapshot of this machine's size; with a difference, the clone that it was taken
  // of: it goes on where it was parked.
  base::Status start(const Snapshot& snapshot, std::string_view difference, const Life& life);
  base::Status stop();  // ends the guest, wipes, is warm again: `ended` with kStopped
  base::Status pause();
  base::Status unpause();
  // Where the guest stands between two rounds; it goes on behind it.
  base::Status save();
  // Of a guest that sleeps: gives its difference, by `parked`. Then it stands still until stop(),
  // or unpark(), behind which it goes on as if nothing had been.
  base::Status park();
  base::Status unpark();
  base::Status read(std::string_view handler, std::string_view argument);
  base::Status write(std::string_view handler, std::string_view value);
  base::Status ask_counters();
  base::Status kill();  // SIGKILL
  // Lets it run on any processor, in case a daemon ended amid a start (Life::begins_here).
  void let_go();

  // What the daemon noted (at most kNoteBytesMax), for the daemon after it: in memory that the
  // zygote keeps (vmm/notebook.h). What is noted before a start() is there before the start is.
  static constexpr std::size_t kNoteBytesMax = Notebook::kNoteBytesMax;
  base::Status note(std::string_view text);
  base::Result<std::string> noted() const;
  // The console's log, at most the last kLogBytes; `from` counts bytes ever written.
  static constexpr std::size_t kLogBytes = vmm::kLogBytes;
  using Log = DossierReader::Log;
  base::Result<Log> log(std::uint64_t from) const;

 private:
  friend class Nursery;
  friend class NurseryImpl;
  struct Parts;
  explicit Machine(std::unique_ptr<Parts> parts);
  base::Status send_order(const Message& message);
  void let_go_if_held();
  void hear();
  void tell(Event event);
  void tell_snapshot(base::Result<Snapshot> snapshot);
  void tell_parked(base::Result<Parked> parked);
  void tell_ended(const End& end);

  std::unique_ptr<Parts> parts_;
};

class Nursery {
 public:
  struct Options {
    std::string program;                       // superfluid-vmm or superfluid-process
    std::string path;                          // of its listener, below a directory of ours
    std::optional<uid_t> user = std::nullopt;  // monitors run as; nullopt: as this process
  };
  struct Events {
    std::function<void(std::shared_ptr<Machine>)> warm;     // a shell that was ordered
    std::function<void(base::Error)> failed;                // one that could not be made
    std::function<void(Machine::Id, os::ExitStatus)> gone;  // after Machine's own `ended`
    std::function<void()> lost;                             // the zygote itself died
  };
  static constexpr std::uint32_t kOrderMax = 1024;

  // Connects to the zygote that there is, or starts one; waits for its answer. kConflict when
  // another daemon is connected to it.
  static base::Result<std::unique_ptr<Nursery>> open(os::EventLoop& loop, const Options& options,
                                                     Events events);
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;
  // Zygote and monitors live on.
  ~Nursery();

  // Monitors that were there before; once. Those still cold come as `warm`. Those that have ended
  // while no daemon was there are among them, and say so from the loop's first turn on.
  std::vector<std::shared_ptr<Machine>> found();
  // kInvalid for more than kOrderMax at a time.
  base::Status order(const ShellSize& size, std::uint32_t count);
  // Ends the zygote and all monitors; returns when they are gone.
  base::Status shut_down();

 private:
  explicit Nursery(std::shared_ptr<NurseryImpl> impl);

  std::shared_ptr<NurseryImpl> impl_;
};

}  // namespace superfluid::vmm
