// SPDX-License-Identifier: Apache-2.0
// Ports: all ports of an instance, for its elements (FromDevice, ToDevice) and for the names of its
// graph: `eth0`, `eth0:eth`, `eth0:gw` mean a port's addresses as an interface's do on a host.
//
// While the graph is built, ports are names and addresses. Their rings are opened when a life
// begins, at the place where its device page has them, and anew in each further life.
//
// Threads: the guest's.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/names.h"
#include "graph/router.h"
#include "guest/exits.h"
#include "guest/memory.h"
#include "guest/port.h"

namespace superfluid::guest {

// An element that receives from a port.
class PortReader {
 public:
  virtual ~PortReader() = default;
  // There may be frames.
  virtual void look() = 0;
};

// An element that waits for room in a port's ring.
class PortWriter {
 public:
  virtual ~PortWriter() = default;
  virtual void try_again() = 0;
};

class Ports final : public graph::Host, public graph::InterfaceSource {
 public:
  static constexpr std::size_t kNoPort = SIZE_MAX;

  Ports(const Memory& memory, Exits& exits) : memory_(memory), exits_(exits) {}

  // Those of the router's guest. REQUIRES: it has one, as where elements of this room are known.
  static Ports& of(const graph::Router& router);

  // By its name, or by its number.
  std::optional<std::size_t> find(std::string_view name) const;
  // "this instance's ports are eth0 and eth1", for errors.
  std::string known() const;
  std::string_view name(std::size_t port) const;
  std::size_t count() const;
  net::MacAddress mac(std::size_t port) const;
  Port& operator[](std::size_t port) { return ports_[port]; }
  Exits& exits() { return exits_; }

  // In a graph that is being configured, whether an element of this class before it has its port.
  template <typename PortElement>
  static bool has_twin(const PortElement& element);
  // Instead of the one there was.
  void set_reader(std::size_t port, PortReader& reader) { readers_[port] = &reader; }
  void remove_reader(const PortReader& reader);
  // Until the host was let in, or until another life begins.
  void wait_for_room(PortWriter& writer) { waiting_.push_back(&writer); }
  void wait_for_life(PortWriter& writer) { stranded_.push_back(&writer); }
  void stop_waiting(const PortWriter& writer);

  // A life begins; the console tells of ports whose page is wrong.
  void open(graph::TextSink& console);
  // Between two rounds: readers look, what nobody reads is dropped. True when that was some.
  bool poll();
  // A port's other side is the monitor.
  bool has_served() const;
  // Frames may come while the guest runs.
  bool has_peers() const;
  bool is_room_wanted() const { return !waiting_.empty(); }
  void tell_room() { tell(waiting_); }
  bool may_sleep();
  void awake();
  // Says once of each port that its other side broke the rules.
  void tell_broken(graph::TextSink& console);
  // Frames that came, in all lives; who idles looks whether it has changed.
  std::uint64_t frames() const { return frames_; }
  void count_frames(std::size_t frames) { frames_ += frames; }

  std::vector<std::pair<std::string, graph::Names::Meanings>> interfaces() override;
  std::optional<net::Ipv4Address> gateway(std::string_view interface) override;
  // Whether the graph looked for ports among its names.
  bool was_asked() const { return asked_; }
  // What it depends on: ports as they are now, without what only their rings are about.
  struct Identity {
    std::uint32_t count = 0;
    std::array<abi::DevicePort, abi::kPortsMax> ports{};

    bool same_names(const Identity& other) const;
    bool same_addresses(const Identity& other) const;
  };
  Identity identity() const;

 private:
  static constexpr std::size_t kDropsPerTurn = 256;

  static void tell(std::vector<PortWriter*>& writers);
  const abi::DevicePort& page(std::size_t port) const { return memory_.device_page().ports[port]; }

  Memory memory_;
  Exits& exits_;
  std::array<Port, abi::kPortsMax> ports_;
  std::array<PortReader*, abi::kPortsMax> readers_{};
  std::array<bool, abi::kPortsMax> told_broken_{};
  std::vector<PortWriter*> waiting_;
  std::vector<PortWriter*> stranded_;
  std::uint64_t frames_ = 0;
  bool asked_ = false;
};

template <typename PortElement>
bool Ports::has_twin(const PortElement& element) {
  for (const auto& other : element.router().elements()) {
    if (other.get() == &element) {
      break;
    }
    if (&other->element_class() == &PortElement::kClass &&
        static_cast<const PortElement&>(*other).port() == element.port()) {
      return true;
    }
  }
  return false;
}

}  // namespace superfluid::guest
