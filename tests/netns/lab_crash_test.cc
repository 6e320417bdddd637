// SPDX-License-Identifier: Apache-2.0
// A lab leaves nothing behind, however its program ends.
//
// The victim (lab_victim.cc) builds a lab step by step, tells each step, and is killed. Two
// witnesses say that all is gone:
//   processes    the victim's descendants become children of this test when their parent dies, so
//                "no children left" means that none lives
//   namespaces   the victim lays a cable from its own host into a namespace that this test holds;
//                that end disappears when, and only when, the kernel destroys the victim's

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "netns/lab.h"
#include "os/clock.h"
#include "os/files.h"
#include "os/unix_socket.h"
#include "support/require.h"

namespace superfluid::testing {
namespace {

constexpr int kSteps = 6;      // that the victim tells
constexpr int kCableStep = 2;  // from here on the witness has a cable

// Reaps until this process has no child. False when one still lives at the deadline.
bool all_descendants_end(const base::Clock& clock, base::Instant deadline) {
  while (true) {
    const pid_t reaped = ::waitpid(-1, nullptr, WNOHANG);
    if (reaped < 0 && errno == ECHILD) {
      return true;
    }
    if (reaped == 0 && clock.now() > deadline) {
      return false;
    }
    if (reaped == 0) {
      ::poll(nullptr, 0, 1);
    }
  }
}

bool cable_disappears(os::NetlinkSocket& netlink, const base::Clock& clock,
                      base::Instant deadline) {
  while (netlink.link("witness").has_value()) {
    if (clock.now() > deadline) {
      return false;
    }
    ::poll(nullptr, 0, 1);
  }
  return true;
}

std::string names_of_links() {
  const auto here = os::NetNamespace::current();
  const auto links = os::NetlinkSocket::open(*here)->links();
  std::string names;
  for (const os::LinkInfo& link : *links) {
    names += link.name + " ";
  }
  return names;
}

bool has_named_namespaces() {
  const auto mounts = os::read_text("/proc/self/mountinfo", base::mib(4));
  return !mounts || mounts->find(" - nsfs ") != std::string::npos;
}

void kill_after(int step, int signal) {
  SCOPED_TRACE("signal " + std::to_string(signal) + " after step " + std::to_string(step));
  const os::SystemClock clock;
  NetLab lab;
  Host& witness = lab.host("witness");
  auto steps = os::UnixSocket::pair(os::SocketKind::kStream);
  ASSERT_TRUE(steps.has_value());
  {
    auto victim =
        os::Process::spawn({.argv = {SUPERFLUID_LAB_VICTIM},
                            .grants = {{steps->second.fd(), 3}, {witness.netns().fd(), 4}}});
    ASSERT_TRUE(victim.has_value()) << victim.error().to_string();
    { const os::UnixSocket closed = std::move(steps->second); }
    for (int done = 0; done < step; ++done) {
      char told = 0;
      ASSERT_EQ(::read(steps->first.fd(), &told, 1), 1) << "the victim ended by itself";
    }
    ASSERT_TRUE(step < kCableStep || witness.netlink().link("witness").has_value());
    ASSERT_TRUE(victim->signal(signal).has_value());
    const auto ended = victim->wait(Host::kDeadline);
    ASSERT_TRUE(ended.has_value() && ended->has_value());
    EXPECT_EQ((*ended)->signal, signal);
  }
  const base::Instant deadline = clock.now() + Host::kDeadline;
  EXPECT_TRUE(all_descendants_end(clock, deadline)) << "a child outlived its lab";
  EXPECT_TRUE(cable_disappears(witness.netlink(), clock, deadline))
      << "a namespace outlived its lab";
}

TEST(NetLabCrash, LeavesNothingBehind) {
  SF_REQUIRE(netns);
  SF_REQUIRE(ping);
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const std::string links_before = names_of_links();
  const bool named_before = has_named_namespaces();
  for (int step = 0; step <= kSteps; ++step) {
    for (const int signal : {SIGKILL, SIGINT}) {
      kill_after(step, signal);
    }
  }
  EXPECT_EQ(names_of_links(), links_before);
  EXPECT_EQ(has_named_namespaces(), named_before);
}

}  // namespace
}  // namespace superfluid::testing
