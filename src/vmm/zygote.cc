// SPDX-License-Identifier: Apache-2.0
#include "vmm/zygote.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "os/clock.h"
#include "os/confine.h"
#include "os/event_loop.h"
#include "os/fork.h"
#include "os/unix_socket.h"
#include "vmm/dossier.h"
#include "vmm/monitor.h"
#include "vmm/notebook.h"
#include "vmm/protocol.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;

constexpr std::size_t kDescriptorsPerMonitor = 2;
constexpr std::size_t kDescriptorsOfOurs = 128;
constexpr std::size_t kQueueMax = 2 * kMonitorsMax + 16;

struct Record {
  std::uint64_t id = 0;
  pid_t pid = 0;
  ShellSize size;
  std::uint32_t page = 0;  // of the notebook
  os::UniqueFd channel;    // the daemon's end
  os::UniqueFd dossier;
  std::optional<os::ExitStatus> ended;
};

// What is still to be said to the daemon. Encoded when it goes, so that a queue of thousands is
// small, and tells of a monitor as it is then.
struct Pending {
  enum class Kind : std::uint8_t { kMonitor, kGone, kError, kWelcome } kind;
  std::uint64_t id = 0;
  std::optional<base::Error> error = std::nullopt;
};

class Zygote {
 public:
  Zygote(MonitorSetting setting, os::Forker forker, os::UnixListener listener,
         std::unique_ptr<os::EventLoop> loop, os::UniqueFd notebook, std::size_t monitors_max)
      : setting_(std::move(setting)),
        forker_(std::move(forker)),
        listener_(std::move(listener)),
        loop_(std::move(loop)),
        notebook_(std::move(notebook)),
        monitors_max_(monitors_max) {}

  base::Status serve(os::UniqueFd daemon);

 private:
  void accept();
  void welcome(os::UnixSocket daemon);
  void lose_daemon();
  void hear();
  void obey(Demand demand);
  void fork_next();
  base::Status fork_one(const ShellSize& size);
  base::Status fork_one(const ShellSize& size, std::uint32_t page);
  base::Result<std::uint32_t> take_page();
  void forget(std::uint64_t id);
  [[noreturn]] void become_monitor(const ShellSize& size);
  void reap();
  void say(Pending pending);
  void flush();
  std::optional<Message> message_of(const Pending& pending);
  void shut_down();

  MonitorSetting setting_;
  os::Forker forker_;
  std::optional<os::UnixListener> listener_;
  std::unique_ptr<os::EventLoop> loop_;
  os::UniqueFd notebook_;
  std::size_t monitors_max_;  // and as many pages has the notebook

  std::vector<std::uint32_t> free_pages_;   // below the first that was never used
  std::vector<std::uint32_t> spent_pages_;  // to be torn out before they are free
  std::uint32_t pages_used_ = 0;
  std::map<std::uint64_t, Record> records_;
  std::unordered_map<pid_t, std::uint64_t> by_pid_;
  std::uint64_t next_id_ = 1;
  std::deque<ShellSize> ordered_;
  bool is_forking_ = false;
  bool ends_ = false;

  std::optional<os::UnixSocket> daemon_;
  bool said_hello_ = false;
  std::deque<Pending> queue_;
  os::Subscription on_daemon_, on_listener_, on_child_, on_term_;
};

base::Status Zygote::serve(os::UniqueFd daemon) {
  SF_TRY(on_child, loop_->on_signal(SIGCHLD, [this] { reap(); }));
  SF_TRY(on_term, loop_->on_signal(SIGTERM, [this] { shut_down(); }));
  SF_TRY(on_listener,
         loop_->watch(listener_->fd(), {.readable = true}, [this](os::Ready) { accept(); }));
  on_child_ = std::move(on_child);
  on_term_ = std::move(on_term);
  on_listener_ = std::move(on_listener);
  if (daemon) {
    SF_TRY(socket, os::UnixSocket::adopt(std::move(daemon), os::SocketKind::kSeqpacket,
                                         os::Waiting::kNever));
    welcome(std::move(socket));
  }
  return loop_->run();
}

