// SPDX-License-Identifier: Apache-2.0
#include "vmm/monitor_ports.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace superfluid::vmm {
namespace {

// A descriptor that answers nothing but errors is looked at no more: its link is gone.
constexpr std::uint32_t kErrorsMax = 16;
constexpr std::uint32_t kHeadersBytes = 14 + 4;  // Ethernet, a tag

bool is_served_here(PortLink::Kind kind) {
  return kind == PortLink::Kind::kTap || kind == PortLink::Kind::kPacket;
}

std::uint32_t pieces_for(std::uint16_t mtu) {
  const std::uint32_t bytes = std::min(mtu + kHeadersBytes, abi::kFrameBytesMax);
  return (bytes + abi::kBufferBytes - 1) / abi::kBufferBytes;
}

}  // namespace

base::Status MonitorPorts::connect(Shell& shell, abi::DevicePage& page, ConnectedPorts ports) {
  disconnect();
  if (page.port_count > shell.size().ports) {
    return base::fail(
        base::ErrorCode::kInvalid,
        base::cat("a function of ", page.port_count, " ports in a shell of ", shell.size().ports));
  }
  ports_ = std::move(ports);
  for (std::uint32_t i = 0; i < page.port_count; ++i) {
    abi::DevicePort& port = page.ports[i];
    ConnectedPort& link = ports_[i];
    mtu_[i] = port.mtu;
    port.doorbell = 0;
    if (link.kind == PortLink::Kind::kNone) {
      port.role = abi::PortRole::kNone;
    } else if (is_served_here(link.kind)) {
      port.role = abi::PortRole::kClient;
    } else {
      SF_CHECKED(shell.share_window(i, link.fd.get()));
      link.fd.reset();
      if (link.doorbell) {
        SF_CHECKED(shell.connect_doorbell(i, link.doorbell.get()));
        link.doorbell.reset();
        port.doorbell = static_cast<std::uint8_t>(static_cast<unsigned>(abi::Exit::kDoorbell) + i);
      }
    }
  }
  renew(shell);
  return {};
}

void MonitorPorts::renew(Shell& shell) {
  for (std::uint32_t i = 0; i < shell.size().ports; ++i) {
    served_[i].reset();
    if (is_served_here(ports_[i].kind)) {
      const base::ByteSpan memory = shell.window(i);
      const abi::Window window{
          .base = memory.data(), .bytes = memory.size(), .slots = shell.size().slots};
      served_[i].emplace(Served{.fd = ports_[i].fd.get(),
                                .pieces = pieces_for(mtu_[i]),
                                .out = abi::RingConsumer<abi::Side::kServer>(window),
                                .in = abi::RingProducer<abi::Side::kServer>(window)});
    }
  }
}

void MonitorPorts::disconnect() {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    served_[i].reset();
    ports_[i] = {};
  }
  has_sent_ = false;
}

bool MonitorPorts::serve() {
  bool moved = false;
  for (std::optional<Served>& port : served_) {
    if (port) {
      moved |= send_out(*port);
      moved |= take_in(*port);
    }
  }
  return moved;
}

bool MonitorPorts::send_out(Served& port) {
  std::size_t frames = 0;
  while (frames < kFramesPerTurn) {
    const auto frame = port.out.next();
    if (!frame) {
      break;
    }
    ++frames;
    std::array<iovec, abi::kPiecesMax> parts;
    for (std::uint32_t i = 0; i < frame->count; ++i) {
      // rules: allow const-cast: iovec serves reading and writing alike; writev() only reads
      parts[i] = {.iov_base = const_cast<std::uint8_t*>(frame->pieces[i].data()),
                  .iov_len = frame->pieces[i].size()};
    }
    if (::writev(port.fd, parts.data(), static_cast<int>(frame->count)) >= 0) {
      has_sent_ = true;
    }
  }
  port.out.release();
  return frames > 0;
}

bool MonitorPorts::take_in(Served& port) {
  std::size_t frames = 0;
  port.is_full = false;
  while (frames < kFramesPerTurn && port.errors < kErrorsMax) {
    std::array<std::span<std::uint8_t>, abi::kPiecesMax> buffers;
    const std::size_t there = port.in.reserve(std::span(buffers).first(port.pieces));
    if (there < port.pieces) {
      port.is_full = true;
      break;
    }
    std::array<iovec, abi::kPiecesMax> parts;
    for (std::size_t i = 0; i < there; ++i) {
      parts[i] = {.iov_base = buffers[i].data(), .iov_len = buffers[i].size()};
    }
    const ssize_t got = ::readv(port.fd, parts.data(), static_cast<int>(there));
    if (got <= 0) {
      const bool is_error = got < 0 && errno != EAGAIN && errno != EINTR;
      port.errors = is_error ? port.errors + 1 : 0;
      break;
    }
    port.errors = 0;
    // A longer one was cut by the kernel to what there is room for.
    port.in.commit(static_cast<std::uint32_t>(
        std::min<std::size_t>(static_cast<std::size_t>(got), abi::kFrameBytesMax)));
    ++frames;
  }
  // Whether it wants to be woken is no question: it is not running, and will be.
  (void)port.in.publish();
  return frames > 0;
}

void MonitorPorts::add_to(std::vector<pollfd>& watched) const {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const std::optional<Served>& port = served_[i];
    if (port && !port->is_full && !port->in.broken() && port->errors < kErrorsMax) {
      watched.push_back({.fd = port->fd, .events = POLLIN, .revents = 0});
    } else if (ports_[i].wake) {
      watched.push_back({.fd = ports_[i].wake.get(), .events = POLLIN, .revents = 0});
    }
  }
}

bool MonitorPorts::take_rings() {
  bool rang = false;
  for (const ConnectedPort& port : ports_) {
    std::uint64_t count = 0;
    rang |= port.wake && ::read(port.wake.get(), &count, sizeof count) == sizeof count;
  }
  return rang;
}

}  // namespace superfluid::vmm
