// SPDX-License-Identifier: Apache-2.0
#include "netns/lab.h"

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <cstdio>

#include "base/check.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/files.h"

namespace superfluid::testing {
namespace {

constexpr std::size_t kFrameBytesMax = 64 << 10;

std::string hex(base::ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(bytes.size(), 64))) {
    text += base::cat(base::Hex{byte, 2});
  }
  return bytes.size() > 64 ? text + "..." : text;
}

int milliseconds_until(base::Instant deadline) {
  const std::int64_t left = (deadline - os::SystemClock().now()).count();
  return static_cast<int>(std::max<std::int64_t>(left / base::milliseconds(1).count(), 0));
}

}  // namespace

void Host::demand(const base::Status& status) const {
  if (!status) {
    ADD_FAILURE() << "host " << name_ << ": " << status.error().to_string();
  }
}

void Host::prepare() {
  demand(netlink_.set_up("lo"));
  for (const char* setting : {"accept_dad", "dad_transmits", "router_solicitations"}) {
    sysctl(base::cat("net/ipv6/conf/default/", setting), "0");
  }
}

void Host::plug_in(const std::string& link) {
  demand(netlink_.disable_offloads(link));
  auto opened = netns_.run([&] { return os::PacketSocket::open(link); });
  if (opened) {
    captures_.emplace(link, std::move(*opened));
  } else {
    demand(base::pass(opened.error()));
  }
  demand(netlink_.set_up(link));
}

void Host::await_running(const std::string& link) {
  const os::SystemClock clock;
  const base::Instant deadline = clock.now() + kDeadline;
  while (true) {
    const auto now = netlink_.link(link);
    if (!now || now->running) {
      return demand(now ? base::Status() : base::pass(now.error()));
    }
    if (clock.now() > deadline) {
      ADD_FAILURE() << "host " << name_ << ": " << link << " does not come up";
      return;
    }
    ::poll(nullptr, 0, 1);
  }
}

void Host::address(const std::string& link, const std::string& prefix) {
  const auto parsed = os::IpPrefix::parse(prefix);
  demand(parsed ? netlink_.add_address(link, *parsed) : base::pass(parsed.error()));
}

void Host::route(const std::string& destination, const std::string& gateway,
                 const std::string& link) {
  const auto to = os::IpPrefix::parse(destination);
  const auto by = os::IpAddress::parse(gateway);
  if (!to || !by) {
    demand(base::pass(to ? by.error() : to.error()));
    return;
  }
  demand(netlink_.add_route({.destination = *to, .gateway = *by, .link = link}));
}

void Host::bridge(const std::string& name, const std::vector<std::string>& ports) {
  demand(netlink_.create_bridge(name));
  for (const std::string& port : ports) {
    demand(netlink_.set_master(port, name));
  }
  demand(netlink_.set_up(name));
}

void Host::forward() {
  sysctl("net/ipv4/ip_forward", "1");
  sysctl("net/ipv6/conf/all/forwarding", "1");
}

void Host::sysctl(const std::string& path, const std::string& value) {
  demand(netns_.run([&]() -> base::Status {
    SF_TRY(file, os::open_file("/proc/sys/" + path, O_WRONLY));
    return os::write_all(file.get(), base::bytes_of(value));
  }));
}

::testing::AssertionResult Host::slow_down(const std::string& link, std::uint32_t waiting_bytes) {
  const os::RunOutcome made =
      run({"tc", "qdisc", "add", "dev", link, "root", "tbf", "rate", "20mbit", "burst", "3000",
           "limit", std::to_string(waiting_bytes)});
  if (!made.status.success()) {
    return ::testing::AssertionFailure() << "needs tc and the kernel's tbf: " << made.err;
  }
  return ::testing::AssertionSuccess();
}

os::RunOutcome Host::run(std::vector<std::string> argv) {
  auto outcome =
      os::run({.argv = std::move(argv), .net_namespace = netns_.fd()}, {.time_max = kDeadline});
  if (!outcome) {
    demand(base::pass(outcome.error()));
    return {.status = {.code = 127, .signal = 0}, .out = {}, .err = {}};
  }
  return std::move(*outcome);
}

base::Result<os::Process> Host::start(std::vector<std::string> argv) {
  auto started = os::Process::spawn({.argv = std::move(argv), .net_namespace = netns_.fd()});
  if (!started) {
    demand(base::pass(started.error()));
  }
  return started;
}

os::PacketSocket* Host::capture(const std::string& link) {
  const auto found = captures_.find(link);
  if (found == captures_.end()) {
    ADD_FAILURE() << "host " << name_ << " has no end of a cable named " << link;
    return nullptr;
  }
  return &found->second;
}

void Host::send(const std::string& link, base::ByteView frame) {
  if (os::PacketSocket* socket = capture(link)) {
    demand(socket->send(frame));
  }
}

::testing::AssertionResult Host::expect(const std::string& link, const FrameFilter& filter,
                                        base::Duration deadline) {
  os::PacketSocket* socket = capture(link);
  if (socket == nullptr) {
    return ::testing::AssertionFailure() << "nothing to receive from";
  }
  const base::Instant end = os::SystemClock().now() + deadline;
  std::vector<std::uint8_t> room(kFrameBytesMax);
  std::string others;
  while (true) {
    const auto length = socket->receive(room);
    if (!length) {
      return ::testing::AssertionFailure() << length.error().to_string();
    }
    if (*length) {
      const base::ByteView frame = base::ByteView(room).first(**length);
      if (filter(frame)) {
        return ::testing::AssertionSuccess() << "host " << name_ << " received " << hex(frame);
      }
      others += "\n  " + hex(frame);
      continue;
    }
    pollfd arrival{.fd = socket->fd(), .events = POLLIN, .revents = 0};
    if (::poll(&arrival, 1, milliseconds_until(end)) == 0) {
      return ::testing::AssertionFailure()
             << "host " << name_ << " received no such frame on " << link << " within "
             << base::to_string(deadline) << "; others:" << (others.empty() ? " none" : others);
    }
  }
}

NetLab::~NetLab() {
  if (::testing::Test::HasFailure()) {
    std::fprintf(stderr, "%s", describe().c_str());
  }
}

Host& NetLab::host(const std::string& name) {
  auto netns = os::NetNamespace::create();
  base::check(netns.has_value(), "a test that said SF_REQUIRE(netns) can make a namespace");
  auto netlink = os::NetlinkSocket::open(*netns);
  base::check(netlink.has_value(), "a namespace has netlink");
  // rules: allow new-delete: the constructor is private; owned at once
  hosts_.push_back(std::unique_ptr<Host>(new Host(name, std::move(*netns), std::move(*netlink))));
  hosts_.back()->prepare();
  return *hosts_.back();
}

std::pair<Host&, Host&> NetLab::two_hosts() {
  Host& a = host("a");
  Host& b = host("b");
  veth(a, "eth0", b, "eth0");
  return {a, b};
}

void NetLab::veth(Host& a, const std::string& a_link, Host& b, const std::string& b_link) {
  const auto made = a.netlink().create_veth({.name = a_link}, {.name = b_link}, b.netns());
  a.demand(made);
  if (made) {
    a.plug_in(a_link);
    b.plug_in(b_link);
    a.await_running(a_link);
    b.await_running(b_link);
  }
}

std::string NetLab::describe() {
  std::string text;
  for (const auto& host : hosts_) {
    const auto state = host->netlink().describe();
    text += base::cat("--- host ", host->name(), "\n",
                      state ? *state : state.error().to_string() + "\n");
  }
  return text;
}

}  // namespace superfluid::testing
