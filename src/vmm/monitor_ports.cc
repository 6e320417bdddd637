// SPDX-License-Identifier: Apache-2.0
#include "vmm/monitor_ports.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "os/event_fd.h"

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
      served_[i].emplace(Served{.device = ports_[i].kind == PortLink::Kind::kTap
                                              ? os::FrameDevice::kTap
                                              : os::FrameDevice::kPacketSocket,
                                .fd = ports_[i].fd.get(),
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
  std::array<std::array<base::ByteView, abi::kPiecesMax>, kFramesPerTurn> pieces;
  std::array<os::FramePieces, kFramesPerTurn> batch;
  std::size_t count = 0;
  while (count < kFramesPerTurn) {
    const auto frame = port.out.next();
    if (!frame) {
      break;
    }
    std::ranges::copy(frame->pieces, pieces[count].begin());
    batch[count] = std::span(pieces[count]).first(frame->count);
    ++count;
  }
  if (count > 0) {
    // What a busy device leaves is dropped with the rest.
    const auto sent = os::write_frames(port.device, port.fd, std::span(batch).first(count));
    has_sent_ = has_sent_ || sent.done > sent.refused;
  }
  port.out.release();
  return count > 0;
}

bool MonitorPorts::take_in(Served& port) {
  std::size_t frames = 0;
  port.is_full = false;
  while (frames < kFramesPerTurn && port.errors < kErrorsMax) {
    std::array<base::ByteSpan, abi::kReservedMax> buffers;
    const std::size_t wanted = port.pieces == 1 ? buffers.size() : port.pieces;
    const std::size_t there = port.in.reserve(std::span(buffers).first(wanted));
    if (there < port.pieces) {
      port.is_full = true;
      break;
    }
    // A frame takes as many buffers as it needs, and the next begins behind them: where a frame may
    // need several, it is taken before the next has its place.
    std::array<os::FrameRoom, abi::kReservedMax> rooms;
    const std::size_t places = port.pieces == 1 ? there : 1;
    for (std::size_t i = 0; i < places; ++i) {
      rooms[i].pieces = std::span(buffers).subspan(i, port.pieces);
    }
    const auto got = os::read_frames(port.device, port.fd, std::span(rooms).first(places));
    port.errors = got.done == 0 && got.error_number != 0 ? port.errors + 1 : 0;
    for (std::size_t i = 0; i < got.done; ++i) {
      port.in.commit(static_cast<std::uint32_t>(rooms[i].length));
    }
    frames += got.done;
    if (got.done < places) {
      break;
    }
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
    rang |= port.wake && os::EventFd::take(port.wake.get());
  }
  return rang;
}

}  // namespace superfluid::vmm
