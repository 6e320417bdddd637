// SPDX-License-Identifier: Apache-2.0
#include "graph/port_spec.h"

#include <gtest/gtest.h>

namespace superfluid::graph {
namespace {

void expect_counts(std::string_view code, std::uint32_t inputs_min, std::uint32_t inputs_max,
                   std::uint32_t outputs_min, std::uint32_t outputs_max) {
  const PortCounts counts = parse_port_counts(code);
  EXPECT_EQ(counts.inputs_min, inputs_min) << code;
  EXPECT_EQ(counts.inputs_max, inputs_max) << code;
  EXPECT_EQ(counts.outputs_min, outputs_min) << code;
  EXPECT_EQ(counts.outputs_max, outputs_max) << code;
  EXPECT_FALSE(counts.outputs_equal_inputs) << code;
}

TEST(PortSpec, Counts) {
  constexpr std::uint32_t kAny = PortCounts::kAny;
  expect_counts("1/1", 1, 1, 1, 1);
  expect_counts("0/1", 0, 0, 1, 1);
  expect_counts("1/1-2", 1, 1, 1, 2);
  expect_counts("-/-", 0, kAny, 0, kAny);
  expect_counts("1-/2-", 1, kAny, 2, kAny);
  expect_counts("-3/0", 0, 3, 0, 0);
  expect_counts("2", 2, 2, 2, 2);
  EXPECT_TRUE(parse_port_counts("1-/=").outputs_equal_inputs);
}

TEST(PortSpec, TheLastLetterHoldsForThePortsBeyond) {
  EXPECT_EQ(input_processing("hl/a", 0), Processing::kPush);
  EXPECT_EQ(input_processing("hl/a", 1), Processing::kPull);
  EXPECT_EQ(input_processing("hl/a", 9), Processing::kPull);
  EXPECT_EQ(output_processing("hl/ah", 0), Processing::kAgnostic);
  EXPECT_EQ(output_processing("hl/ah", 5), Processing::kPush);
  EXPECT_EQ(output_processing("l", 0), Processing::kPull);
}

TEST(PortSpec, Flows) {
  EXPECT_TRUE(flows("x/x", 3, 4));
  EXPECT_FALSE(flows("x/y", 0, 0));
  EXPECT_TRUE(flows("#/#", 2, 2));
  EXPECT_FALSE(flows("#/#", 2, 3));
  EXPECT_TRUE(flows("xy/x", 0, 1));
  EXPECT_FALSE(flows("xy/x", 1, 0));
  EXPECT_TRUE(flows("x/xy", 0, 0));
  EXPECT_FALSE(flows("x/xy", 0, 1));
  EXPECT_FALSE(flows("x/#", 0, 0));
  EXPECT_TRUE(flows("xy/[xy]x", 0, 0));
  EXPECT_TRUE(flows("xy/[xy]x", 1, 0));
  EXPECT_TRUE(flows("xy/[xy]x", 0, 1));
  EXPECT_FALSE(flows("xy/[xy]x", 1, 1));
  EXPECT_FALSE(flows("#/[^#]", 2, 2));
  EXPECT_TRUE(flows("#/[^#]", 2, 3));
}

TEST(PortSpecDeathTest, ABadCodeIsAProgrammersError) {
  EXPECT_DEATH(parse_port_counts("one/1"), "a port count is a small number");
  EXPECT_DEATH(input_processing("q/a", 0), "a processing code is made of");
  EXPECT_DEATH(input_processing("/a", 0), "a port code has a letter");
  EXPECT_DEATH(flows("x/[xy", 0, 0), "a set of letters ends");
}

}  // namespace
}  // namespace superfluid::graph
