// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/host_link.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "hostgraph/driver.h"
#include "net/ether.h"
#include "os/errno.h"
#include "os/netlink.h"

namespace superfluid::hostgraph {

using base::cat;
using graph::Batch;
using graph::Packet;

namespace {

constexpr std::uint32_t kMtuMin = 68;  // what IPv4 asks of a link
constexpr std::uint32_t kMtuMax = 65'535;
constexpr std::uint32_t kHeadroomMax = 8192;
constexpr std::uint32_t kLinkBytes = 18;  // Ethernet header with a VLAN tag

os::IpAddress ip_of(const net::Ipv4Address& address) {
  os::IpAddress ip;
  std::ranges::copy(address.bytes, ip.octets.begin());
  return ip;
}

}  // namespace

void HostLink::configure(graph::Arguments& arguments) {
  bool ignore_overflows = false;
  std::uint32_t burst = burst_;
  read_arguments(arguments);
  arguments.positional("GATEWAY", gateway_)
      .keyword("BURST", burst)
      .keyword("HEADROOM", headroom_)
      .keyword("ETHER", mac_)
      .keyword("MTU", mtu_)
      .keyword("IGNORE_QUEUE_OVERFLOWS", ignore_overflows)
      .complete();
  if (!arguments.complaints().empty()) {
    return;
  }
  if (!address_.empty()) {
    range_ = elements::read_range(address_, this);
    if (!range_ || !elements::prefix_length(range_->mask)) {
      arguments.complain(cat("'", base::escape(address_), "' is not an address and its network"));
      return;
    }
  }
  const auto network = [&](const net::Ipv4Address& a) { return a.host() & range_->mask.host(); };
  if (gateway_ && (!range_ || network(*gateway_) != network(range_->address))) {
    arguments.complain("bad GATEWAY");
  }
  if (burst == 0 || burst > graph::kTurnPacketsMax) {
    arguments.complain("BURST out of range");
  }
  if (mtu_ < kMtuMin || mtu_ > kMtuMax) {
    arguments.complain("MTU out of range");
  }
  if (headroom_ > kHeadroomMax) {
    arguments.complain("HEADROOM too big");
  }
  burst_ = burst;
}

HostLink* HostLink::predecessor() const {
  auto* before = static_cast<HostLink*>(router().replaced(*this));
  const bool same = before != nullptr && before->wanted_link_ == wanted_link_ &&
                    before->range_ == range_ && before->gateway_ == gateway_ &&
                    before->mac_ == mac_ && before->mtu_ == mtu_;
  return same ? before : nullptr;
}

base::Status HostLink::initialize() {
  reading_.attach(schedule());
  if (predecessor() != nullptr) {
    return {};
  }
  SF_TRY(tap, os::Tap::open(wanted_link_, {.kind = kind_}));
  tap_ = std::move(tap);
  link_ = tap_->name();
  SF_CHECKED(set_up());
  return watch();
}

base::Status HostLink::watch() {
  SF_TRY(watch, Driver::loop_of(*this).watch(tap_->queue(0), {.readable = true}, [this](os::Ready) {
    ++wakes_;
    reading_.schedule();
  }));
  watch_ = std::move(watch);
  return {};
}

void HostLink::take_state(graph::Element& from) {
  auto& old = static_cast<HostLink&>(from);
  packets_ = old.packets_;
  drops_ = old.drops_;
  if (predecessor() == nullptr) {
    return;
  }
  old.watch_.reset();
  old.reading_.unschedule();
  tap_ = std::exchange(old.tap_, std::nullopt);
  link_ = old.link_;
  if (const base::Status status = watch(); !status) {
    router().errors().write(cat(name(), ": ", status.error().to_string(), "\n"));
  }
  reading_.schedule();
}

base::Status HostLink::set_up() {
  SF_TRY(here, os::NetNamespace::current());
  SF_TRY(netlink, os::NetlinkSocket::open(here));
  if (mac_ && kind_ == os::Tap::Kind::kEthernet) {
    SF_CHECKED(netlink.set_hardware_address(link_, mac_->bytes));
  }
  SF_CHECKED(netlink.set_mtu(link_, mtu_));
  if (range_) {
    SF_CHECKED(netlink.add_address(link_, {.address = ip_of(range_->address),
                                           .length = *elements::prefix_length(range_->mask)}));
  }
  SF_CHECKED(netlink.set_up(link_));
  if (gateway_) {
    SF_CHECKED(netlink.add_route({.destination = {}, .gateway = ip_of(*gateway_), .link = link_}));
  }
  return {};
}

// nullptr: there is none now (`more` is false then), or it was dropped.
Packet* HostLink::read_packet(bool& more) {
  const std::uint32_t longest = mtu_ + kLinkBytes;
  // One byte more than may come shows what was cut. Without memory, packets are read all the same.
  Packet* const packet = pool().make(longest + 1, headroom_);
  std::array<std::uint8_t, 1> nowhere{};
  std::uint8_t* const room = packet != nullptr ? packet->data : nowhere.data();
  const ssize_t got =
      ::read(tap_->queue(0), room, packet != nullptr ? longest + 1 : nowhere.size());
  more = got >= 0;
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) {
      complain_once(errno, "read", told_read_);
    }
  } else {
    ++packets_;
  }
  const bool whole = packet != nullptr && got > 0 && std::cmp_less_equal(got, longest);
  if (whole) {
    packet->take(longest + 1 - static_cast<std::uint32_t>(got));
    packet->notes.timestamp = arrival_;
    return packet;
  }
  drops_ += more ? 1 : 0;
  if (packet != nullptr) {
    release(packet);
  }
  return nullptr;
}

