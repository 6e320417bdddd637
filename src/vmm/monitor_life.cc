// SPDX-License-Identifier: Apache-2.0
#include "vmm/monitor_life.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "os/memfd.h"
#include "os/thread.h"
#include "vmm/wire.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;

constexpr int kExitKernel = 4;

abi::GuestPage& page_of(const Shell& shell) {
  return *reinterpret_cast<abi::GuestPage*>(shell.ram().data() + abi::kGuestPageAt);
}

std::string message_of(const Shell& shell) {
  const abi::GuestPage page = shell.guest_page();
  const std::size_t bytes = std::min<std::size_t>(page.message_bytes, abi::kMessageBytes);
  return base::escape({page.message, bytes});
}

// All that is wrong with a graph, as the mailbox holds it when a guest has given up.
std::string findings_of(const Shell& shell) {
  abi::MailboxHalf half;
  std::memcpy(&half, shell.mailbox().data() + offsetof(abi::Mailbox, answer), sizeof half);
  const std::size_t bytes = std::min<std::size_t>(half.header.bytes, abi::kFragmentBytes);
  return {reinterpret_cast<const char*>(half.text), bytes};
}

std::string explain_crash(const Leave& leave) {
  std::string text = base::cat("a fault, reason ", leave.kvm_reason, " of KVM");
  if (leave.registers) {
    text += base::cat(", near instruction 0x", base::Hex{leave.registers->rip});
  }
  return text;
}

// "Private_Clean:     12 kB" and the like, summed.
std::uint64_t kib_of(std::string_view report, std::string_view name) {
  const auto at = report.find(name);
  if (at == std::string_view::npos) {
    return 0;
  }
  std::string_view rest = report.substr(at + name.size());
  rest = base::trim(rest.substr(0, rest.find("kB")));
  return base::parse_u64(rest).value_or(0);
}

}  // namespace

base::Status MonitorLife::lay_out(BootOrder& order) {
  SF_TRY(size, os::size_of(order.image.get()));
  if (size > ImageFile::kBytesMax) {
    return base::fail(ErrorCode::kInvalid, "this is no guest image: it is too long");
  }
  SF_TRY(file, read_file(order.image.get(), size.count()));
  SF_TRY(image, ImageFile::parse(base::bytes_of(file)));
  SF_CHECKED(shell_.load(image, order.text));
  std::memset(order.page.text_name, 0, sizeof order.page.text_name);
  order.text_name.copy(order.page.text_name, sizeof order.page.text_name - 1);
  return {};
}

base::Status MonitorLife::lay_out(StartOrder& order) {
  const Snapshot& snapshot = order.snapshot;
  if (snapshot.size != shell_.size()) {
    return base::fail(ErrorCode::kInvalid, "a snapshot of another size than this shell's");
  }
  SF_TRY(there, os::size_of(snapshot.memory.get()));
  if (there != snapshot.size.ram || !os::has_seals(snapshot.memory.get(), os::Seals::kContent)) {
    return base::fail(ErrorCode::kInvalid, "a snapshot's memory is sealed and as long as it says");
  }
  if (order.difference.empty()) {
    return shell_.enter(snapshot);
  }
  SF_TRY(clock_ns, shell_.enter_again(snapshot, base::bytes_of(order.difference)));
  order.snapshot.clock_ns = clock_ns;
  return {};
}

// What boot() and start() have in common, up to the device page; false: the life is refused.
template <typename Order>
bool MonitorLife::prepare(Order& order) {
  if (lives_ || is_spent_) {
    say_(EndedEvent{.end = {.why = End::Why::kRefused, .message = "the shell is in use"}});
    return false;
  }
  steps_ = {.received_ns = monotonic_ns()};
  lives_ = true;
  base::Status laid = lay_out(order);
  steps_.image_ns = monotonic_ns();
  if (laid) {
    laid = ports_.connect(shell_, order.page, std::move(order.ports));
    idle_after_ns_ = order.idle_after_ns;
    began_here_ = order.begins_here;
  }
  steps_.ports_ns = monotonic_ns();
  if (!laid) {
    end({.why = End::Why::kRefused, .message = laid.error().to_string()});
    return false;
  }
  return true;
}

void MonitorLife::boot(BootOrder& order) {
  if (prepare(order)) {
    is_booting_ = true;
    then_runs_ = order.then_run;
    begin(order.page, 0);
  }
}

void MonitorLife::start(StartOrder& order) {
  if (prepare(order)) {
    begin(order.page, order.snapshot.clock_ns);
  }
}

void MonitorLife::begin(const abi::DevicePage& page, std::uint64_t clock_ns) {
  page_ = page;
  counters_ = {};
  is_at_rest_ = told_packet_ = told_idle_ = false;
  shell_.begin(page, clock_ns);
  console_.begin();
  asker_.begin_life();
  steps_.page_ns = monotonic_ns();
  dossier_.begin_life();
  tell_state();
  steps_.run_ns = active_at_ns_ = monotonic_ns();
  if (std::atomic_ref(page_of(shell_).state).load(std::memory_order_acquire) ==
      abi::GuestState::kLive) {
    live();  // a guest that was saved or parked in the midst of its life says so no more
  }
}

