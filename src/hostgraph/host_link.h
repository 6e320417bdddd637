// SPDX-License-Identifier: Apache-2.0
// HostLink: what KernelTap, KernelTun and FromHost share: an interface of this host whose other end
// is the element. What the kernel sends on it leaves by the element's output; what is written to
// it, the kernel receives.
//
// Invariants
//   1. The interface disappears with the element, and its addresses and routes with it.
//   2. Nothing waits: packets are read in turns of a task that runs while there are some, and what
//      the kernel does not take is dropped and counted.
//
// Needs CAP_NET_ADMIN. Threads: the router's.

#pragma once

#include <optional>
#include <string>

#include "elements/ip_argument.h"
#include "graph/element.h"
#include "os/event_loop.h"
#include "os/link.h"
#include "os/tap.h"

namespace superfluid::hostgraph {

class HostLink : public graph::Element {
 public:
  void configure(graph::Arguments& arguments) final;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  bool run_task(graph::Task& task) override;
  void take_state(graph::Element& from) final;

  std::uint64_t drops() const { return drops_; }
  // Gives the packets to the kernel.
  void write(graph::Batch batch);

 protected:
  explicit HostLink(os::Tap::Kind kind) : kind_(kind) {}

  // Those of the element alone; the others follow.
  virtual void read_arguments(graph::Arguments& arguments) = 0;
  // False: the packet is none that the element sends on by output 0.
  virtual bool check_read(graph::Packet&) { return true; }
  // Where the bytes for the kernel begin; nullptr when it cannot have them.
  virtual const std::uint8_t* check_write(const graph::Packet& packet) = 0;
  // With an Ethernet header, and behind it no more than the interface carries.
  bool is_frame(const graph::Packet& packet) const;
  std::uint32_t mtu() const { return mtu_; }

  std::string wanted_link_;  // empty: the kernel chooses
  std::string address_;

 private:
  // The one whose interface this one is to take.
  HostLink* predecessor() const;
  base::Status watch();
  base::Status set_up();
  std::size_t fill(graph::Packet** into, std::size_t max, std::size_t& taken);
  graph::Packet* read_packet(bool& more);
  void complain_once(int error_number, std::string_view what, int& told);

  graph::Task reading_{*this};
  os::Tap::Kind kind_;
  std::string link_;  // as it is
  std::optional<os::Tap> tap_;
  os::Subscription watch_;  // of the tap; goes first
  std::optional<elements::AddressRange> range_;
  std::optional<net::Ipv4Address> gateway_;
  std::optional<net::MacAddress> mac_;
  std::uint32_t mtu_ = 1500;
  std::uint32_t headroom_ = graph::kHeadroom;
  std::uint32_t burst_ = graph::kBatchMax;
  base::Duration arrival_;
  std::uint64_t packets_ = 0;
  std::uint64_t drops_ = 0;
  std::uint64_t wakes_ = 0;
  int told_read_ = 0;
  int told_write_ = 0;
};

}  // namespace superfluid::hostgraph
