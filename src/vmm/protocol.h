// SPDX-License-Identifier: Apache-2.0
// Messages between the node's daemon and the processes of superfluid-vmm, over kSeqpacket sockets.
//
//   daemon -> monitor   Order     boot, start, stop, pause, save, park, ask a handler, count
//   monitor -> daemon   Event     warm, live, idle, ended, a snapshot, an answer, counters
//   daemon -> zygote    Demand    hello, fork monitors, shut down
//   zygote -> daemon    Report    a monitor, its end, a fork that was refused
//
// A message is a Head, then the words of its kind as they lie in memory (both ends run on one host
// and are built together), then text; memory, taps and doorbells come with it as descriptors. A
// text over kInlineBytesMax is a descriptor too: a memfd that holds it.
//
// Invariants
//   1. A message is understood whole or refused: version, kind, length and number of descriptors
//      must be what its kind says. Nothing is read beyond its end.
//   2. What is decoded owns its descriptors; those of a refused message are closed.
//   3. Lengths of texts are checked against limits here. What a text or a page means is not checked
//      here.
//
// Threads: pure functions.

#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "abi/mailbox.h"
#include "base/bytes.h"
#include "base/result.h"
#include "os/process.h"
#include "os/unix_socket.h"
#include "vmm/life.h"
#include "vmm/shell.h"
#include "vmm/snapshot.h"

namespace superfluid::vmm {

inline constexpr std::uint32_t kProtocolVersion = 3;
inline constexpr std::size_t kInlineBytesMax = 16 << 10;
// At most a text inside it, and a page.
inline constexpr std::size_t kMessageBytesMax = 2 * kInlineBytesMax;

// A message on its way out. Its descriptors belong to the sender, or to `owned`.
struct Message {
  std::vector<std::uint8_t> bytes;
  std::vector<int> fds;
  std::vector<os::UniqueFd> owned;
};
// kExhausted: no room now, nothing was sent.
base::Status send(os::UnixSocket& socket, const Message& message);

struct ConnectedPort {
  PortLink::Kind kind = PortLink::Kind::kNone;
  os::UniqueFd fd, wake, doorbell;
};
using ConnectedPorts = std::array<ConnectedPort, abi::kPortsMax>;

// ---- Order ----

struct BootOrder {
  os::UniqueFd image;
  std::string text_name;
  std::string text;
  abi::DevicePage page;
  ConnectedPorts ports;
  std::uint64_t idle_after_ns = 0;
  bool begins_here = false;
  bool then_run = false;
};
struct StartOrder {
  Snapshot snapshot;
  std::string difference;  // of a clone that was parked; empty: a new clone
  abi::DevicePage page;
  ConnectedPorts ports;
  std::uint64_t idle_after_ns = 0;
  bool begins_here = false;
};
struct StopOrder {};
struct PauseOrder {};
struct UnpauseOrder {};
struct SaveOrder {};
struct ParkOrder {};
struct UnparkOrder {};
struct CountOrder {};
struct AskOrder {
  abi::Ask ask = abi::Ask::kRead;
  std::string handler;
  std::string text;  // argument or value
};
using Order = std::variant<BootOrder, StartOrder, StopOrder, PauseOrder, UnpauseOrder, SaveOrder,
                           ParkOrder, UnparkOrder, CountOrder, AskOrder>;

base::Result<Message> encode_boot(int image, std::string_view text_name, std::string_view text,
                                  const Life& life, bool then_run);
base::Result<Message> encode_start(const Snapshot& snapshot, std::string_view difference,
                                   const Life& life);
base::Result<Message> encode_ask(abi::Ask ask, std::string_view handler, std::string_view text);
template <typename Plain>  // StopOrder, PauseOrder, ...
Message encode_order();
base::Result<Order> decode_order(base::ByteView bytes, std::span<os::UniqueFd> fds);

// ---- Event ----

struct WarmEvent {};
struct FailedEvent {  // no shell could be made; the monitor exits
  base::Error why;
};
struct LiveEvent {
  Steps steps;
};
struct PacketEvent {
  Steps steps;
};
struct PausedEvent {};  // or unpaused
struct SnapshotEvent {
  base::Result<Snapshot> snapshot;
};
struct IdleEvent {};
struct ParkedEvent {
  base::Result<Parked> parked;
};
struct EndedEvent {
  End end;
};
struct AnswerEvent {
  base::Result<std::string> answer;
};
struct CountersEvent {
  Counters counters;
};
using Event =
    std::variant<WarmEvent, FailedEvent, LiveEvent, PacketEvent, PausedEvent, SnapshotEvent,
                 IdleEvent, ParkedEvent, EndedEvent, AnswerEvent, CountersEvent>;

base::Result<Message> encode(Event event);
base::Result<Event> decode_event(base::ByteView bytes, std::span<os::UniqueFd> fds);

// ---- Demand ----

struct HelloDemand {};
struct ForkDemand {
  ShellSize size;
  std::uint32_t count = 0;
};
struct ShutDownDemand {};
using Demand = std::variant<HelloDemand, ForkDemand, ShutDownDemand>;

Message encode(const Demand& demand);
base::Result<Demand> decode_demand(base::ByteView bytes, std::span<os::UniqueFd> fds);

// ---- Report ----

struct WelcomeReport {  // after all monitors that there are were told of
  std::uint32_t monitors = 0;
  os::UniqueFd notebook;  // vmm/notebook.h
};
struct RefusedReport {  // no zygote can be had here
  base::Error why;
};
struct MonitorReport {
  std::uint64_t id = 0;
  pid_t pid = 0;
  ShellSize size;
  std::uint32_t page = 0;  // of the notebook
  os::UniqueFd channel, dossier;
  os::UniqueFd pidfd;  // none: it has ended already, and a GoneReport follows
};
struct GoneReport {
  std::uint64_t id = 0;
  os::ExitStatus status;
};
struct NoForkReport {
  base::Error why;
};
using Report = std::variant<WelcomeReport, RefusedReport, MonitorReport, GoneReport, NoForkReport>;

Message encode(WelcomeReport report);
Message encode(const RefusedReport& report);
Message encode(MonitorReport report);
Message encode(const GoneReport& report);
Message encode(const NoForkReport& report);
base::Result<Report> decode_report(base::ByteView bytes, std::span<os::UniqueFd> fds);

}  // namespace superfluid::vmm
