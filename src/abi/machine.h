// SPDX-License-Identifier: Apache-2.0
// The machine that a guest wakes up in: where its memory lies, and the few instructions by which it
// leaves. Everything else about one instance is in its device page (abi/device_page.h).
//
// A guest runs at privilege level 3 from its first instruction, in 64 bit mode, with virtual
// addresses equal to physical ones. It takes no interrupts, has no descriptor tables, and never
// executes cpuid, syscall, hlt, cli, sti or popf. Its way out is one instruction, `out %al, $port`.
//
//   0          nothing: a null pointer faults
//   kRamBase   RAM, whose first pages are of fixed use:
//                + kDevicePageAt   the device page      host -> guest
//                + kGuestPageAt    the guest page       guest -> host (abi/guest_page.h)
//                + kConsoleAt      the console's ring   guest -> host
//                + kMailboxAt      handler requests     both ways (abi/mailbox.h)
//                + kImageAt        the image: code and data; behind it stack and heap
//                end of RAM        the text of the graph, where the device page says
//   behind RAM the windows of the ports: rings and buffers (abi/ring.h)
//   kTablesAt  page tables and task segment: the monitor's, not for the guest
//
// Invariants
//   1. RAM and windows are one range, whole pages, and end before kRangeEnd.
//   2. What the host writes while the guest runs, the guest only reads, and the other way round;
//      each word has one writer.
//   3. A change that a guest or a monitor of the version before would misread counts kAbiVersion
//      up; either refuses the other's.

#pragma once

#include <cstddef>
#include <cstdint>

namespace superfluid::abi {

inline constexpr std::uint16_t kAbiVersion = 1;

inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kLargePageBytes = 2 << 20;

inline constexpr std::uint64_t kRamBase = 2 << 20;
inline constexpr std::uint64_t kRamBytesMin = 2 << 20;
inline constexpr std::uint64_t kRamBytesMax = 960 << 20;
inline constexpr std::uint64_t kRangeEnd = 1022 << 20;

inline constexpr std::uint64_t kDevicePageAt = 0;
inline constexpr std::uint64_t kGuestPageAt = 0x1000;
inline constexpr std::uint64_t kConsoleAt = 0x2000;
inline constexpr std::uint64_t kConsoleBytes = 0x2000;
inline constexpr std::uint64_t kMailboxAt = 0x4000;
inline constexpr std::uint64_t kMailboxBytes = 0x8000;
inline constexpr std::uint64_t kImageAt = 0x10000;

inline constexpr std::uint64_t kTablesAt = 2ull << 30;

// What `out` says. The value in AL belongs to the call, where one is named.
enum class Exit : std::uint8_t {
  // Booted: the graph is whole and has not run. Here the monitor may take a snapshot. What runs on
  // behind it, in the same machine or in a clone, reads the device page anew. What vector and FPU
  // registers hold here may be lost.
  kReady = 0x10,
  // The instance has taken its identity and begins to run: the end of a start.
  kLive = 0x11,
  // The end, wished for; AL is the exit status. GuestPage::message may say more.
  kEnd = 0x12,
  // The end, not wished for; AL says of what kind, GuestPage::message why. With kPanicGraph the
  // mailbox's answer holds all that is wrong with the graph's text, a line each:
  //   error|warning|note TAB file TAB line TAB column TAB message TAB remedy
  kPanic = 0x13,
  // Nothing to do before GuestPage::sleep_until_ns, a packet, or a request.
  kSleep = 0x20,
  // Goes on at once; lets the monitor serve ports whose other side it is itself.
  kYield = 0x21,
  // The console's ring is full.
  kConsole = 0x22,
  // A request in the mailbox is answered.
  kAnswer = 0x23,
  // + n: doorbell n, where a port's other side asked to be woken. Does not reach the monitor.
  kDoorbell = 0x40,
};

inline constexpr std::uint8_t kPanicGraph = 1;   // what the user wrote is wrong
inline constexpr std::uint8_t kPanicMemory = 2;  // more memory is needed; the message says how much
inline constexpr std::uint8_t kPanicDefect = 3;  // a check() of ours failed

inline constexpr std::size_t kDoorbellsMax = 16;

// Instruction sets beyond x86-64-v2 that this host's processor and KVM offer. A guest never asks
// cpuid: that leaves to the host and back, and does not say what KVM saves and restores.
enum Feature : std::uint32_t {
  kFeatureAvx = 1 << 0,
  kFeatureAvx2 = 1 << 1,
};

// What an image file begins with; the file is loaded at kRamBase + kImageAt and entered at `entry`
// with RDI = kRamBase + kDevicePageAt, RSP = the end of the image's memory, all else zero.
struct ImageHeader {
  std::uint64_t magic;         // kImageMagic
  std::uint16_t version;       // kAbiVersion
  std::uint16_t reserved[3];   // 0
  std::uint64_t entry;         // an address inside the file's bytes
  std::uint64_t file_bytes;    // this header included
  std::uint64_t memory_bytes;  // with what begins as zeros, and the stack
};
static_assert(sizeof(ImageHeader) == 40);

inline constexpr std::uint64_t kImageMagic = 0x31454741'4d494653;  // "SFIMAGE1"

}  // namespace superfluid::abi
