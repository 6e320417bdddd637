// SPDX-License-Identifier: Apache-2.0
#include "vmm/nursery.h"

#include <poll.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/fork.h"
#include "os/unix_socket.h"
#include "vmm/machine_parts.h"

namespace superfluid::vmm {

using base::ErrorCode;

namespace {

constexpr base::Duration kAnswerMax = base::seconds(20);
constexpr base::Duration kShutDownMax = base::seconds(60);
constexpr int kDaemonFd = 3;  // in the zygote; see zygote_main.cc

// Readable within the time that is left, or the peer gone.
bool wait_readable(int fd, base::Instant deadline) {
  const os::SystemClock clock;
  while (true) {
    const std::int64_t left = (deadline - clock.now()).count() / 1'000'000;
    pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? ::poll(&watched, 1, static_cast<int>(left)) : 0;
    if (ready >= 0 || errno != EINTR) {
      return ready > 0;
    }
  }
}

base::Result<os::UnixSocket> start_zygote(const Nursery::Options& options) {
  SF_TRY(ends, os::UnixSocket::pair(os::SocketKind::kSeqpacket, os::Waiting::kNever));
  os::Command command{.argv = {options.program, "--path", options.path, "--daemon"},
                      .grants = {{.ours = ends.second.fd(), .theirs = kDaemonFd}},
                      .die_with_parent = false};
  if (options.user) {
    command.argv.push_back("--user");
    command.argv.push_back(base::cat(*options.user));
  }
  SF_TRY(starter, os::Process::spawn(command));
  // It detaches at once; what goes wrong behind that comes through the socket.
  SF_TRY(ended, starter.wait(kAnswerMax));
  if (!ended || !ended->success()) {
    return base::fail(ErrorCode::kFailed,
                      base::cat("start ", options.program, ": ",
                                ended ? ended->to_string() : std::string("it does not detach")));
  }
  return std::move(ends.first);
}

base::Result<os::UnixSocket> reach_zygote(const Nursery::Options& options) {
  auto there =
      os::UnixSocket::connect(options.path, os::SocketKind::kSeqpacket, os::Waiting::kNever);
  if (there || (there.error().code() != ErrorCode::kUnreachable &&
                there.error().code() != ErrorCode::kNotFound)) {
    return there;
  }
  return start_zygote(options);
}

}  // namespace

base::Status NurseryImpl::greet() {
  // A zygote that refuses us has closed its end already; why, it has said before.
  const base::Status greeted = send_demand(HelloDemand{});
  const base::Instant deadline = os::SystemClock().now() + kAnswerMax;
  bool was_reset = false;
  while (!is_welcome_) {
    if (!wait_readable(zygote_.fd(), deadline)) {
      return base::fail(ErrorCode::kTimedOut, base::cat(program_, " does not answer"));
    }
    auto there = take_reports();
    if (!there && there.error().code() == ErrorCode::kUnreachable && !was_reset) {
      was_reset = true;  // told before what it said last, and once
      continue;
    }
    if (!there) {
      return base::pass(std::move(there).error());
    }
    if (!*there && !is_welcome_) {
      return base::fail(ErrorCode::kUnreachable, base::cat(program_, " ended as it started"));
    }
  }
  return greeted;
}

base::Status NurseryImpl::begin() {
  SF_TRY(watch, loop_.watch(zygote_.fd(), {.readable = true}, [this](os::Ready) {
    const auto self = shared_from_this();
    const auto there = take_reports();
    if (!there || !*there) {
      lose();
    }
  }));
  watch_ = std::move(watch);
  // Handlers are not called from inside open().
  first_turn_ = loop_.after(base::Duration(), [this] {
    const auto self = shared_from_this();
    for (const GoneReport& report : std::exchange(gone_early_, {})) {
      gone(report);
    }
  });
  return {};
}

base::Result<bool> NurseryImpl::take_reports() {
  while (!is_lost_) {
    SF_TRY(received, zygote_.receive(*room_));
    if (!received) {
      return true;
    }
    if (received->size == 0) {
      return false;
    }
    SF_TRY(report, decode_report(std::span(*room_).first(received->size),
                                 {received->fds.begin(), received->fds.end()}));
    SF_CHECKED(obey(std::move(report)));
  }
  return true;
}

base::Status NurseryImpl::obey(Report report) {
  if (auto* monitor = std::get_if<MonitorReport>(&report)) {
    return add(std::move(*monitor));
  }
  if (auto* refused = std::get_if<RefusedReport>(&report)) {
    return base::pass(std::move(refused->why));
  }
  if (auto* no_fork = std::get_if<NoForkReport>(&report)) {
    failed(std::move(no_fork->why));
  } else if (auto* ended = std::get_if<GoneReport>(&report)) {
    if (is_welcome_) {
      gone(*ended);
    } else {
      gone_early_.push_back(*ended);
    }
  } else {
    const auto& welcome = std::get<WelcomeReport>(report);
    SF_TRY(notebook, Notebook::map(welcome.notebook.get()));
    notebook_ = std::move(notebook);
    // Before anything is ordered: then the pages of those that have ended are used again.
    for (const auto& [id, machine] : machines_) {
      machine->parts_->note_found = notebook_->read(machine->parts_->page);
    }
    is_welcome_ = true;
  }
  return {};
}

base::Status NurseryImpl::add(MonitorReport report) {
  SF_TRY(dossier, DossierReader::map(report.dossier.get()));
  SF_TRY(channel, os::UnixSocket::adopt(std::move(report.channel), os::SocketKind::kSeqpacket,
                                        os::Waiting::kNever));
  auto parts = std::make_unique<Machine::Parts>(Machine::Parts{.nursery = weak_from_this(),
                                                               .id = report.id,
                                                               .pid = report.pid,
                                                               .size = report.size,
                                                               .channel = std::move(channel),
                                                               .pidfd = std::move(report.pidfd),
                                                               .dossier = std::move(dossier),
                                                               .page = report.page,
                                                               .note_found = std::nullopt,
                                                               .room = room_});
  // rules: allow new-delete: the constructor is private
  const std::shared_ptr<Machine> machine(new Machine(std::move(parts)));
  Machine* raw = machine.get();
  SF_TRY(watch, loop_.watch(raw->parts_->channel.fd(), {.readable = true},
                            [machine_weak = std::weak_ptr(machine)](os::Ready) {
                              if (const auto self = machine_weak.lock()) {
                                self->hear();
                              }
                            }));
  raw->parts_->watch = std::move(watch);
  if (!is_welcome_ && raw->state() != MonitorState::kCold) {
    raw->parts_->is_warm = true;
    found_.push_back(report.id);
  }
  machines_.emplace(report.id, machine);
  return {};
}

void NurseryImpl::warm(Machine& machine) {
  const auto found = machines_.find(machine.id());
  if (found != machines_.end() && events_.warm) {
    events_.warm(found->second);
  }
}

void NurseryImpl::failed(base::Error why) {
  if (events_.failed) {
    events_.failed(std::move(why));
  }
}

void NurseryImpl::gone(const GoneReport& report) {
  const auto found = machines_.find(report.id);
  if (found == machines_.end()) {
    return;
  }
  const std::shared_ptr<Machine> machine = found->second;
  machine->hear();  // what it said last
  machines_.erase(report.id);
  const bool was_warm = machine->parts_->is_warm;
  const bool said_why = machine->parts_->said_why;
  machine->tell_ended({.why = End::Why::kKilled, .process = report.status});
  if (!was_warm && !said_why) {
    failed(base::Error(ErrorCode::kFailed, base::cat("a monitor ended before it was warm: ",
                                                     report.status.to_string())));
  }
  if (was_warm && events_.gone) {
    events_.gone(report.id, report.status);
  }
}

void NurseryImpl::lose() {
  if (std::exchange(is_lost_, true)) {
    return;
  }
  watch_.reset();
  for (const auto& [id, machine] : std::exchange(machines_, {})) {
    machine->hear();
    machine->tell_ended({.why = End::Why::kKilled, .message = base::cat(program_, " died")});
    if (machine->parts_->is_warm && events_.gone) {
      events_.gone(id, os::ExitStatus{.code = 0, .signal = SIGKILL});
    }
  }
  if (events_.lost) {
    events_.lost();
  }
}

// Monitors live on, and are heard of no more here.
void NurseryImpl::let_go() {
  events_ = {};
  first_turn_.reset();
  watch_.reset();
  for (const auto& [id, machine] : std::exchange(machines_, {})) {
    machine->parts_->watch.reset();
    machine->parts_->events = {};
  }
}

std::vector<std::shared_ptr<Machine>> NurseryImpl::found() {
  std::vector<std::shared_ptr<Machine>> machines;
  for (const Machine::Id id : std::exchange(found_, {})) {
    if (const auto there = machines_.find(id); there != machines_.end()) {
      machines.push_back(there->second);
    }
  }
  return machines;
}

base::Status NurseryImpl::send_demand(const Demand& demand) {
  if (is_lost_) {
    return base::fail(ErrorCode::kUnreachable, base::cat(program_, " is gone"));
  }
  return send(zygote_, encode(demand));
}

base::Status NurseryImpl::order(const ShellSize& size, std::uint32_t count) {
  if (count == 0 || count > Nursery::kOrderMax) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("1 to ", Nursery::kOrderMax, " shells can be ordered at once"));
  }
  return send_demand(ForkDemand{.size = size, .count = count});
}