// Reads at most `max` packets, which are added to `taken`, and says how many are for output 0.
std::size_t HostLink::fill(Packet** into, std::size_t max, std::size_t& taken) {
  std::size_t made = 0;
  bool more = true;
  for (std::size_t i = 0; i < max; ++i) {
    Packet* const packet = read_packet(more);
    if (!more) {
      break;
    }
    ++taken;
    if (packet != nullptr && check_read(*packet)) {
      into[made++] = packet;
    } else if (packet != nullptr) {
      drops_ += outputs() == 1 ? 1 : 0;
      reject(packet);
    }
  }
  return made;
}

bool HostLink::run_task(graph::Task&) {
  std::size_t taken = 0;
  arrival_ = schedule().clock().since_epoch();  // of all that one turn reads
  while (taken < burst_) {
    Packet* packets[graph::kBatchMax];
    const std::size_t before = taken;
    const std::size_t made =
        fill(packets, std::min<std::size_t>(router().batch_max(), burst_ - taken), taken);
    if (made != 0) {
      output(0).push(Batch(packets, made));
    }
    if (taken == before) {
      reading_.unschedule();
      break;
    }
  }
  return taken != 0;
}

bool HostLink::is_frame(const Packet& packet) const {
  return packet.length >= sizeof(net::EthernetHeader) &&
         packet.length - sizeof(net::EthernetHeader) <= mtu_;
}

void HostLink::write(Batch batch) {
  for (Packet* const packet : batch) {
    const std::uint8_t* const from = check_write(*packet);
    const auto length = from == nullptr
                            ? std::size_t{0}
                            : static_cast<std::size_t>(packet->data + packet->length - from);
    if (from == nullptr || ::write(tap_->queue(0), from, length) < 0) {
      ++drops_;
      complain_once(from == nullptr ? EMSGSIZE : errno, "write", told_write_);
    }
    release(packet);
  }
}

void HostLink::complain_once(int error_number, std::string_view what, int& told) {
  if (std::exchange(told, error_number) != error_number) {
    router().errors().write(cat(name(), " :: ", element_class().name, ": ", link_, ": ",
                                os::errno_error(what, error_number).to_string(), "\n"));
  }
}

void HostLink::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("dev_name", [this] { return std::string_view(link_); });
  handlers.value("packets", [this] { return packets_; });
  handlers.value("drops", [this] { return drops_; });
  handlers.value("selected_calls", [this] { return wakes_; });
}

}  // namespace superfluid::hostgraph
