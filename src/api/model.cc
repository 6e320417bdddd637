// SPDX-License-Identifier: Apache-2.0
#include "api/model.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"
#include "os/link.h"

namespace superfluid::api {

using base::cat;
using base::ErrorCode;

namespace {

template <typename E>
using Word = std::pair<E, std::string_view>;

constexpr Word<Isolation> kIsolations[] = {
    {Isolation::kAuto, "auto"}, {Isolation::kMicrovm, "microvm"}, {Isolation::kProcess, "process"}};
constexpr Word<PortKind> kPortKinds[] = {{PortKind::kNone, "none"},
                                         {PortKind::kTap, "tap"},
                                         {PortKind::kVeth, "veth"},
                                         {PortKind::kRing, "ring"}};
constexpr Word<RestartWhen> kRestarts[] = {{RestartWhen::kNever, "never"},
                                           {RestartWhen::kOnFailure, "on-failure"},
                                           {RestartWhen::kAlways, "always"}};
constexpr Word<State> kStates[] = {
    {State::kPending, "pending"},   {State::kBuilding, "building"}, {State::kStarting, "starting"},
    {State::kRunning, "running"},   {State::kPaused, "paused"},     {State::kParked, "parked"},
    {State::kStopping, "stopping"}, {State::kStopped, "stopped"},   {State::kFailed, "failed"}};
constexpr Word<Step> kStepWords[] = {{Step::kAccept, "accept"},
                                     {Step::kBuild, "build"},
                                     {Step::kShell, "shell"},
                                     {Step::kWire, "wire"},
                                     {Step::kImage, "image"},
                                     {Step::kPorts, "ports"},
                                     {Step::kPage, "page"},
                                     {Step::kRun, "run"},
                                     {Step::kReady, "ready"},
                                     {Step::kReply, "reply"},
                                     {Step::kFirstPacket, "first_packet"}};
static_assert(std::size(kStepWords) == kSteps);

template <typename E>
std::string_view word_of(std::span<const Word<E>> words, E value) {
  const auto found = std::ranges::find(words, value, &Word<E>::first);
  return found != words.end() ? found->second : "?";
}

template <typename E>
std::optional<E> of_word(std::span<const Word<E>> words, std::string_view word) {
  const auto found = std::ranges::find(words, word, &Word<E>::second);
  return found != words.end() ? std::optional(found->first) : std::nullopt;
}

base::Failure wrong(std::string_view path, std::string what) {
  return base::fail(ErrorCode::kInvalid, cat(path, ": ", what));
}

template <typename OnPort, typename Parse>
auto parse_on_port(std::string_view text, unsigned prefix_max, Parse parse)
    -> base::Result<OnPort> {
  const std::size_t slash = text.find('/');
  const auto prefix =
      slash == std::string_view::npos ? std::nullopt : base::parse_u64(text.substr(slash + 1));
  if (!prefix || *prefix > prefix_max) {
    return base::fail(ErrorCode::kInvalid,
                      cat("'", base::escape(text.substr(0, 64)), "' is no address with a length"))
        .try_this(cat("ADDRESS/LENGTH, the length from 0 to ", prefix_max));
  }
  SF_TRY(address, parse(text.substr(0, slash)));
  return OnPort{address, static_cast<unsigned>(*prefix)};
}

base::Status check_ring_peer(const std::string& to) {
  const std::size_t colon = to.find(':');
  if (colon == std::string::npos || colon + 1 == to.size() ||
      to.size() - colon - 1 > kPortNameMax) {
    return base::fail(ErrorCode::kInvalid, cat("'", base::escape(to), "' names no port"))
        .try_this("FUNCTION:PORT, such as firewall:eth1");
  }
  return check_name(std::string_view(to).substr(0, colon));
}

base::Status check_to(const PortSpec& port) {
  switch (port.kind) {
    case PortKind::kNone:
      if (!port.to.empty()) {
        return base::fail(ErrorCode::kInvalid, "a port of kind none leads nowhere");
      }
      return {};
    case PortKind::kTap: return os::check_link_name(port.to);
    case PortKind::kVeth:
      if (port.to.empty() || port.to.size() > 255 || port.to.find('/') != std::string::npos ||
          port.to.starts_with('.') || port.to.find('\0') != std::string::npos) {
        return base::fail(ErrorCode::kInvalid, "this names no network namespace")
            .try_this("a name under /run/netns, or the number of a process");
      }
      return {};
    case PortKind::kRing: return check_ring_peer(port.to);
  }
  return {};
}

base::Status check_port(const PortSpec& port, const std::string& path) {
  if (port.name.size() > kPortNameMax || !os::check_link_name(port.name)) {
    return wrong(cat(path, ".name"), "1 to 15 letters and digits, such as eth0");
  }
  if (base::Status to = check_to(port); !to) {
    return wrong(cat(path, ".to"), to.error().message())
        .try_this(to.error().best_remedy());
  }
  if (port.mtu < kMtuMin || port.mtu > kMtuMax) {
    return wrong(cat(path, ".mtu"), cat("from ", kMtuMin, " to ", kMtuMax));
  }
  if (port.mac && port.mac->is_multicast()) {
    return wrong(cat(path, ".mac"), "a group address is no sender")
        .try_this("an address whose first byte is even, such as 02:00:00:00:00:01");
  }
  return {};
}

base::Status check_ports(const FunctionSpec& spec) {
  if (spec.ports.size() > kPortsMax) {
    return wrong("ports", cat("at most ", kPortsMax));
  }
  for (std::size_t i = 0; i < spec.ports.size(); ++i) {
    SF_CHECKED(check_port(spec.ports[i], cat("ports[", i, "]")));
    for (std::size_t k = 0; k < i; ++k) {
      if (spec.ports[k].name == spec.ports[i].name) {
        return wrong(cat("ports[", i, "].name"), "another port has this name");
      }
    }
  }
  return {};
}

base::Status check_policies(const FunctionSpec& spec) {
  if (spec.cpu.quota_percent == 0 || spec.cpu.quota_percent > kCpuQuotaMax) {
    return wrong("cpu.quota_percent", cat("from 1 to ", kCpuQuotaMax));
  }
  if (spec.cpu.shares == 0 || spec.cpu.shares > kCpuSharesMax) {
    return wrong("cpu.shares", cat("from 1 to ", kCpuSharesMax));
  }
  if (spec.cpu.pin.value_or(0) > kCpuMax) {
    return wrong("cpu.pin", cat("from 0 to ", kCpuMax));
  }
  const RestartSpec& restart = spec.restart;
  if (restart.limit > kRestartsMax) {
    return wrong("restart.limit", cat("at most ", kRestartsMax));
  }
  if (restart.backoff < base::milliseconds(1) || restart.backoff > restart.backoff_max ||
      restart.backoff_max > kBackoffMax) {
    return wrong("restart.backoff", "from 1ms to backoff_max, and that at most 1h");
  }
  if (spec.park_after && *spec.park_after < base::milliseconds(10)) {
    return wrong("park_after", "at least 10ms");
  }
  if (spec.labels.size() > kLabelsMax) {
    return wrong("labels", cat("at most ", kLabelsMax));
  }
  for (const auto& [key, value] : spec.labels) {
    if (key.empty() || key.size() > kLabelMax || value.size() > kLabelMax) {
      return wrong("labels", cat("keys and values of at most ", kLabelMax, " bytes"));
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(Isolation isolation) {
  return word_of<Isolation>(kIsolations, isolation);
}
std::string_view to_string(PortKind kind) { return word_of<PortKind>(kPortKinds, kind); }
std::string_view to_string(RestartWhen when) { return word_of<RestartWhen>(kRestarts, when); }
std::string_view to_string(State state) { return word_of<State>(kStates, state); }
std::string_view to_string(Step step) { return word_of<Step>(kStepWords, step); }
std::optional<Isolation> parse_isolation(std::string_view word) {
  return of_word<Isolation>(kIsolations, word);
}
std::optional<PortKind> parse_port_kind(std::string_view word) {
  return of_word<PortKind>(kPortKinds, word);
}
std::optional<RestartWhen> parse_restart_when(std::string_view word) {
  return of_word<RestartWhen>(kRestarts, word);
}
std::optional<State> parse_state(std::string_view word) { return of_word<State>(kStates, word); }
std::optional<Step> parse_step(std::string_view word) { return of_word<Step>(kStepWords, word); }

base::Result<Ipv4OnPort> parse_ipv4_on_port(std::string_view text) {
  return parse_on_port<Ipv4OnPort>(text, 32, net::parse_ipv4_address);
}
base::Result<Ipv6OnPort> parse_ipv6_on_port(std::string_view text) {
  return parse_on_port<Ipv6OnPort>(text, 128, net::parse_ipv6_address);
}
std::string to_text(const Ipv4OnPort& on) {
  return cat(net::to_text(on.address).view(), "/", on.prefix);
}
std::string to_text(const Ipv6OnPort& on) {
  return cat(net::to_text(on.address).view(), "/", on.prefix);
}

base::Status check_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto is_inner = [&](char c) { return is_plain(c) || c == '-' || c == '_' || c == '.'; };
  if (name.empty() || name.size() > kNameMax || !is_plain(name.front()) ||
      !std::ranges::all_of(name, is_inner)) {
    return base::fail(ErrorCode::kInvalid,
                      cat("'", base::escape(name.substr(0, kNameMax)), "' is no name"))
        .try_this(cat("1 to ", kNameMax, " of a-z, 0-9, -, _ and ., the first a letter or digit"));
  }
  return {};
}

base::Status check(const FunctionSpec& spec) {
  if (!spec.name.empty()) {
    if (base::Status name = check_name(spec.name); !name) {
      return wrong("name", name.error().message())
          .try_this(name.error().best_remedy());
    }
  }
  if (spec.graph.empty() || spec.graph.size() > kGraphBytesMax) {
    return wrong("graph", cat("from 1 to ", kGraphBytesMax, " bytes of text"));
  }
  if (spec.graph_name.size() > 255) {
    return wrong("graph_name", "at most 255 bytes");
  }
  if (spec.memory < kMemoryMin || spec.memory > kMemoryMax) {
    return wrong("memory",
                 cat("from ", base::to_string(kMemoryMin), " to ", base::to_string(kMemoryMax)));
  }
  SF_CHECKED(check_ports(spec));
  return check_policies(spec);
}

}  // namespace superfluid::api
