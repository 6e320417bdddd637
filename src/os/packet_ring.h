// SPDX-License-Identifier: Apache-2.0
// PacketRing: the frames of one interface, in memory that the kernel fills, without a system call
// per frame. PacketSender: frames to one interface, many per system call.
//
//   SF_TRY(ring, PacketRing::open("eth0", {}));
//   while (const auto frame = ring.next()) { ... }      then wait for ring.fd() in an EventLoop
//
// Invariants
//   1. No call here waits.
//   2. A frame's bytes are valid until the next call of next(); what the ring has no room for, the
//      kernel drops and counts.
//   3. An interface that goes down or away is told once, by take_trouble() when fd() is told as
//      hung up, and by send() for each frame. One that comes up again is received from again; one
//      that was removed is not, whatever is made under its name.
//
// Version 2 of the kernel's ring: version 3 packs frames more tightly, but a frame waits until its
// block is full or a timer of milliseconds retires it, and that timer ticks while nothing comes.
//
// Both need CAP_NET_RAW, and are opened in the namespace of the calling thread.
//
// Threads: one each.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "os/mapping.h"
#include "os/unique_fd.h"

namespace superfluid::os {

class PacketRing {
 public:
  static constexpr std::uint32_t kFrameBytesMax = 65535;

  struct Options {
    bool promiscuous = false;          // frames for other hosts too
    bool outgoing = false;             // what this host sends, too
    std::uint32_t frame_bytes = 2046;  // longer ones are cut
    std::uint16_t protocol = 0;        // of the link layer, 0: all; not with `outgoing`
    base::ByteCount memory = base::mib(8);

    friend bool operator==(const Options&, const Options&) = default;
  };
  struct Frame {
    base::ByteView bytes;
    std::uint32_t length_on_wire;
    base::Duration since_epoch;
    std::uint16_t protocol;  // of the link layer
    std::uint8_t kind;       // to this host, broadcast, multicast, to another, outgoing
    // The tag that the kernel took out behind the addresses.
    struct VlanTag {
      std::uint16_t type;
      std::uint16_t control_information;
    };
    std::optional<VlanTag> vlan;
  };

  static base::Result<PacketRing> open(const std::string& link, const Options& options);

  int fd() const { return fd_.get(); }
  // False: frames begin with the IP header, as on a tun interface.
  bool is_ethernet() const { return is_ethernet_; }

  // The next frame that is there.
  std::optional<Frame> next();
  // Frames that found no room since the ring was opened.
  std::uint64_t drops();
  // Why the kernel told of the descriptor without a frame, if it has a reason.
  std::optional<base::Error> take_trouble();

 private:
  PacketRing() = default;
  base::Status map(const Options& options);
  std::uint8_t* header(std::uint32_t frame) const;
  void give_back();

  UniqueFd fd_;
  Mapping memory_;
  std::uint32_t frames_ = 0;
  std::uint32_t frame_bytes_ = 0;
  std::uint32_t slot_bytes_ = 0;
  std::uint32_t block_bytes_ = 0;
  std::uint32_t next_ = 0;
  bool holds_one_ = false;  // the frame before next_ is the caller's
  bool is_ethernet_ = true;
  std::uint64_t drops_ = 0;
};

class PacketSender {
 public:
  static constexpr std::size_t kFramesMax = 64;  // of one call

  enum class Stopped : unsigned char {
    kNot,      // all went
    kBusy,     // wait until fd() is writable, or some time
    kRefused,  // the frame after those that went; the next may be taken
  };
  struct Sent {
    std::size_t count;
    Stopped stopped;
    int error_number;  // errno, unless kNot
  };

  static base::Result<PacketSender> open(const std::string& link);

  int fd() const { return fd_.get(); }

  // In order, until one does not go.
  Sent send(std::span<const base::ByteView> frames);

 private:
  explicit PacketSender(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace superfluid::os
