// SPDX-License-Identifier: Apache-2.0
// Tap: an interface whose far end is this process. What the kernel sends on it is read here, one
// Ethernet frame per read; what is written here the kernel receives. With Kind::kIp (what others
// call a tun) there are no Ethernet headers.
//
// It appears in the namespace of the thread that opens it (NetNamespace::run) and disappears with
// its last queue.
//
// Threads: one per queue. The queues never block; wait for them in an EventLoop.

#pragma once

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

  // Without a name the kernel chooses one. kConflict when another process holds an interface of
  // this name, kNotPermitted without CAP_NET_ADMIN.
  static base::Result<Tap> open(const std::string& name, Options options);

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
