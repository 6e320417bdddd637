// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/to_device.h"

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "hostgraph/driver.h"
#include "os/errno.h"

namespace superfluid::hostgraph {

using base::cat;
using graph::Batch;
using graph::Packet;

const graph::ElementClass ToDevice::kClass{"ToDevice", "1/0-2", "l/h",
                                           graph::make_element<ToDevice>};

static_assert(graph::kBatchMax <= os::PacketSender::kFramesMax);

ToDevice::~ToDevice() {
  for (; first_ != end_; ++first_) {
    release(waiting_[first_]);
  }
}

void ToDevice::configure(graph::Arguments& arguments) {
  std::string method = "LINUX";
  std::int64_t burst = burst_;
  arguments.required("DEVNAME", link_)
      .keyword("DEBUG", debug_)
      .keyword("METHOD", method)
      .keyword("BURST", burst)
      .complete();
  if (burst <= 0 || std::cmp_greater(burst, graph::kTurnPacketsMax)) {
    arguments.complain("bad BURST");
  }
  if (method != "LINUX" && method != "PCAP") {
    arguments.complain("bad METHOD");
  }
  burst_ = static_cast<std::uint32_t>(burst);
  for (const auto& other : router().elements()) {
    if (other.get() == this) {
      break;
    }
    if (&other->element_class() == &kClass && static_cast<ToDevice&>(*other).link_ == link_) {
      arguments.complain(cat("duplicate writer for device '", base::escape(link_), "'"));
    }
  }
}

base::Status ToDevice::initialize() {
  SF_TRY(sender, os::PacketSender::open(link_));
  sender_ = std::move(sender);
  task_.attach(schedule());
  timer_.attach(schedule());
  empty_ = router().empty_signal(*this, 0);
  empty_.listen(task_);
  task_.schedule();
  return {};
}

bool ToDevice::run_task(graph::Task&) {
  std::size_t worked = 0;
  while (worked < burst_) {
    if (first_ == end_) {
      ++pulls_;
      first_ = 0;
      end_ = input(0).pull(waiting_.data(), std::min(router().batch_max(), burst_ - worked));
      if (end_ == 0) {
        if (!empty_.active()) {
          task_.unschedule();
        }
        break;
      }
    }
    worked += send();
    if (first_ != end_) {
      task_.unschedule();  // until the interface takes more
      break;
    }
  }
  return worked != 0;
}

std::size_t ToDevice::send() {
  std::size_t handled = 0;
  while (first_ != end_) {
    std::array<base::ByteView, graph::kBatchMax> frames;
    for (std::size_t i = first_; i < end_; ++i) {
      frames[i] = std::as_const(*waiting_[i]).bytes();
    }
    const os::PacketSender::Sent sent =
        sender_->send(std::span(frames).subspan(first_, end_ - first_));
    handled += sent.count;
    done(sent.count);
    if (sent.stopped == os::PacketSender::Stopped::kBusy) {
      rest(sent.error_number);
      break;
    }
    if (sent.stopped == os::PacketSender::Stopped::kRefused) {
      refuse(sent.error_number);
      ++handled;
    }
  }
  return handled;
}

void ToDevice::done(std::size_t count) {
  if (count == 0) {
    return;
  }
  const Batch batch(waiting_.data() + first_, count);
  first_ += count;
  count_ += count;
  pause_ = kPauseMin;
  last_error_ = 0;
  if (outputs() != 0) {
    output(0).push(batch);
  } else {
    batch.release();
  }
}

void ToDevice::refuse(int error_number) {
  if (std::exchange(last_error_, error_number) != error_number) {
    router().errors().write(cat(name(), " :: ToDevice: ", link_, ": ",
                                os::errno_error("send", error_number).to_string(), "\n"));
  }
  ++drops_;
  reject(waiting_[first_++]);
}

void ToDevice::rest(int error_number) {
  if (debug_) {
    router().errors().write(cat(name(), " :: ToDevice: ", link_, ": waits for room\n"));
  }
  // EAGAIN: our own share of memory is in the interface's queue, and the kernel tells when some
  // comes back. ENOBUFS: that queue is full, of whatever; nobody tells.
  if (error_number == EAGAIN) {
    auto watch = Driver::loop_of(*this).watch(sender_->fd(), {.writable = true}, [this](os::Ready) {
      watch_.reset();
      task_.schedule();
    });
    if (watch) {
      watch_ = std::move(*watch);
      return;
    }
  }
  timer_.set_after(pause_);
  pause_ = std::min(pause_ * 2, kPauseMax);
}

void ToDevice::take_state(graph::Element& from) {
  auto& old = static_cast<ToDevice&>(from);
  count_ = old.count_;
  drops_ = old.drops_;
  pulls_ = old.pulls_;
  waiting_ = old.waiting_;
  first_ = std::exchange(old.first_, 0);
  end_ = std::exchange(old.end_, 0);
}

void ToDevice::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("count", [this] { return count_; });
  handlers.value("drops", [this] { return drops_; });
  handlers.value("pulls", [this] { return pulls_; });
  handlers.value("signal", [this] { return empty_.active() ? "true" : "false"; });
  handlers.value("q", [this] { return first_ != end_ ? "true" : "false"; });
  handlers.value("debug", [this] { return debug_ ? "true" : "false"; });
  handlers.write(
      "debug", [this](std::string_view text) { return graph::parse_handler_value(text, debug_); });
}

}  // namespace superfluid::hostgraph
