// SPDX-License-Identifier: Apache-2.0
// A dissected packet, for people (one line per layer, deeper layers further right) and for programs
// (one JSON object).

#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "net/dissect.h"
#include "superfluid/cli/terminal.h"
#include "superfluid/packet/source.h"

namespace superfluid::packet {

struct Shown {
  std::uint64_t number;  // in its source, from 1
  const SourcePacket& packet;
  const net::Dissection& dissection;
  std::size_t payload_bytes_max;  // how much of the payload is shown
};

std::string text_of(const Shown& shown, const cli::Terminal& terminal);
boost::json::object json_of(const Shown& shown);

}  // namespace superfluid::packet
