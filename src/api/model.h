// SPDX-License-Identifier: Apache-2.0
// The model: what a function is asked to be (FunctionSpec), and what it is (Function).
//
// Whoever drives a node, from a terminal or from a control plane, speaks of functions in these
// types; api/codec.h has them as JSON. A spec is a wish and never changes; a Function is the node's
// answer, and a new one is made for every change.
//
// Invariants
//   1. A spec that check() has accepted can be run by some node: names, sizes and addresses are
//      within their limits. Whether this node can is another question, with another error.
//   2. Everything a stranger can make longer has a limit here.
//   3. Times of a timeline count from the arrival of the request, in nanoseconds, and are only ever
//      shown: nothing is decided by them.
//
// Threads: plain values.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "net/address.h"

namespace superfluid::api {

inline constexpr std::size_t kNameMax = 63;
inline constexpr std::size_t kGraphBytesMax = 512 << 10;
inline constexpr std::size_t kPortsMax = 8;
inline constexpr std::size_t kPortNameMax = 15;
inline constexpr std::size_t kLabelsMax = 32;
inline constexpr std::size_t kLabelMax = 255;
inline constexpr base::ByteCount kMemoryMin = base::mib(2);
inline constexpr base::ByteCount kMemoryMax = base::mib(960);
inline constexpr unsigned kMtuMin = 68;
inline constexpr unsigned kMtuMax = 9000;
inline constexpr unsigned kCpuMax = 4095;      // highest number of a CPU to be pinned to
inline constexpr unsigned kCpuQuotaMax = 100;  // percent of one CPU; a guest has one
inline constexpr unsigned kCpuSharesMax = 10000;
inline constexpr unsigned kRestartsMax = 1'000'000;
inline constexpr base::Duration kBackoffMax = base::seconds(3600);

enum class Isolation : std::uint8_t { kAuto, kMicrovm, kProcess };
enum class PortKind : std::uint8_t { kNone, kTap, kVeth, kRing };
enum class RestartWhen : std::uint8_t { kNever, kOnFailure, kAlways };

enum class State : std::uint8_t {
  kPending,   // accepted; waits for a machine
  kBuilding,  // its graph is booted for the first time
  kStarting,  // the machine has been told
  kRunning,
  kPaused,
  kParked,  // runs, but keeps no machine until there is something to do
  kStopping,
  kStopped,
  kFailed,
};

std::string_view to_string(Isolation isolation);
std::string_view to_string(PortKind kind);
std::string_view to_string(RestartWhen when);
std::string_view to_string(State state);
std::optional<Isolation> parse_isolation(std::string_view word);
std::optional<PortKind> parse_port_kind(std::string_view word);
std::optional<RestartWhen> parse_restart_when(std::string_view word);
std::optional<State> parse_state(std::string_view word);

// An address as it sits on a port: with the length of its network.
struct Ipv4OnPort {
  net::Ipv4Address address;
  unsigned prefix = 32;
  friend bool operator==(const Ipv4OnPort&, const Ipv4OnPort&) = default;
};
struct Ipv6OnPort {
  net::Ipv6Address address;
  unsigned prefix = 128;
  friend bool operator==(const Ipv6OnPort&, const Ipv6OnPort&) = default;
};
base::Result<Ipv4OnPort> parse_ipv4_on_port(std::string_view text);  // "192.0.2.1/24"
base::Result<Ipv6OnPort> parse_ipv6_on_port(std::string_view text);
std::string to_text(const Ipv4OnPort& address);
std::string to_text(const Ipv6OnPort& address);

struct PortSpec {
  std::string name;  // as the graph calls it
  PortKind kind = PortKind::kNone;
  // What is at the other end. kTap: the interface's name. kVeth: a namespace, by its name under
  // /run/netns or the number of a process in it. kRing: FUNCTION:PORT.
  std::string to = {};
  std::optional<net::MacAddress> mac = std::nullopt;  // else made from the function's id
  unsigned mtu = 1500;
  std::optional<Ipv4OnPort> ipv4 = std::nullopt;
  std::optional<net::Ipv4Address> ipv4_gateway = std::nullopt;
  std::optional<Ipv6OnPort> ipv6 = std::nullopt;
  std::optional<net::Ipv6Address> ipv6_gateway = std::nullopt;

