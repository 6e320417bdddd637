// SPDX-License-Identifier: Apache-2.0
#include "vmm/monitor.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/confine.h"
#include "os/fork.h"
#include "os/memfd.h"
#include "os/thread.h"
#include "os/unix_socket.h"
#include "vmm/asker.h"
#include "vmm/console_reader.h"
#include "vmm/dossier.h"
#include "vmm/monitor_life.h"
#include "vmm/monitor_ports.h"
#include "vmm/protocol.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;

constexpr std::size_t kOutgoingMax = 64;
constexpr int kDescriptorsMax = 96;
[[maybe_unused]] constexpr std::uint64_t kAddressSpaceSlack = 256 << 20;

// Exit statuses that a zygote may see.
constexpr int kExitNoShell = 3;
constexpr int kExitKernel = 4;

// What a signal handler can reach.
Shell* running_shell = nullptr;
std::atomic<bool> is_in_guest{false};
std::atomic<bool> has_arrived{false};

void on_arrival(int) {
  has_arrived = true;
  // Only there: a kick that nobody needs would cost the next run an entry for nothing.
  if (is_in_guest && running_shell != nullptr) {
    running_shell->kick();
  }
}

class Monitor {
 public:
  Monitor(const MonitorSetting& setting, os::UnixSocket channel, DossierWriter dossier,
          os::UniqueFd memory_report, os::UniqueFd pagemap)
      : setting_(setting),
        channel_(std::move(channel)),
        dossier_(std::move(dossier)),
        memory_report_(std::move(memory_report)),
        pagemap_(std::move(pagemap)) {}

  // Makes the shell; then confines the process to what a shell needs.
  base::Status prepare(const ShellSize& size);
  base::Status confine();
  [[noreturn]] void serve();

  // Not part of serve(): what these have on the stack is gone when it waits (os::trim_stack()).
  [[gnu::noinline]] void say(Event event);
  [[gnu::noinline]] void flush();

 private:
  [[gnu::noinline]] void take_orders();
  [[gnu::noinline]] void obey(Order& order);
  void wait();
  [[noreturn]] void finish();

  const MonitorSetting& setting_;
  os::UnixSocket channel_;
  DossierWriter dossier_;
  os::UniqueFd memory_report_;
  os::UniqueFd pagemap_;  // for the shell that is yet to be made
  std::unique_ptr<Shell> shell_;
  std::unique_ptr<MonitorLife> life_;
  std::deque<Message> outgoing_;
  bool orders_wait_ = false;   // there may be more, to be looked at when events have gone
  bool stack_is_deep_ = false;  // since an order
  std::vector<pollfd> watched_;
};

base::Status Monitor::prepare(const ShellSize& size) {
  SF_TRY(shell, setting_.make_shell(size));
  SF_CHECKED(shell->warm_up());
  shell_ = std::move(shell);
  if (shell_->is_reusable()) {
    shell_->see_changes_by(std::move(pagemap_));
  }
  pagemap_.reset();  // opened by root, it tells where memory lies: not for a guest in this process
  running_shell = shell_.get();
  life_ = std::make_unique<MonitorLife>(*shell_, dossier_, memory_report_.get(),
                                        [this](Event event) { say(std::move(event)); });
  watched_.reserve(1 + MonitorPorts::kPollsMax);
  return {};
}

base::Status Monitor::confine() {
  SF_CHECKED(os::lower_limit(os::Limit::kCore, 0));
  SF_CHECKED(os::lower_limit(os::Limit::kDescriptors, kDescriptorsMax));
  // KVM's own worker of a machine exists since the first run, and there is no second machine.
  SF_CHECKED(os::lower_limit(os::Limit::kProcesses, 0));
#ifndef SUPERFLUID_ADDRESS_SANITIZER
  SF_CHECKED(os::lower_limit(os::Limit::kAddressSpace,
                             3 * shell_->size().range_bytes() + kAddressSpaceSlack));
#endif
  struct sigaction action {};
  action.sa_handler = on_arrival;  // no SA_RESTART: a wait ends too
  sigfillset(&action.sa_mask);
  const int arrival = SIGRTMIN;
  // The kernel falls back to SIGIO when too many signals wait.
  if (::sigaction(arrival, &action, nullptr) != 0 || ::sigaction(SIGIO, &action, nullptr) != 0) {
    return base::fail(ErrorCode::kFailed, "a handler of signals cannot be set");
  }
  SF_CHECKED(os::signal_on_arrival(channel_.fd(), arrival));
  return os::install_filter(setting_.filter);
}

void Monitor::serve() {
  dossier_.set_state(MonitorState::kWarm);
  say(WarmEvent{});
  has_arrived = true;  // what came before the signal was asked for
  for (;;) {
    if (!outgoing_.empty()) {
      flush();
    }
    if (has_arrived.exchange(false)) {
      orders_wait_ = true;
    }
    if (orders_wait_ && outgoing_.size() < kOutgoingMax) {
      take_orders();
    }
    if (life_->is_spent()) {
      finish();
    }
    if (!life_->wants_to_run()) {
      wait();
      continue;
    }
    life_->serve_ports();
    is_in_guest = true;
    // Between this look and the guest a message kicks the shell.
    base::Result<Leave> left = has_arrived ? base::Result<Leave>(Leave{}) : life_->enter();
    is_in_guest = false;
    life_->handle(std::move(left));
  }
}