base::Status NurseryImpl::shut_down() {
  SF_CHECKED(send_demand(ShutDownDemand{}));
  const base::Instant deadline = os::SystemClock().now() + kShutDownMax;
  while (!is_lost_) {
    if (!wait_readable(zygote_.fd(), deadline)) {
      return base::fail(ErrorCode::kTimedOut, base::cat(program_, " does not end"));
    }
    const auto there = take_reports();
    if (!there || !*there) {
      break;
    }
  }
  is_lost_ = true;
  let_go();
  return {};
}

Nursery::Nursery(std::shared_ptr<NurseryImpl> impl) : impl_(std::move(impl)) {}

Nursery::~Nursery() { impl_->let_go(); }

base::Result<std::unique_ptr<Nursery>> Nursery::open(os::EventLoop& loop, const Options& options,
                                                     Events events) {
  SF_TRY(zygote, reach_zygote(options));
  const std::string_view program(options.program);
  const auto impl = std::make_shared<NurseryImpl>(
      loop, std::move(zygote), std::string(program.substr(program.rfind('/') + 1)),
      std::move(events));
  SF_CHECKED(impl->greet());
  SF_CHECKED(impl->begin());
  // rules: allow new-delete: the constructor is private
  return std::unique_ptr<Nursery>(new Nursery(impl));
}

std::vector<std::shared_ptr<Machine>> Nursery::found() { return impl_->found(); }
base::Status Nursery::order(const ShellSize& size, std::uint32_t count) {
  return impl_->order(size, count);
}
base::Status Nursery::shut_down() { return impl_->shut_down(); }

}  // namespace superfluid::vmm