  friend bool operator==(const PortSpec&, const PortSpec&) = default;
};

struct CpuSpec {
  unsigned quota_percent = 100;
  unsigned shares = 100;
  std::optional<unsigned> pin = std::nullopt;

  friend bool operator==(const CpuSpec&, const CpuSpec&) = default;
};

struct RestartSpec {
  RestartWhen when = RestartWhen::kNever;
  unsigned limit = 5;                                // restarts in a row that may fail
  base::Duration backoff = base::milliseconds(100);  // before the first; doubles with each
  base::Duration backoff_max = base::seconds(30);

  friend bool operator==(const RestartSpec&, const RestartSpec&) = default;
};

struct FunctionSpec {
  std::string name = {};        // empty: the node makes one up
  std::string graph = {};       // its text
  std::string graph_name = {};  // what errors call it
  base::ByteCount memory = kMemoryMin;
  CpuSpec cpu = {};
  std::vector<PortSpec> ports = {};
  Isolation isolation = Isolation::kAuto;
  RestartSpec restart = {};
  std::optional<base::Duration> park_after = std::nullopt;
  std::map<std::string, std::string> labels = {};

  friend bool operator==(const FunctionSpec&, const FunctionSpec&) = default;
};

// kInvalid, with the path of what is wrong: "ports[1].mtu: ...".
base::Status check(const FunctionSpec& spec);
base::Status check_name(std::string_view name);

// The steps of a start, in the order in which a warm one passes them.
enum class Step : std::uint8_t {
  kAccept,       // read, checked, in the table
  kBuild,        // the image was made, where there was none
  kShell,        // a machine was taken
  kWire,         // the host's ends of the ports are there
  kImage,        // memory is laid out
  kPorts,        // the machine's ends are connected
  kPage,         // the device page is written
  kRun,          // about to enter the guest
  kReady,        // the guest has taken its identity and runs
  kReply,        // whoever asked is told
  kFirstPacket,  // the first one that left by any port
};
inline constexpr std::size_t kSteps = 11;
std::string_view to_string(Step step);
std::optional<Step> parse_step(std::string_view word);

class Timeline {
 public:
  void stamp(Step step, std::uint64_t at_ns) { at_[static_cast<std::size_t>(step)] = at_ns; }
  std::optional<std::uint64_t> at(Step step) const { return at_[static_cast<std::size_t>(step)]; }

  friend bool operator==(const Timeline&, const Timeline&) = default;

 private:
  std::array<std::optional<std::uint64_t>, kSteps> at_{};
};

struct PortCount {
  std::uint64_t packets_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t drops_full = 0;
  std::uint64_t drops_bad = 0;
  std::uint64_t drops_memory = 0;
  std::uint64_t drops_unread = 0;

  friend bool operator==(const PortCount&, const PortCount&) = default;
};

// As last heard. Guests say some of it themselves.
struct Counts {
  std::uint64_t exits = 0;
  std::uint64_t sleeps = 0;
  std::uint64_t kicks = 0;
  std::uint64_t run_ns = 0;
  std::uint64_t memory_private = 0;
  std::uint64_t memory_shared = 0;
  std::uint64_t heap = 0;
  std::uint64_t heap_used = 0;
  std::vector<PortCount> ports = {};

  friend bool operator==(const Counts&, const Counts&) = default;
};

struct Function {
  std::string id;  // 16 hexadecimal digits
  FunctionSpec spec;
  State state = State::kPending;
  Isolation isolation = Isolation::kAuto;  // given; kAuto: none yet
  std::string isolation_why = {};
  std::string reason = {};  // of kFailed and kStopped
  unsigned restarts = 0;
  bool cold = false;             // this start built the image
  std::string image = {};        // its hash
  std::int64_t pid = 0;          // of the machine's process; 0: none
  std::uint64_t created_ms = 0;  // since 1970
  Timeline timeline = {};        // of the last start
  std::optional<Counts> counts = std::nullopt;

  friend bool operator==(const Function&, const Function&) = default;
};

}  // namespace superfluid::api
