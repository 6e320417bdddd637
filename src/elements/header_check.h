// SPDX-License-Identifier: Apache-2.0
// HeaderCheck: what the elements that check headers (CheckIPHeader, CheckTCPHeader, ...) have in
// common: a table of reasons, the counts by reason, and what is said about refused packets.
//
// One table serves the code, the drop_details handler and the messages; each element's manual names
// its reasons.
//
// Arguments  VERBOSE  says something of every refused packet, not of the first only. Default false.
//            DETAILS  adds the handler drop_details. Default false.
// Handlers   drops (r)         packets refused so far
//            drop_details (r)  the same by reason, a line each

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "graph/arguments.h"
#include "graph/element.h"
#include "graph/handler.h"

namespace superfluid::elements {

class HeaderCheck {
 public:
  static constexpr std::size_t kReasonsMax = 8;

  // what: "IP", "TCP", ...: of the message.
  HeaderCheck(std::string_view what, std::span<const std::string_view> reasons)
      : what_(what), reasons_(reasons) {}

  graph::Arguments& read_arguments(graph::Arguments& arguments) {
    return arguments.keyword("VERBOSE", verbose_).keyword("DETAILS", details_);
  }
  void add_handlers(graph::HandlerTable& handlers);
  // `element` refused a packet for reasons[reason].
  void count(const graph::Element& element, std::size_t reason);

 private:
  std::string_view what_;
  std::span<const std::string_view> reasons_;
  std::uint64_t drops_ = 0;
  std::array<std::uint64_t, kReasonsMax> by_reason_{};
  bool verbose_ = false;
  bool details_ = false;
};

}  // namespace superfluid::elements
