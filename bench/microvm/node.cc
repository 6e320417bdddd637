// SPDX-License-Identifier: Apache-2.0
// What a user of the node sees: a request on its socket until the answer that the function is live,
// until its first answer to a ping through a tap, until it is paused. The node runs in a network
// namespace of its own, which goes with it.
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/client.h"
#include "base/text.h"
#include "microvm/contenders.h"
#include "os/files.h"
#include "os/net_namespace.h"
#include "os/netlink.h"
#include "os/packet_socket.h"
#include "os/process.h"
#include "os/tap.h"
#include "os/thread.h"

namespace superfluid::bench {
namespace {

constexpr const char* kTap = "bench0";
constexpr base::Duration kWaitMax = base::seconds(20);

// Answers ARP and pings for 10.0.0.2.
constexpr const char* kEcho =
    "from :: FromDevice(eth0); to :: Queue(256) -> ToDevice(eth0);"
    "from -> frames :: Classifier(12/0806 20/0001, 12/0800, -);"
    "frames [0] -> ARPResponder(10.0.0.2 02:00:00:00:00:02) -> to;"
    "frames [1] -> CheckIPHeader(14) -> ICMPPingResponder -> EtherMirror -> to;"
    "frames [2] -> Discard;";

// An echo request from 10.0.0.1 to 10.0.0.2, checksums included.
constexpr std::array<std::uint8_t, 42> kPing = {
    0x02, 0, 0,  0,  0, 0x02, 0x02, 0, 0,    0,    0,    0x01, 0x08, 0x00,
    0x45, 0, 0,  28, 0, 1,    0,    0, 64,   1,    0x66, 0xde, 10,   0,
    0,    1, 10, 0,  0, 2,    8,    0, 0xf7, 0xfd, 0,    1,    0,    1};

// One node, and what is needed to reach it; ends with the last contender.
struct Node {
  std::string folder;
  std::optional<os::NetNamespace> space;
  std::optional<os::Process> process;
  std::optional<api::Client> client;
  std::optional<os::PacketSocket> wire;

  ~Node() {
    if (client) {
      static_cast<void>(client->stop_node());
    }
    if (process) {
      static_cast<void>(process->wait(kWaitMax));
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
};

base::Status make_wire(Node& node) {
  return node.space->run([&]() -> base::Status {
    SF_CHECKED(os::Tap::make_persistent(kTap, {}));
    SF_TRY(space, os::NetNamespace::current());
    SF_TRY(netlink, os::NetlinkSocket::open(space));
    SF_CHECKED(netlink.set_up(kTap));
    SF_TRY(wire, os::PacketSocket::open(kTap));
    node.wire.emplace(std::move(wire));
    return {};
  });
}

base::Result<std::shared_ptr<Node>> start_node(const Surroundings& surroundings) {
  static std::weak_ptr<Node> shared;
  if (auto there = shared.lock()) {
    return there;
  }
  auto node = std::make_shared<Node>();
  std::string pattern = std::filesystem::temp_directory_path() / "superfluid-bench.XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return base::fail(base::ErrorCode::kFailed, "no temporary folder can be made");
  }
  node->folder = pattern;
  SF_TRY(space, os::NetNamespace::create());
  node->space.emplace(std::move(space));
  SF_CHECKED(make_wire(*node));
  const std::string socket = node->folder + "/node.sock";
  SF_TRY(process, os::Process::spawn({.argv = {surroundings.program, "up", "--socket", socket},
                                      .net_namespace = node->space->fd()}));
  node->process.emplace(std::move(process));
  const base::Instant deadline = surroundings.clock.now() + kWaitMax;
  for (;;) {
    auto client = api::Client::connect(socket, {.wait_max = kWaitMax});
    if (client) {
      node->client.emplace(std::move(*client));
      break;
    }
    if (surroundings.clock.now() > deadline) {
      return base::pass(std::move(client).error());
    }
  }
  shared = node;
  return node;
}

api::FunctionSpec echo_on(api::PortKind kind) {
  api::FunctionSpec spec;
  spec.name = "bench";
  spec.graph = kEcho;
  spec.graph_name = "echo.click";
  spec.isolation = api::Isolation::kMicrovm;
  api::PortSpec port{.name = "eth0", .kind = kind};
  if (kind == api::PortKind::kTap) {
    port.to = kTap;
  }
  spec.ports.push_back(port);
  return spec;
}

base::Status remove(Node& node) {
  SF_TRY(gone, node.client->act("rm", "bench"));
  return {};
}

base::Status ping(Node& node, const base::Clock& clock) {
  SF_CHECKED(node.wire->send(kPing));
  const base::Instant deadline = clock.now() + kWaitMax;
  std::array<std::uint8_t, 2048> room;
  for (;;) {
    SF_TRY(got, node.wire->receive(room));
    constexpr std::size_t kIcmpType = 34;
    if (got && *got >= kPing.size() && room[kIcmpType] == 0 && room[23] == 1) {
      return {};
    }
    if (clock.now() > deadline) {
      return base::fail(base::ErrorCode::kTimedOut, "nobody answers a ping");
    }
    os::give_way();  // who is to answer may want this processor
  }
}

}  // namespace

base::Result<Contender> start_by_the_node(const Surroundings& surroundings) {
  SF_TRY(node, start_node(surroundings));
  const base::Clock& clock = surroundings.clock;
  return Contender{.name = "request to the node until the function is live",
                   .sample = [node, &clock]() -> base::Result<base::Duration> {
                     const base::Instant begin = clock.now();
                     SF_TRY(function, node->client->run(echo_on(api::PortKind::kNone)));
                     return clock.now() - begin;
                   },
                   .tidy = [node] { return remove(*node); }};
}

base::Result<Contender> first_echo_by_the_node(const Surroundings& surroundings) {
  SF_TRY(node, start_node(surroundings));
  const base::Clock& clock = surroundings.clock;
  return Contender{.name = "request to the node until its first answer to a ping",
                   .sample = [node, &clock]() -> base::Result<base::Duration> {
                     const base::Instant begin = clock.now();
                     SF_TRY(function, node->client->run(echo_on(api::PortKind::kTap)));
                     SF_CHECKED(ping(*node, clock));
                     return clock.now() - begin;
                   },
                   .tidy = [node] { return remove(*node); }};
}

base::Result<Contender> pause_by_the_node(const Surroundings& surroundings) {
  SF_TRY(node, start_node(surroundings));
  api::FunctionSpec spec = echo_on(api::PortKind::kNone);
  spec.name = "paused";
  SF_TRY(function, node->client->run(spec));
  const base::Clock& clock = surroundings.clock;
  return Contender{.name = "request to the node until the function is paused",
                   .sample = [node, &clock]() -> base::Result<base::Duration> {
                     const base::Instant begin = clock.now();
                     SF_TRY(paused, node->client->act("pause", "paused"));
                     return clock.now() - begin;
                   },
                   .tidy = [node]() -> base::Status {
                     SF_TRY(unpaused, node->client->act("unpause", "paused"));
                     return {};
                   }};
}

}  // namespace superfluid::bench
