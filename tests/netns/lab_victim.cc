// SPDX-License-Identifier: Apache-2.0
// A program with a lab, to be killed at any moment (lab_crash_test.cc). It writes one byte to
// descriptor 3 after each step; descriptor 4 is a namespace that the killer watches.
//
// As `lab_victim fail` it only takes a wrong step and ends, for what a failed test prints.

#include <unistd.h>

#include "base/check.h"
#include "netns/lab.h"

namespace {

void fail() {
  superfluid::testing::NetLab lab;
  lab.host("a").address("absent", "192.0.2.1/24");
}

[[noreturn]] void build() {
  namespace base = superfluid::base;
  namespace os = superfluid::os;
  using superfluid::testing::Host;
  using superfluid::testing::NetLab;
  const auto step = [] { base::check(::write(3, "x", 1) == 1, "the killer listens"); };
  const auto witness = os::NetNamespace::adopt(os::UniqueFd(4));
  base::check(witness.has_value(), "descriptor 4 is a namespace");

  NetLab lab;
  Host& a = lab.host("a");
  step();
  base::check(a.netlink().create_veth({.name = "cable"}, {.name = "witness"}, *witness).has_value(),
              "a cable to the witness");
  step();
  Host& b = lab.host("b");
  lab.veth(a, "eth0", b, "eth0");
  step();
  a.address("eth0", "192.0.2.1/24");
  b.address("eth0", "192.0.2.2/24");
  step();
  const auto sleeper = a.start({"sleep", "600"});
  const auto pinger = b.start({"ping", "-q", "-i", "0.2", "192.0.2.1"});
  base::check(sleeper.has_value() && pinger.has_value(), "children in the background");
  step();
  const auto socket = a.netns().run([] { return os::PacketSocket::open("eth0"); });
  base::check(socket.has_value(), "a socket");
  step();
  a.run({"sleep", "600"});  // killed in the middle of this at the latest
  ::_exit(1);
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
    fail();
    return 1;
  }
  build();
}
