// SPDX-License-Identifier: Apache-2.0
// SimplePullSwitch, StaticPullSwitch, PullSwitch: pull from one of several inputs.
//
//   SimplePullSwitch([INPUT])   INPUT may be changed
//   StaticPullSwitch(INPUT)     it may not
//   PullSwitch([INPUT])         it may, and who pulls sleeps while that input is empty
//
// Arguments  INPUT  its number; negative, or without such an input: gives nothing. Default 0.
// Ports      any number of pull inputs, 1 pull output
// Handlers   switch (rw), config (r)  INPUT; not of StaticPullSwitch
// Example    q1 -> [0] s :: PullSwitch;   q2 -> [1] s;   s -> Unqueue -> t;
//
// Behind the first two, who pulls goes on asking while any input has packets.

#pragma once

#include <vector>

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class StaticPullSwitch : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override {
    return input_ < 0 ? 0 : input(static_cast<std::uint32_t>(input_)).pull(into, max);
  }

 protected:
  void select(std::int32_t input);

  std::int32_t input_ = 0;  // -1: none
};

class SimplePullSwitch : public StaticPullSwitch {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) final;

 private:
  virtual void selected() {}
};

class PullSwitch final : public SimplePullSwitch, private graph::WakeListener {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
  graph::Notifier* empty_notifier(std::uint32_t) override { return &nonempty_; }

 private:
  bool may_have_packets() const {
    return input_ >= 0 && signals_[static_cast<std::size_t>(input_)].active();
  }
  void selected() override { woken(); }
  void woken() override { may_have_packets() ? nonempty_.wake() : nonempty_.sleep(); }

  std::vector<graph::Signal> signals_;  // one an input
  graph::Notifier nonempty_;
};

}  // namespace superfluid::elements