void Zygote::accept() {
  while (listener_) {
    auto connected = listener_->accept();
    if (!connected || !*connected) {
      return;
    }
    if (daemon_) {
      hear();  // it may have gone, and not been served yet
    }
    if (daemon_) {
      const base::Error busy(ErrorCode::kConflict, "another daemon runs this host's machines");
      (void)send(**connected,
                 encode(RefusedReport{.why = base::Error(busy).try_this(
                                          "superfluid vm ps shows what it runs; end it first")}));
      continue;
    }
    welcome(std::move(**connected));
  }
}

void Zygote::welcome(os::UnixSocket daemon) {
  daemon_.emplace(std::move(daemon));
  said_hello_ = false;
  auto watch = loop_->watch(daemon_->fd(), {.readable = true}, [this](os::Ready ready) {
    if (ready.readable || ready.hung_up) {
      hear();
    }
    if (ready.writable && daemon_) {
      flush();
    }
  });
  if (!watch) {
    daemon_.reset();
    return;
  }
  on_daemon_ = std::move(*watch);
}

void Zygote::lose_daemon() {
  on_daemon_.reset();
  daemon_.reset();
  queue_.clear();
  ordered_.clear();  // what it ordered nobody waits for
}

void Zygote::hear() {
  std::vector<std::uint8_t> room(kMessageBytesMax);
  while (daemon_) {
    auto received = daemon_->receive(room);
    if (received && !*received) {
      return;
    }
    if (!received || (*received)->size == 0) {
      return lose_daemon();
    }
    auto demand = decode_demand(std::span(room).first((*received)->size),
                                {(*received)->fds.begin(), (*received)->fds.end()});
    if (!demand) {
      (void)send(*daemon_, encode(RefusedReport{.why = demand.error()}));
      return lose_daemon();
    }
    obey(*std::move(demand));
  }
}

void Zygote::obey(Demand demand) {
  if (std::holds_alternative<HelloDemand>(demand) && !said_hello_) {
    said_hello_ = true;
    // Queued whole first: what is sent of the dead takes them out of the records.
    for (const auto& [id, record] : records_) {
      queue_.push_back({.kind = Pending::Kind::kMonitor, .id = id});
      if (record.ended) {
        queue_.push_back({.kind = Pending::Kind::kGone, .id = id});
      }
    }
    say({.kind = Pending::Kind::kWelcome});
  } else if (const auto* fork = std::get_if<ForkDemand>(&demand)) {
    const std::size_t there = records_.size() + ordered_.size();
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(fork->count, kMonitorsMax); ++i) {
      if (there + i >= monitors_max_) {
        say({.kind = Pending::Kind::kError,
             .error = base::Error(ErrorCode::kExhausted,
                                  base::cat("this host holds at most ", monitors_max_, " monitors"))
                          .try_this("raise the limit of open files (ulimit -n)")});
        continue;
      }
      ordered_.push_back(fork->size);
    }
    if (!is_forking_ && !ordered_.empty()) {
      is_forking_ = true;
      loop_->post([this] { fork_next(); });
    }
  } else if (std::holds_alternative<ShutDownDemand>(demand)) {
    shut_down();
  }
}

// One a turn, so that a large order keeps nobody waiting.
void Zygote::fork_next() {
  if (ordered_.empty() || ends_) {
    is_forking_ = false;
    return;
  }
  const ShellSize size = ordered_.front();
  ordered_.pop_front();
  if (base::Status done = fork_one(size); !done) {
    say({.kind = Pending::Kind::kError, .error = std::move(done).error()});
  }
  loop_->post([this] { fork_next(); });
}

base::Status Zygote::fork_one(const ShellSize& size) {
  SF_TRY(page, take_page());
  base::Status forked = fork_one(size, page);
  if (!forked) {
    free_pages_.push_back(page);
  }
  return forked;
}

