// SPDX-License-Identifier: Apache-2.0
#include "graph/port_match.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace superfluid::graph {
namespace {

constexpr bool kSingle = false;
constexpr bool kDouble = true;

PortList ports(std::vector<std::uint32_t> list) { return {std::move(list), false}; }
PortList from(std::uint32_t port) { return {{port}, true}; }

// Elements 0, 1, ... on the left, 10, 11, ... on the right; "0.1-10.0 ..." and what was wrong.
std::string match(const std::vector<PortList>& left, bool double_arrow,
                  const std::vector<PortList>& right) {
  std::vector<ElementPorts> outputs;
  std::vector<ElementPorts> inputs;
  for (std::uint32_t i = 0; i < left.size(); ++i) {
    outputs.push_back({i, &left[i]});
  }
  for (std::uint32_t i = 0; i < right.size(); ++i) {
    inputs.push_back({10 + i, &right[i]});
  }
  const PortMatch made = match_ports(outputs, inputs, double_arrow);
  std::string text;
  for (const auto& [source, sink] : made.pairs) {
    text += base::cat(source.element, ".", source.port, "-", sink.element, ".", sink.port, " ");
  }
  for (const std::string& complaint : made.complaints) {
    text += base::cat("! ", complaint, " ");
  }
  return text;
}

const PortList kBare;

TEST(PortMatch, BareElementsUsePortZero) {
  EXPECT_EQ(match({kBare}, kSingle, {kBare}), "0.0-10.0 ");
  EXPECT_EQ(match({kBare}, kDouble, {kBare}), "0.0-10.0 ");
}

TEST(PortMatch, OneIsRepeatedForMany) {
  EXPECT_EQ(match({kBare, ports({2})}, kSingle, {ports({3})}), "0.0-10.3 1.2-10.3 ");
  EXPECT_EQ(match({ports({1})}, kSingle, {kBare, kBare}), "0.1-10.0 0.1-11.0 ");
  EXPECT_EQ(match({ports({0, 1, 2})}, kSingle, {kBare}), "0.0-10.0 0.1-10.0 0.2-10.0 ");
}

TEST(PortMatch, ManyAndManyPairWithADoubleArrow) {
  EXPECT_EQ(match({ports({0, 1})}, kDouble, {kBare, kBare}), "0.0-10.0 0.1-11.0 ");
  EXPECT_EQ(match({ports({0, 1}), kBare}, kDouble, {ports({5}), ports({7, 8})}),
            "0.0-10.5 0.1-11.7 1.0-11.8 ");
}

TEST(PortMatch, ABareElementGrowsWithADoubleArrow) {
  EXPECT_EQ(match({kBare}, kDouble, {kBare, kBare, kBare}), "0.0-10.0 0.1-11.0 0.2-12.0 ");
  EXPECT_EQ(match({ports({4, 6})}, kDouble, {kBare}), "0.4-10.0 0.6-10.1 ");
  // One that is written does not.
  EXPECT_EQ(match({ports({3})}, kDouble, {kBare, kBare}), "0.3-10.0 0.3-11.0 ");
}

TEST(PortMatch, AnOpenListGrows) {
  EXPECT_EQ(match({from(2)}, kDouble, {kBare, kBare}), "0.2-10.0 0.3-11.0 ");
  EXPECT_EQ(match({kBare, from(2)}, kDouble, {ports({0, 1, 2})}), "0.0-10.0 1.2-10.1 1.3-10.2 ");
  EXPECT_EQ(match({from(2)}, kDouble, {kBare}), "0.2-10.0 ");
}

TEST(PortMatch, Complaints) {
  EXPECT_EQ(match({ports({0, 1})}, kSingle, {ports({0, 1})}),
            "0.0-10.0 0.1-10.1 ! syntax error: many-to-many connections require '=>' ");
  EXPECT_EQ(match({ports({0, 1, 2})}, kDouble, {ports({0, 1})}),
            "0.0-10.0 0.1-10.1 ! connection mismatch: 3 outputs connected to 2 inputs ");
  EXPECT_EQ(match({from(0)}, kDouble, {from(0)}),
            "0.0-10.0 ! at most one expandable port allowed per connection ");
  EXPECT_EQ(match({ports({0, 1})}, kDouble, {ports({0, 1, 2}), from(0)}),
            "0.0-10.0 0.1-10.1 ! connection mismatch: 2 outputs connected to 4 or more inputs ");
}

}  // namespace
}  // namespace superfluid::graph
