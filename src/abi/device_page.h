// SPDX-License-Identifier: Apache-2.0
// The device page: everything that an instance is told about itself. One page, written by the
// toolstack before the guest runs; nothing is looked up, negotiated or probed.
//
// Written by the host alone. The guest reads it when it boots and again each time `incarnation` has
// changed: behind READY, in a clone, after a restore. Only the words of Live change while it runs.
//
// Time: the guest's monotonic clock is
//     ns = clock_base_ns + ((tsc - clock_base_tsc) * clock_mult >> 32)
// in 128 bits; its time of day is epoch_base_ns + (ns - clock_base_ns). A clone's clock goes on
// where its image's stood, so that timers keep their distance; the time of day is the host's.

#pragma once

#include "abi/machine.h"

namespace superfluid::abi {

inline constexpr std::uint32_t kDeviceMagic = 0x31504453;  // "SDP1"
inline constexpr std::size_t kPortsMax = 8;
inline constexpr std::size_t kPortNameBytes = 16;
inline constexpr std::size_t kNameBytes = 64;

// Which side of a memif connection the guest is (abi/ring.h).
enum class PortRole : std::uint8_t {
  kNone = 0,
  kClient = 1,  // the buffers are the guest's to lend: it fills what it sends, posts what it takes
  kServer = 2,
};

struct DevicePort {
  char name[kPortNameBytes];  // as the graph calls it, "eth0"; ends with a zero byte
  std::uint8_t mac[6];
  std::uint16_t mtu;
  std::uint8_t ipv4[4];  // zeros: none
  std::uint8_t ipv4_gateway[4];
  std::uint8_t ipv6[16];
  std::uint8_t ipv6_gateway[16];
  std::uint8_t ipv4_prefix;
  std::uint8_t ipv6_prefix;
  PortRole role;
  std::uint8_t doorbell;  // Exit::kDoorbell + n; 0: the monitor is the other side, and looks itself
  std::uint32_t slots;    // of each ring, a power of two
  std::uint64_t window;   // address of the window, in whole pages
  std::uint64_t window_bytes;
  std::uint64_t reserved[5];
};
static_assert(sizeof(DevicePort) == 128);
static_assert(offsetof(DevicePort, slots) == 68);
static_assert(offsetof(DevicePort, window) == 72);

// The only words here that change while the guest runs.
struct Live {
  std::uint32_t console_taken;     // bytes of the console that were read, ever
  std::uint32_t mailbox_request;   // number of the last request (abi/mailbox.h)
  std::uint32_t mailbox_fragment;  // of that request, the fragments there are
  std::uint32_t reserved[13];
};
static_assert(sizeof(Live) == 64);

struct DevicePage {
  std::uint32_t magic;        // kDeviceMagic
  std::uint16_t version;      // kAbiVersion
  std::uint16_t bytes;        // sizeof(DevicePage)
  std::uint32_t incarnation;  // counts how often the page was written for another life
  std::uint32_t features;     // Feature

  std::uint64_t clock_base_tsc;
  std::uint64_t clock_base_ns;
  std::uint64_t clock_mult;
  std::uint64_t epoch_base_ns;

  std::uint8_t random_seed[32];
  std::uint8_t instance_id[16];
  char name[kNameBytes];  // ends with a zero byte

  std::uint64_t ram_bytes;     // from kRamBase
  std::uint64_t text_address;  // the graph's text, inside RAM, behind the image
  std::uint64_t text_bytes;
  char text_name[kNameBytes];  // what errors call it, "firewall.click"

  std::uint32_t port_count;
  std::uint32_t reserved[7];
  std::uint64_t behind_identity[93];
  DevicePort ports[kPortsMax];
  std::uint64_t behind_ports[128];
  Live live;
  std::uint64_t behind_live[120];
};
static_assert(offsetof(DevicePage, clock_base_tsc) == 16);
static_assert(offsetof(DevicePage, random_seed) == 48);
static_assert(offsetof(DevicePage, ram_bytes) == 160);
static_assert(offsetof(DevicePage, port_count) == 248);
static_assert(offsetof(DevicePage, ports) == 1024);
static_assert(offsetof(DevicePage, live) == 3072);
static_assert(sizeof(DevicePage) == kPageBytes);

}  // namespace superfluid::abi
