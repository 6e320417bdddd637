// SPDX-License-Identifier: Apache-2.0
// The guest page: what a guest says of itself. Written by the guest alone; the host copies what it
// needs out once, and believes none of it: a state picks one of a few words, counters are shown, a
// message is escaped, a length is cut to its limit.

#pragma once

#include "abi/device_page.h"

namespace superfluid::abi {

inline constexpr std::size_t kMessageBytes = 2048;
inline constexpr std::uint64_t kNoDeadline = ~0ull;

enum class GuestState : std::uint32_t {
  kBooting = 0,
  kReady = 1,
  kLive = 2,
  kEnded = 3,
};

struct PortCounters {
  std::uint64_t packets_in;
  std::uint64_t bytes_in;
  std::uint64_t packets_out;
  std::uint64_t bytes_out;
  std::uint64_t drops_full;    // to be sent, when the ring had no room
  std::uint64_t drops_bad;     // received with descriptors that break the rules, or too long
  std::uint64_t drops_memory;  // received when there was no memory for a packet
  std::uint64_t drops_unread;  // received on a port that no element reads
};
static_assert(sizeof(PortCounters) == 64);

struct GuestPage {
  std::uint32_t version;  // kAbiVersion
  GuestState state;
  std::uint32_t flags;               // GuestFlag
  std::uint32_t incarnation;         // of the device page that it lives by
  std::uint32_t console_written;     // bytes, ever
  std::uint32_t console_dropped;     // bytes, for which the host made no room
  std::uint32_t mailbox_answered;    // number of the last request that was answered
  std::uint32_t mailbox_fragment;    // of that answer, the fragments there are
  std::uint64_t sleep_until_ns;      // by the guest's clock; kNoDeadline: no timer is set
  std::uint64_t heap_bytes;          // memory that the guest can give out
  std::uint64_t heap_used;           // of that, given out now
  std::uint64_t heap_used_max;       // and at most, ever
  std::uint64_t rounds;              // of the graph
  std::uint64_t sleeps;
  std::uint32_t message_bytes;
  std::uint32_t reserved[107];
  PortCounters ports[kPortsMax];
  std::uint64_t behind_ports[128];
  char message[kMessageBytes];
};

static_assert(offsetof(GuestPage, sleep_until_ns) == 32);
static_assert(offsetof(GuestPage, message_bytes) == 80);
static_assert(offsetof(GuestPage, ports) == 512);
static_assert(offsetof(GuestPage, message) == 2048);
static_assert(sizeof(GuestPage) == kPageBytes);

// What a guest knows about its image when it says READY.
enum GuestFlag : std::uint32_t {
  // The graph asked for addresses of ports: a clone with others builds it anew, which takes longer.
  kGuestUsesAddresses = 1 << 0,
};

}  // namespace superfluid::abi
