// SPDX-License-Identifier: Apache-2.0
// Message and Error.
#include "elements/message.h"

#include <gtest/gtest.h>

#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::TestGraph;

TEST(Message, IsHeardAndLetsTheGraphRun) {
  TestGraph graph("Message(\"a, b\"); m :: Message(old, WARNING)");
  EXPECT_TRUE(graph.built());
  EXPECT_EQ(graph.problems(),
            "t:1:1: While configuring 'Message@1 :: Message':\n  a, b\n"
            "t:1:18: While configuring 'm :: Message':\n  old\n");
}

TEST(Message, OfAnErrorRefusesTheGraph) {
  TestGraph graph("m :: Message(no, ERROR)");
  EXPECT_FALSE(graph.built());
  EXPECT_EQ(graph.problems(), "t:1:1: While configuring 'm :: Message':\n  no\n");
}

TEST(Message, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph("m :: Message(a, LOUD)").problems(),
            "t:1:1: While configuring 'm :: Message':\n  unrecognized message type\n");
  EXPECT_EQ(TestGraph("m :: Message").problems(),
            "t:1:1: While configuring 'm :: Message':\n  required MESSAGE argument missing\n");
}

TEST(Error, RefusesTheGraph) {
  TestGraph graph("e :: Error(what, ever)");
  EXPECT_FALSE(graph.built());
  EXPECT_EQ(graph.problems(),
            "t:1:1: While initializing 'e :: Error':\n"
            "  a graph with an Error element does not start\n");
}

}  // namespace
}  // namespace superfluid::elements
