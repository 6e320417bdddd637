// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/describe.h"

#include <gtest/gtest.h>

namespace superfluid::vm {
namespace {

using api::Step;

api::Function started() {
  api::Function function{
      .id = "0123456789abcdef",
      .spec = {.name = "fw",
               .graph = "Idle",
               .graph_name = "fw.click",
               .ports = {{.name = "eth0", .kind = api::PortKind::kTap, .to = "tap0"}}},
      .state = api::State::kRunning,
      .isolation = api::Isolation::kMicrovm,
      .isolation_why = "KVM is there",
      .image = "0123"};
  function.timeline.stamp(Step::kAccept, 10'000);
  function.timeline.stamp(Step::kShell, 20'050);
  function.timeline.stamp(Step::kReady, 90'000);
  function.timeline.stamp(Step::kReply, 100'000);
  function.timeline.stamp(Step::kFirstPacket, 5'000'000);
  return function;
}

TEST(Describe, SaysWhatWasStartedHowAndHowFast) {
  EXPECT_EQ(sentence_of(started()),
            "fw runs in a microVM (KVM is there), live after 90.0 us, cloned from its image\n");
}

TEST(Describe, AFunctionInAProcessHasNoImage) {
  api::Function function = started();
  EXPECT_NE(page_of(function, {}).find("45 bytes, image 0123\n"), 0u);
  function.isolation = api::Isolation::kProcess;
  function.isolation_why = "no microVMs: this host has no /dev/kvm";
  function.image.clear();
  function.cold = true;
  EXPECT_EQ(sentence_of(function),
            "fw runs in a sandboxed process (no microVMs: this host has no /dev/kvm), live after "
            "90.0 us, its graph booted\n");
  EXPECT_EQ(page_of(function, {}).find("image"), std::string::npos);
}

TEST(Describe, DrawsTheTimeline) {
  EXPECT_EQ(timeline_of(started().timeline),
            "  accept              10.0 us  ====\n"
            "  shell               20.0 us      ====\n"
            "  ready               90.0 us          ============================\n"
            "  reply              100.0 us                                      ====\n"
            "  first_packet      5000.0 us\n");
  EXPECT_EQ(timeline_of({}), "");
}

TEST(Describe, TabulatesFunctions) {
  const api::Function function = started();
  EXPECT_EQ(table_of({&function, 1}, {}),
            "NAME  STATE    ISOLATION  MEMORY  LIVE AFTER  RESTARTS  PORTS\n"
            "fw    running  microvm    2MiB    90.0 us     0         eth0=tap:tap0\n");
}

TEST(Describe, HostileTextMovesNoCursor) {
  api::Function function = started();
  function.reason = "\x1b[2J";
  function.spec.ports[0].to = "\x07";
  EXPECT_EQ(page_of(function, {}).find('\x1b'), std::string::npos);
  EXPECT_EQ(table_of({&function, 1}, {}).find('\x07'), std::string::npos);
}

}  // namespace
}  // namespace superfluid::vm
