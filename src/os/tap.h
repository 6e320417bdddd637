// SPDX-License-Identifier: Apache-2.0
// Tap: an interface whose far end is this process. What the kernel sends on it is read here, one
// Ethernet frame per read; what is written here the kernel receives. With Kind::kIp (what others
// call a tun) there are no Ethernet headers.
//
// It appears in the namespace of the thread that opens it (NetNamespace::run) and disappears with
// its last queue. A persistent one was made before, stays behind, and is attached to by its name:
// so who made it may be privileged, and who uses it is not.
//
// Threads: one per queue. The queues never block; wait for them in an EventLoop.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/unique_fd.h"

namespace superfluid::os {

class Tap {
 public:
  static constexpr unsigned kQueuesMax = 256;
  // Bytes before every frame with `vnet_header`: struct virtio_net_hdr_v1.
  static constexpr std::size_t kVnetHeaderBytes = 12;

  enum class Kind : unsigned char { kEthernet, kIp };

  struct Options {
    Kind kind = Kind::kEthernet;
    unsigned queues = 1;       // the kernel spreads flows over them
    bool vnet_header = false;  // frames carry their offloads, for guests that speak virtio
  };

  struct Persistence {
    Kind kind = Kind::kEthernet;
    bool many_queues = false;            // attach with Options::queues > 1
    std::optional<unsigned> owner = {};  // user who may attach without privileges
  };

  // Without a name the kernel chooses one. kConflict when another process holds an interface of
  // this name, kNotPermitted without CAP_NET_ADMIN.
  static base::Result<Tap> open(const std::string& name, Options options);

  // To one that persists; makes none. kNotFound where there is none, kInvalid when it is of another
  // kind or has not so many queues, kConflict when another process is attached to it.
  static base::Result<Tap> attach(const std::string& name, Options options);

  // Makes one, down and with nobody attached. kConflict when there is an interface of this name.
  static base::Status make_persistent(const std::string& name, const Persistence& persistence);
  // Takes it away. kConflict while a process is attached to one of a single queue.
  static base::Status remove_persistent(const std::string& name, const Persistence& persistence);

  const std::string& name() const { return name_; }
  std::size_t queues() const { return queues_.size(); }
  int queue(std::size_t i) const { return queues_[i].get(); }

 private:
  Tap(std::string name, std::vector<UniqueFd> queues)
      : name_(std::move(name)), queues_(std::move(queues)) {}

  std::string name_;
  std::vector<UniqueFd> queues_;
};

}  // namespace superfluid::os