base::Status Zygote::fork_one(const ShellSize& size, std::uint32_t page) {
  SF_TRY(ends, os::UnixSocket::pair(os::SocketKind::kSeqpacket, os::Waiting::kNever));
  SF_TRY(dossier, create_dossier());
  const std::array<int, kGrantsOfMonitor> grants{ends.second.fd(), dossier.get()};
  auto forked = forker_.fork(grants);
  if (!forked) {
    return base::pass(base::Error(forked.error().code(), "no monitor can be forked")
                          .caused_by(forked.error())
                          .try_this("this user's processes, or the host's memory, have run out"));
  }
  if (!*forked) {
    become_monitor(size);
  }
  const std::uint64_t id = next_id_++;
  records_.emplace(id, Record{.id = id,
                              .pid = (*forked)->pid,
                              .size = size,
                              .page = page,
                              .channel = std::move(ends.first).take_fd(),
                              .dossier = std::move(dossier),
                              .ended = std::nullopt});
  by_pid_.emplace((*forked)->pid, id);
  say({.kind = Pending::Kind::kMonitor, .id = id});
  return {};
}

base::Result<std::uint32_t> Zygote::take_page() {
  // One that cannot be torn out is not used again: a note must not be read of another monitor.
  for (const std::uint32_t page : std::exchange(spent_pages_, {})) {
    if (Notebook::tear_out(notebook_, page)) {
      free_pages_.push_back(page);
    }
  }
  if (free_pages_.empty() && pages_used_ == monitors_max_) {
    return base::fail(ErrorCode::kExhausted, "the notebook has no free page");
  }
  if (free_pages_.empty()) {
    return pages_used_++;
  }
  const std::uint32_t page = free_pages_.back();
  free_pages_.pop_back();
  return page;
}

void Zygote::forget(std::uint64_t id) {
  const auto found = records_.find(id);
  // Not torn out before the daemon orders another: one that has just come reads it yet.
  spent_pages_.push_back(found->second.page);
  records_.erase(found);
}

void Zygote::become_monitor(const ShellSize& size) {
  run_monitor(setting_, size, forker_.granted(0), forker_.granted(1));
}

void Zygote::reap() {
  while (const auto reaped = os::reap_any()) {
    const auto found = by_pid_.find(reaped->pid);
    if (found == by_pid_.end()) {
      continue;
    }
    const std::uint64_t id = found->second;
    by_pid_.erase(found);
    records_.at(id).ended = reaped->status;
    say({.kind = Pending::Kind::kGone, .id = id});
  }
  if (ends_ && by_pid_.empty()) {
    loop_->stop();
  }
}

void Zygote::say(Pending pending) {
  if (!daemon_ || !said_hello_) {
    return;
  }
  queue_.push_back(std::move(pending));
  if (queue_.size() > kQueueMax) {
    return lose_daemon();  // it does not listen
  }
  flush();
}

std::optional<Message> Zygote::message_of(const Pending& pending) {
  switch (pending.kind) {
    case Pending::Kind::kWelcome: {
      auto notebook = notebook_.duplicate();
      if (!notebook) {
        return std::nullopt;
      }
      return encode(WelcomeReport{.monitors = static_cast<std::uint32_t>(by_pid_.size()),
                                  .notebook = std::move(*notebook)});
    }
    case Pending::Kind::kError: return encode(NoForkReport{.why = *pending.error});
    case Pending::Kind::kGone: {
      const Record& record = records_.at(pending.id);
      return encode(GoneReport{.id = record.id, .status = *record.ended});
    }
    case Pending::Kind::kMonitor: break;
  }
  const Record& record = records_.at(pending.id);
  // Not reaped yet, so the number is still the monitor's.
  auto pidfd = record.ended ? base::Result<os::UniqueFd>() : os::open_pidfd(record.pid);
  auto channel = record.channel.duplicate();
  auto dossier = record.dossier.duplicate();
  if (!pidfd || !channel || !dossier) {
    return std::nullopt;
  }
  return encode(MonitorReport{.id = record.id,
                              .pid = record.pid,
                              .size = record.size,
                              .page = record.page,
                              .channel = std::move(*channel),
                              .dossier = std::move(*dossier),
                              .pidfd = std::move(*pidfd)});
}

