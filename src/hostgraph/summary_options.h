// SPDX-License-Identifier: Apache-2.0
// The options of IP and TCP headers as words of a summary line, and back:
//
//   TCP  mss1400  wscale10  sackok  sack95-98  ts669063908:38382731
//   IP   rr{10.0.0.1,10.0.0.2}+5  lsrr{...}  ssrr{10.0.0.1^10.0.0.2}   ^ stands before the address
//        at which the pointer is, +5 for so many places behind it
//   both nop and eol, only read; others by number, with their bytes: 98, 99=0:5:10
//
// Several are joined by ';'. No options are '.', options that are malformed '?'.
//
// Invariants: reading refuses what would not fit into a header; what was read is written as it was
// read, but for nop and eol.

#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace superfluid::hostgraph {

inline constexpr std::size_t kOptionBytesMax = 40;  // of a header of each kind

enum class TcpOptions : std::uint8_t { kAll, kAllButTimestamp, kSack };

std::string tcp_options_text(base::ByteView options, TcpOptions which);
std::string ip_options_text(base::ByteView options);

// False when the text is none of these; then `options` is as it was. Padded to a multiple of four.
bool read_tcp_options(std::string_view text, std::string& options);
bool read_ip_options(std::string_view text, std::string& options);

}  // namespace superfluid::hostgraph