void MonitorLife::live() {
  if (steps_.live_ns == 0) {
    steps_.live_ns = monotonic_ns();
    dossier_.set_steps(steps_);
    say_(LiveEvent{.steps = steps_});
    if (began_here_) {
      os::give_way();  // whom this has woken has the answer to give
    }
  }
}

void MonitorLife::stop() {
  if (lives_) {
    end({.why = End::Why::kStopped});
  }
}

void MonitorLife::pause(bool wanted) {
  if (!lives_) {
    return;
  }
  is_paused_ = wanted;
  told_idle_ = false;
  tell_state();
  say_(PausedEvent{});
}

void MonitorLife::save() {
  if (!lives_) {
    return say_(SnapshotEvent{.snapshot = base::fail(ErrorCode::kConflict, "nothing runs here")});
  }
  if (is_at_rest_) {
    return take_snapshot();
  }
  if (is_paused_) {
    return say_(SnapshotEvent{
        .snapshot = base::fail(ErrorCode::kConflict, "the function was paused amid its work")
                        .try_this("unpause it, then save it")});
  }
  wants_snapshot_ = true;
}

void MonitorLife::park() {
  auto parked = take_difference();
  is_parked_ = parked.has_value();
  say_(ParkedEvent{.parked = std::move(parked)});
}

// Idle or not, it was wanted: for another while nobody is told.
void MonitorLife::unpark() {
  is_parked_ = told_idle_ = false;
  active_at_ns_ = monotonic_ns();
}

base::Result<Parked> MonitorLife::take_difference() {
  if (!lives_ || is_paused_ || !is_asleep_ || asker_.is_waiting()) {
    return base::fail(ErrorCode::kConflict, "only a function that sleeps is parked");
  }
  if (serve_ports()) {
    is_asleep_ = false;
    return base::fail(ErrorCode::kConflict, "a frame came");
  }
  SF_TRY(bytes, shell_.take_difference());
  if (bytes.size() > kDifferenceBytesMax) {
    return base::fail(ErrorCode::kExhausted, "the function has changed too much of its memory");
  }
  SF_TRY(image, shell_.image());
  return Parked{.difference = std::string(base::text_of(bytes)),
                .image = std::move(image),
                .wake_at_ns = wake_at_.value_or(0)};
}

void MonitorLife::ask(AskOrder order) {
  if (!lives_) {
    return say_(AnswerEvent{.answer = base::fail(ErrorCode::kConflict, "nothing runs here")});
  }
  if (auto refused = asker_.ask(std::move(order))) {
    return say_(AnswerEvent{.answer = *std::move(refused)});
  }
  is_asleep_ = told_idle_ = false;
  active_at_ns_ = monotonic_ns();
}

