// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/from_device.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/endian.h"
#include "base/text.h"
#include "elements/find_ip.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "hostgraph/driver.h"

namespace superfluid::hostgraph {

using base::cat;
using graph::Batch;
using graph::Packet;

const graph::ElementClass FromDevice::kClass{"FromDevice", "0/1-2", "h/h",
                                             graph::make_element<FromDevice>};

namespace {

constexpr std::uint32_t kSnaplenMin = 14;
constexpr std::uint32_t kHeadroomMax = 8190;
constexpr std::uint32_t kAddressBytes = 12;  // both MAC addresses; a VLAN tag follows them
constexpr std::uint32_t kTagBytes = 4;

}  // namespace

void FromDevice::configure(graph::Arguments& arguments) {
  bool sniffer = true;
  std::string method = "LINUX";
  std::string filter;
  std::string encap;
  std::int64_t snaplen = options_.frame_bytes;
  std::int64_t headroom = headroom_;
  std::int64_t burst = burst_;
  arguments.required("DEVNAME", link_)
      .positional("PROMISC", options_.promiscuous)
      .positional("SNAPLEN", snaplen)
      .keyword("SNIFFER", sniffer)
      .keyword("FORCE_IP", force_ip_)
      .keyword("METHOD", method)
      .keyword("CAPTURE", method)
      .keyword("BPF_FILTER", filter)
      .keyword("PROTOCOL", options_.protocol)
      .keyword("OUTBOUND", options_.outgoing)
      .keyword("HEADROOM", headroom)
      .keyword("ENCAP", encap)
      .keyword("BURST", burst)
      .keyword("TIMESTAMP", timestamp_)
      .complete();
  if (!sniffer) {
    arguments.complain(
        "SNIFFER false is not supported; take the addresses off the interface instead");
  }
  if (!filter.empty()) {
    arguments.complain("BPF_FILTER is not supported; put an IPClassifier behind this instead");
  }
  if (method != "LINUX" && method != "PCAP") {
    arguments.complain("bad METHOD");
  }
  const auto check = [&](std::string_view name, std::int64_t value, std::int64_t least,
                         std::int64_t most) {
    if (value < least || value > most) {
      arguments.complain(cat(name, " out of range"));
    }
    return static_cast<std::uint32_t>(std::clamp(value, least, most));
  };
  options_.frame_bytes = check("SNAPLEN", snaplen, kSnaplenMin, os::PacketRing::kFrameBytesMax);
  headroom_ = check("HEADROOM", headroom, 0, kHeadroomMax);
  burst_ = check("BURST", burst, 1, graph::kTurnPacketsMax);
  if (options_.outgoing) {
    protocol_ = std::exchange(options_.protocol, std::uint16_t{0});
  }
}

FromDevice* FromDevice::predecessor() const {
  auto* before = static_cast<FromDevice*>(router().replaced(*this));
  const bool same = before != nullptr && before->link_ == link_ && before->options_ == options_;
  return same ? before : nullptr;
}

base::Status FromDevice::initialize() {
  task_.attach(schedule());
  if (predecessor() != nullptr) {
    return {};
  }
  SF_TRY(ring, os::PacketRing::open(link_, options_));
  ring_ = std::move(ring);
  return watch();
}

base::Status FromDevice::watch() {
  SF_TRY(watch, Driver::loop_of(*this).watch(ring_->fd(), {.readable = true},
                                             [this](os::Ready ready) { hear(ready); }));
  watch_ = std::move(watch);
  return {};
}

// Packets are for the next round, whose time is read then.
void FromDevice::hear(os::Ready ready) {
  if (ready.hung_up) {
    if (const auto trouble = ring_->take_trouble()) {
      router().errors().write(
          cat(name(), " :: FromDevice: ", link_, ": ", trouble->to_string(), "\n"));
    }
  }
  task_.schedule();
}

// nullptr when there is no memory.
Packet* FromDevice::with_tag_back(const os::PacketRing::Frame& frame) {
  const auto length = static_cast<std::uint32_t>(frame.bytes.size());
  Packet* const packet = pool().make(length + kTagBytes, headroom_);
  if (packet != nullptr) {
    const base::be16 tag[] = {base::be16(frame.vlan->type),
                              base::be16(frame.vlan->control_information)};
    static_assert(sizeof tag == kTagBytes);
    std::memcpy(packet->data, frame.bytes.data(), kAddressBytes);
    std::memcpy(packet->data + kAddressBytes, tag, sizeof tag);
    std::memcpy(packet->data + kAddressBytes + kTagBytes, frame.bytes.data() + kAddressBytes,
                length - kAddressBytes);
  }
  return packet;
}

Packet* FromDevice::packet_of(const os::PacketRing::Frame& frame) {
  const bool tagged = frame.vlan && ring_->is_ethernet() && frame.bytes.size() >= kSnaplenMin;
  Packet* const packet = tagged ? with_tag_back(frame) : pool().make(frame.bytes, headroom_);
  if (packet == nullptr) {
    return nullptr;
  }
  packet->notes.kind = frame.kind;
  packet->notes.timestamp = timestamp_ ? frame.since_epoch : base::Duration();
  packet->notes.extra_length =
      frame.length_on_wire -
      std::min(frame.length_on_wire, static_cast<std::uint32_t>(frame.bytes.size()));
  packet->mac = ring_->is_ethernet() ? packet->data : nullptr;
  return packet;
}

std::size_t FromDevice::fill(Packet** into, std::size_t max, std::size_t& taken) {
  const auto link =
      ring_->is_ethernet() ? elements::LinkHeader::kEthernet : elements::LinkHeader::kNone;
  std::size_t made = 0;
  for (std::size_t i = 0; i < max; ++i) {
    const auto frame = ring_->next();
    if (!frame) {
      break;
    }
    ++taken;
    if (protocol_ != 0 && frame->protocol != protocol_) {
      continue;
    }
    ++count_;
    Packet* const packet = packet_of(*frame);
    if (packet != nullptr && (!force_ip_ || elements::find_ip(*packet, link))) {
      into[made++] = packet;
      continue;
    }
    drops_ += packet == nullptr || outputs() == 1 ? 1 : 0;
    if (packet != nullptr) {
      reject(packet);
    }
  }
  return made;
}

bool FromDevice::run_task(graph::Task&) {
  std::size_t taken = 0;
  while (taken < burst_) {
    Packet* packets[graph::kBatchMax];
    const std::size_t before = taken;
    const std::size_t made = fill(packets, std::min(router().batch_max(), burst_ - taken), taken);
    if (made != 0) {
      output(0).push(Batch(packets, made));
    }
    if (taken == before) {
      task_.unschedule();
      break;
    }
  }
  return taken != 0;
}

void FromDevice::take_state(graph::Element& from) {
  auto& old = static_cast<FromDevice&>(from);
  count_ = old.count_;
  drops_ = old.drops_;
  if (predecessor() == nullptr) {
    return;
  }
  old.watch_.reset();
  old.task_.unschedule();
  ring_ = std::exchange(old.ring_, std::nullopt);
  if (const base::Status status = watch(); !status) {
    router().errors().write(cat(name(), " :: FromDevice: ", status.error().to_string(), "\n"));
  }
  task_.schedule();
}

void FromDevice::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("count", [this] { return count_; });
  handlers.value("drops", [this] { return drops_; });
  handlers.value("kernel_drops", [this] { return ring_ ? ring_->drops() : 0; });
  handlers.value("encap", [this] { return !ring_ || ring_->is_ethernet() ? "ETHER" : "IP"; });
  handlers.write("reset_counts", [this](std::string_view) -> base::Status {
    count_ = 0;
    return {};
  });
}

}  // namespace superfluid::hostgraph
