// SPDX-License-Identifier: Apache-2.0
#include "guest/from_device.h"

#include <algorithm>

#include "base/text.h"
#include "elements/find_ip.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::guest {

using base::cat;
using graph::Batch;
using graph::Packet;
using graph::PacketKind;

const graph::ElementClass FromDevice::kClass{"FromDevice", "0/1-2", "h/h",
                                             graph::make_element<FromDevice>};

namespace {

constexpr std::int64_t kSnaplenMin = 14;
constexpr std::int64_t kSnaplenMax = 65'535;
constexpr std::int64_t kHeadroomMax = 8190;
constexpr std::uint32_t kMacBytes = 6;
constexpr std::uint32_t kTypeAt = 2 * kMacBytes;

PacketKind kind_of(const Packet& packet, const net::MacAddress& own) {
  if (packet.length < kMacBytes) {
    return PacketKind::kToHost;
  }
  const std::span to(packet.data, kMacBytes);
  if ((to[0] & 1) != 0) {
    return std::ranges::all_of(to, [](std::uint8_t byte) { return byte == 0xff; })
               ? PacketKind::kBroadcast
               : PacketKind::kMulticast;
  }
  return std::ranges::equal(to, own.bytes) ? PacketKind::kToHost : PacketKind::kOtherHost;
}

bool is_of(const Packet& packet, std::uint16_t protocol) {
  return packet.length >= kTypeAt + 2 &&
         (packet.data[kTypeAt] << 8 | packet.data[kTypeAt + 1]) == protocol;
}

}  // namespace

FromDevice::~FromDevice() { Ports::of(router()).remove_reader(*this); }

void FromDevice::configure(graph::Arguments& arguments) {
  std::string device;
  std::string method = "LINUX";
  bool any = true;
  std::int64_t snaplen = taking_.snap_bytes;
  std::int64_t headroom = taking_.headroom;
  std::int64_t burst = burst_;
  std::string filter;
  std::string encap;
  arguments.required("DEVNAME", device)
      .positional("PROMISC", any)
      .positional("SNAPLEN", snaplen)
      .keyword("SNIFFER", any)
      .keyword("FORCE_IP", force_ip_)
      .keyword("METHOD", method)
      .keyword("CAPTURE", method)
      .keyword("BPF_FILTER", filter)
      .keyword("PROTOCOL", protocol_)
      .keyword("OUTBOUND", any)
      .keyword("HEADROOM", headroom)
      .keyword("ENCAP", encap)
      .keyword("BURST", burst)
      .keyword("TIMESTAMP", timestamp_)
      .complete();
  if (!filter.empty()) {
    arguments.complain("BPF_FILTER is not supported; put an IPClassifier behind this instead");
  }
  const auto check = [&](std::string_view name, std::int64_t value, std::int64_t least,
                         std::int64_t most) {
    if (value < least || value > most) {
      arguments.complain(cat(name, " out of range"));
    }
    return static_cast<std::uint32_t>(std::clamp(value, least, most));
  };
  taking_.snap_bytes = check("SNAPLEN", snaplen, kSnaplenMin, kSnaplenMax);
  taking_.headroom = check("HEADROOM", headroom, 0, kHeadroomMax);
  burst_ = check("BURST", burst, 1, graph::kTurnPacketsMax);
  const Ports& ports = Ports::of(router());
  const auto port = ports.find(device);
  if (!port) {
    if (!device.empty()) {
      arguments.complain(cat("no port '", base::escape(device), "'; ", ports.known()));
    }
    return;
  }
  port_ = *port;
  if (Ports::has_twin(*this)) {
    arguments.complain(cat("duplicate reader for device '", base::escape(device),
                           "'; put a Tee behind the other"));
  }
}

base::Status FromDevice::initialize() {
  task_.attach(schedule());
  return {};
}

std::size_t FromDevice::note(Packet** packets, std::size_t count) {
  const net::MacAddress own = Ports::of(router()).mac(port_);
  const base::Duration now = timestamp_ ? schedule().time_of_day() : base::Duration();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Packet* const packet = packets[i];
    if (protocol_ != 0 && !is_of(*packet, protocol_)) {
      release(packet);
      continue;
    }
    ++count_;
    packet->notes.kind = static_cast<std::uint8_t>(kind_of(*packet, own));
    packet->notes.timestamp = now;
    packet->mac = packet->data;
    if (!force_ip_ || elements::find_ip(*packet, elements::LinkHeader::kEthernet)) {
      packets[kept++] = packet;
      continue;
    }
    drops_ += outputs() == 1 ? 1 : 0;
    reject(packet);
  }
  return kept;
}

bool FromDevice::run_task(graph::Task&) {
  Ports& ports = Ports::of(router());
  Port& port = ports[port_];
  std::size_t frames = 0;
  while (frames < burst_) {
    Packet* packets[graph::kBatchMax];
    const Port::Taken taken =
        port.receive(pool(), taking_, packets, std::min(router().batch_max(), burst_ - frames));
    if (taken.frames == 0) {
      task_.unschedule();
      break;
    }
    frames += taken.frames;
    drops_ += taken.frames - taken.packets;
    const std::size_t kept = note(packets, taken.packets);
    if (kept != 0) {
      output(0).push(Batch(packets, kept));
    }
  }
  ports.count_frames(frames);
  return frames != 0;
}

void FromDevice::take_state(graph::Element& from) {
  const auto& old = static_cast<FromDevice&>(from);
  count_ = old.count_;
  drops_ = old.drops_;
}

void FromDevice::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("count", [this] { return count_; });
  handlers.value("drops", [this] { return drops_; });
  handlers.value("kernel_drops", [] { return 0; });
  handlers.value("encap", [] { return "ETHER"; });
  handlers.write("reset_counts", [this](std::string_view) -> base::Status {
    count_ = 0;
    return {};
  });
}

}  // namespace superfluid::guest
