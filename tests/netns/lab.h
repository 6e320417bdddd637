// SPDX-License-Identifier: Apache-2.0
// NetLab: hosts, cables and packets for tests, made of network namespaces.
//
//   SF_REQUIRE(netns);
//   NetLab lab;
//   const auto [a, b] = lab.two_hosts();  // or any number, by host() and veth()
//   a.address("eth0", "192.0.2.1/24");
//   b.address("eth0", "192.0.2.2/24");
//   EXPECT_TRUE(a.run({"ping", "-c1", "192.0.2.2"}).status.success());
//   a.send("eth0", frame);
//   EXPECT_TRUE(b.expect("eth0", [&](base::ByteView seen) { return same(seen, frame); }));
//
// Invariants
//   1. Nothing of a lab has a name outside it: namespaces are descriptors, both ends of a cable are
//      made straight inside their hosts, children die with the thread that started them. So the
//      kernel clears everything away, however the test program ends (lab_crash_test.cc).
//      A program that leaves children of its own behind is the exception: run none.
//   2. Every end of a cable captures from the moment it exists, so expect() may follow send(). What
//      does not match is dropped; the capture holds some hundred frames.
//   3. A wrong step is a failure of the test, with the kernel's reason, and the test goes on.
//   4. When a test has failed, the lab prints links, addresses, routes and neighbours of each host
//      as it goes.
//
// Every host starts with its loopback up, without duplicate address detection and without router
// solicitations, so that addresses work at once and frames are few.
//
// Threads: one.

#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/units.h"
#include "os/net_namespace.h"
#include "os/netlink.h"
#include "os/packet_socket.h"
#include "os/process.h"

namespace superfluid::testing {

class Host {
 public:
  using FrameFilter = std::function<bool(base::ByteView)>;
  // Only reached by a test that fails.
  static constexpr base::Duration kDeadline = base::seconds(20);

  const std::string& name() const { return name_; }
  const os::NetNamespace& netns() const { return netns_; }
  os::NetlinkSocket& netlink() { return netlink_; }

  void address(const std::string& link, const std::string& prefix);
  // "203.0.113.0/24" or "0.0.0.0/0" by way of a neighbour on `link`.
  void route(const std::string& destination, const std::string& gateway, const std::string& link);
  void bridge(const std::string& name, const std::vector<std::string>& ports);
  // Until frames pass: the kernel opens an interface some moments after both ends are up.
  void await_running(const std::string& link);
  // Routes packets between its links, of both IP versions.
  void forward();
  // sysctl("net/ipv4/ip_forward", "1")
  void sysctl(const std::string& path, const std::string& value);

  // 20 Mbit/s leave by `link` from now on, and so much waits. False where the kernel has no such
  // queue, or the host no tc.
  ::testing::AssertionResult slow_down(const std::string& link, std::uint32_t waiting_bytes);

  // To its end, within kDeadline.
  os::RunOutcome run(std::vector<std::string> argv);
  // In the background; ends with the Process, or with the test program.
  base::Result<os::Process> start(std::vector<std::string> argv);

  void send(const std::string& link, base::ByteView frame);
  // The first frame that arrived or arrives on `link` and passes the filter.
  ::testing::AssertionResult expect(const std::string& link, const FrameFilter& filter,
                                    base::Duration deadline = kDeadline);

 private:
  friend class NetLab;
  Host(std::string name, os::NetNamespace netns, os::NetlinkSocket netlink)
      : name_(std::move(name)), netns_(std::move(netns)), netlink_(std::move(netlink)) {}

  void prepare();
  void plug_in(const std::string& link);
  void demand(const base::Status& status) const;
  os::PacketSocket* capture(const std::string& link);

  std::string name_;
  os::NetNamespace netns_;
  os::NetlinkSocket netlink_;
  std::map<std::string, os::PacketSocket> captures_;
};

class NetLab {
 public:
  NetLab() = default;
  NetLab(const NetLab&) = delete;
  NetLab& operator=(const NetLab&) = delete;
  ~NetLab();

  // A new host; its name is for people.
  Host& host(const std::string& name);
  // Two hosts, each with the end of one cable as its eth0.
  std::pair<Host&, Host&> two_hosts();
  // A cable, both ends up, with the offloads off so that checksums are whole.
  void veth(Host& a, const std::string& a_link, Host& b, const std::string& b_link);

  std::string describe();

 private:
  std::vector<std::unique_ptr<Host>> hosts_;
};

}  // namespace superfluid::testing