void Zygote::flush() {
  while (!queue_.empty()) {
    const Pending& next = queue_.front();
    if (const auto message = message_of(next)) {
      const base::Status sent = send(*daemon_, *message);
      if (!sent && sent.error().code() == ErrorCode::kExhausted) {
        break;
      }
      if (!sent) {
        return lose_daemon();
      }
    }
    if (next.kind == Pending::Kind::kGone) {
      forget(next.id);
    }
    queue_.pop_front();
  }
  (void)loop_->change(on_daemon_, {.readable = true, .writable = !queue_.empty()});
}

void Zygote::shut_down() {
  ends_ = true;
  ordered_.clear();
  // First of all, so that nobody connects to one that ends.
  on_listener_.reset();
  listener_.reset();
  for (const auto& [pid, id] : by_pid_) {
    ::kill(pid, SIGKILL);  // ours, and not reaped
  }
  if (by_pid_.empty()) {
    loop_->stop();
  }
}

// Whoever reads what it prints may be gone long before it.
void leave_streams() {
  const os::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int stream = 0; null && stream <= 2; ++stream) {
    ::dup2(null.get(), stream);
  }
}

base::Status prepare_and_serve(ZygoteOptions& options, const OpenShells& open_shells) {
  SF_TRY(shells, open_shells());
  MonitorSetting setting{
      .make_shell = std::move(shells.make), .user = options.user, .zygote = ::getpid()};
  SF_TRY(filter, build_filter(shells.guests_in));
  setting.filter = std::move(filter);
  SF_TRY(descriptors,
         os::raise_descriptor_limit(kMonitorsMax * kDescriptorsPerMonitor + kDescriptorsOfOurs));
  const std::size_t monitors_max = std::min(
      kMonitorsMax, (descriptors - std::min<std::uint64_t>(descriptors, kDescriptorsOfOurs)) /
                        kDescriptorsPerMonitor);
  // Where it is allowed. A monitor opens nothing anyway: these are a second fence.
  if (os::leave_namespaces()) {
    if (auto root = os::make_empty_root()) {
      setting.empty_root = std::move(*root);
    }
  }
  SF_TRY(forker, os::Forker::create(kGrantsOfMonitor));
  static const os::SystemClock clock;
  SF_TRY(loop, os::EventLoop::create(clock));
  SF_TRY(listener, os::UnixListener::listen(options.path,
                                            {.kind = os::SocketKind::kSeqpacket, .mode = 0600}));
  SF_TRY(notebook, Notebook::create(monitors_max));
  Zygote zygote(std::move(setting), std::move(forker), std::move(listener), std::move(loop),
                std::move(notebook), monitors_max);
  return zygote.serve(std::move(options.daemon));
}

}  // namespace

int run_zygote(ZygoteOptions options, const OpenShells& open_shells) {
  ::signal(SIGPIPE, SIG_IGN);
  if (options.daemon) {
    const auto detached = os::detach();
    if (!detached) {
      return 1;
    }
    if (!*detached) {
      ::_exit(0);
    }
    leave_streams();
    // Above what a monitor begins with.
    constexpr int kHigh = 64;
    options.daemon.reset(::fcntl(options.daemon.get(), F_DUPFD_CLOEXEC, kHigh));
  }
  const base::Status served = prepare_and_serve(options, open_shells);
  if (served) {
    return 0;
  }
  if (options.daemon) {
    auto socket = os::UnixSocket::adopt(std::move(options.daemon), os::SocketKind::kSeqpacket,
                                        os::Waiting::kNever);
    if (socket) {
      (void)send(*socket, encode(RefusedReport{.why = served.error()}));
    }
  }
  return 1;
}

}  // namespace superfluid::vmm