void Monitor::take_orders() {
  std::array<std::uint8_t, kMessageBytesMax> bytes;  // not filled: what is not used is not there
  const base::ByteSpan room(bytes);
  while (outgoing_.size() < kOutgoingMax) {
    auto received = channel_.receive(room);
    if (received && !*received) {
      orders_wait_ = false;
      return;
    }
    if (!received || (*received)->size == 0) {
      ::_exit(0);  // the zygote is gone too, else it would hold the other end
    }
    auto order = decode_order(room.first((*received)->size),
                              {(*received)->fds.begin(), (*received)->fds.end()});
    if (!order) {
      ::_exit(kExitKernel);  // not one of our daemons
    }
    obey(*order);
  }
}

void Monitor::obey(Order& order) {
  stack_is_deep_ = true;
  if (auto* start = std::get_if<StartOrder>(&order)) {
    life_->start(*start);
  } else if (auto* boot = std::get_if<BootOrder>(&order)) {
    life_->boot(*boot);
  } else if (auto* ask = std::get_if<AskOrder>(&order)) {
    life_->ask(std::move(*ask));
  } else if (std::holds_alternative<StopOrder>(order)) {
    life_->stop();
  } else if (std::holds_alternative<PauseOrder>(order)) {
    life_->pause(true);
  } else if (std::holds_alternative<UnpauseOrder>(order)) {
    life_->pause(false);
  } else if (std::holds_alternative<SaveOrder>(order)) {
    life_->save();
  } else if (std::holds_alternative<ParkOrder>(order)) {
    life_->park();
  } else if (std::holds_alternative<UnparkOrder>(order)) {
    life_->unpark();
  } else if (std::holds_alternative<CountOrder>(order)) {
    life_->count();
  }
}

void Monitor::say(Event event) {
  auto message = encode(std::move(event));
  if (!message) {
    return;  // no memory for a long text; the daemon's own limits of time end its waiting
  }
  outgoing_.push_back(*std::move(message));
  flush();
}

void Monitor::flush() {
  while (!outgoing_.empty()) {
    const base::Status sent = send(channel_, outgoing_.front());
    if (!sent && sent.error().code() == ErrorCode::kExhausted) {
      return;
    }
    outgoing_.pop_front();
  }
}

void Monitor::wait() {
  watched_.clear();
  const bool is_full = outgoing_.size() >= kOutgoingMax;
  const short interest =
      static_cast<short>((is_full ? 0 : POLLIN) | (outgoing_.empty() ? 0 : POLLOUT));
  watched_.push_back({.fd = channel_.fd(), .events = interest, .revents = 0});
  const std::optional<std::uint64_t> until = life_->watch(watched_);
  timespec time{};
  if (until) {
    const std::uint64_t now = monotonic_ns();
    const std::uint64_t left = *until > now ? *until - now : 0;
    time.tv_sec = static_cast<time_t>(left / 1'000'000'000);
    time.tv_nsec = static_cast<long>(left % 1'000'000'000);
  }
  // While it waits for its next start it keeps what that will need again.
  if (life_->lives() && std::exchange(stack_is_deep_, false)) {
    os::trim_stack();
  }
  const int ready = ::ppoll(watched_.data(), watched_.size(), until ? &time : nullptr, nullptr);
  if (ready >= 0 && (watched_[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    has_arrived = true;
  }
  if ((watched_[0].revents & POLLOUT) != 0) {
    flush();
  }
  life_->awake(ready);
}

void Monitor::finish() {
  while (!outgoing_.empty()) {
    pollfd writable{.fd = channel_.fd(), .events = POLLOUT, .revents = 0};
    ::ppoll(&writable, 1, nullptr, nullptr);
    flush();
  }
  ::_exit(0);
}

// From root to nobody, in the order in which each step is still allowed.
base::Status give_away(const MonitorSetting& setting) {
  if (setting.empty_root) {
    SF_CHECKED(os::enter_root(setting.empty_root));
  }
  if (setting.user && *setting.user != ::geteuid()) {
    SF_CHECKED(os::become_user(*setting.user));
  }
  SF_CHECKED(os::drop_capabilities());
  return os::die_with_parent(setting.zygote);
}

}  // namespace

void run_monitor(const MonitorSetting& setting, const ShellSize& size, os::UniqueFd channel,
                 os::UniqueFd dossier) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGTERM, SIG_DFL);
  // Its own counts and pages of memory, opened while there are files to be seen.
  os::UniqueFd report(::open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC));
  os::UniqueFd pagemap(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  auto socket =
      os::UnixSocket::adopt(std::move(channel), os::SocketKind::kSeqpacket, os::Waiting::kNever);
  auto writer = DossierWriter::map(dossier.get());
  if (!socket || !writer) {
    ::_exit(kExitNoShell);
  }
  dossier.reset();
  Monitor monitor(setting, std::move(*socket), std::move(*writer), std::move(report),
                  std::move(pagemap));
  base::Status ready = give_away(setting);
  if (ready) {
    ready = monitor.prepare(size);
  }
  if (ready) {
    ready = monitor.confine();
  }
  if (!ready) {
    monitor.say(FailedEvent{.why = ready.error()});
    ::_exit(kExitNoShell);
  }
  monitor.serve();
}

}  // namespace superfluid::vmm