void MonitorLife::count() {
  char report[4096];
  const ssize_t got = ::pread(memory_report_, report, sizeof report, 0);
  const std::string_view text(report, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  counters_.memory_private_bytes = (kib_of(text, "Private_Clean:") + kib_of(text, "Private_Dirty:"))
                                   << 10;
  counters_.memory_shared_bytes = (kib_of(text, "Shared_Clean:") + kib_of(text, "Shared_Dirty:"))
                                  << 10;
  counters_.console_bytes = dossier_.log_written();
  counters_.console_dropped = console_.dropped();
  counters_.guest = shell_.guest_page();
  say_(CountersEvent{.counters = counters_});
}

bool MonitorLife::serve_ports() {
  const bool moved = ports_.serve();
  if (moved && idle_after_ns_ != 0) {
    active_at_ns_ = monotonic_ns();
    told_idle_ = false;
  }
  if (!told_packet_ && ports_.has_sent()) {
    told_packet_ = true;
    steps_.packet_ns = monotonic_ns();
    dossier_.set_steps(steps_);
    say_(PacketEvent{.steps = steps_});
  }
  return moved;
}

base::Result<Leave> MonitorLife::enter() {
  is_at_rest_ = false;
  const std::uint64_t before = monotonic_ns();
  auto left = shell_.run();
  counters_.run_ns += monotonic_ns() - before;
  return left;
}

void MonitorLife::handle(base::Result<Leave> left) {
  if (!left) {
    ::_exit(kExitKernel);
  }
  if (!lives_) {
    return;
  }
  if (left->why == Leave::Why::kKicked) {
    ++counters_.kicks;
    return;
  }
  console_.drain();
  if (left->why == Leave::Why::kCrashed) {
    return end({.why = End::Why::kCrashed, .message = explain_crash(*left)});
  }
  ++counters_.exits;
  handle_exit(*left);
}

void MonitorLife::handle_exit(const Leave& leave) {
  using abi::Exit;
  switch (leave.exit) {
    case Exit::kEnd:
    case Exit::kPanic: return end_by_guest(leave);
    case Exit::kReady: ready(); break;
    case Exit::kLive:
      live();
      is_at_rest_ = true;
      break;
    case Exit::kSleep: sleep(); break;
    case Exit::kYield: is_at_rest_ = true; break;
    default: break;
  }
  look_at_mail();
  if (wants_snapshot_ && is_at_rest_) {
    take_snapshot();
  }
}

void MonitorLife::ready() {
  is_at_rest_ = true;
  if (!std::exchange(is_booting_, false)) {
    return;
  }
  if (then_runs_ && !shell_.can_snapshot()) {
    return;  // nothing is kept of it here, so it goes on by the page that it has
  }
  take_snapshot();
  if (then_runs_) {
    // As in a clone: from here on it lives by a page that is its own.
    shell_.begin(page_, shell_.clock_ns());
    ports_.renew(shell_);
    is_at_rest_ = false;
  } else {
    is_paused_ = true;
    tell_state();
  }
}

void MonitorLife::sleep() {
  is_at_rest_ = true;
  ++counters_.sleeps;
  const bool moved = serve_ports();
  const std::uint64_t until =
      std::atomic_ref(page_of(shell_).sleep_until_ns).load(std::memory_order_acquire);
  wake_at_ = until == abi::kNoDeadline ? std::nullopt : std::optional(shell_.monotonic_of(until));
  is_asleep_ = !moved && !asker_.is_waiting();
}

void MonitorLife::look_at_mail() {
  if (!asker_.is_waiting()) {
    return;
  }
  if (auto answer = asker_.look()) {
    say_(AnswerEvent{.answer = *std::move(answer)});
  }
}

void MonitorLife::take_snapshot() {
  wants_snapshot_ = false;
  say_(SnapshotEvent{.snapshot = shell_.take_snapshot()});
}

void MonitorLife::end_by_guest(const Leave& leave) {
  End how{.why = leave.exit == abi::Exit::kEnd ? End::Why::kEnded : End::Why::kPanicked,
          .code = leave.value,
          .message = message_of(shell_)};
  if (leave.exit == abi::Exit::kPanic && leave.value == abi::kPanicGraph) {
    how.findings = findings_of(shell_);
  }
  end(std::move(how));
}

void MonitorLife::end(End end) {
  console_.drain();
  if (std::exchange(wants_snapshot_, false)) {
    say_(SnapshotEvent{
        .snapshot = base::fail(ErrorCode::kConflict, "the function ended before it stood still")});
  }
  for (std::size_t left = asker_.give_up(); left > 0; --left) {
    say_(AnswerEvent{
        .answer = base::fail(ErrorCode::kConflict, "the function ended before it answered")});
  }
  ports_.disconnect();
  lives_ = is_booting_ = is_paused_ = is_parked_ = is_asleep_ = is_at_rest_ = false;
  is_spent_ = !shell_.is_reusable();
  if (!is_spent_ && !shell_.wipe()) {
    ::_exit(kExitKernel);
  }
  if (!is_spent_) {
    tell_state();  // else the next daemon finds that it lived, and hears how it ended
  }
  say_(EndedEvent{.end = std::move(end)});
}

void MonitorLife::tell_state() {
  dossier_.set_state(!lives_      ? MonitorState::kWarm
                     : is_paused_ ? MonitorState::kPaused
                                  : MonitorState::kRuns);
  dossier_.set_steps(steps_);
  dossier_.set_log_dropped(console_.dropped());
}

std::optional<std::uint64_t> MonitorLife::watch(std::vector<pollfd>& watched) const {
  if (!lives_ || stands_still()) {
    return std::nullopt;
  }
  ports_.add_to(watched);
  const auto idle = idle_at();
  return idle ? std::min(*idle, wake_at_.value_or(*idle)) : wake_at_;
}

std::optional<std::uint64_t> MonitorLife::idle_at() const {
  if (idle_after_ns_ == 0 || told_idle_ || !is_asleep_) {
    return std::nullopt;
  }
  const std::uint64_t at = std::max(active_at_ns_ + idle_after_ns_, monotonic_ns());
  const bool is_worth_it = !wake_at_ || *wake_at_ >= at + idle_after_ns_;
  return is_worth_it ? std::optional(at) : std::nullopt;
}

void MonitorLife::awake(int ready) {
  if (!lives_ || stands_still() || !is_asleep_) {
    return;
  }
  const bool is_due = wake_at_ && monotonic_ns() >= *wake_at_;
  if (is_due || (ready > 0 && (ports_.take_rings() || serve_ports()))) {
    is_asleep_ = false;
  } else if (const auto idle = idle_at(); idle && monotonic_ns() >= *idle) {
    told_idle_ = true;
    say_(IdleEvent{});
  }
}

}  // namespace superfluid::vmm
