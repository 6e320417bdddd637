// SPDX-License-Identifier: Apache-2.0
// PacketSource: the packets that a user means, wherever they are: hexadecimal in the arguments, in
// a file or on standard input, or a pcap or pcapng capture, known by its first four bytes.
//
// A single argument that names a file is that file; `-` is standard input; what has only the
// characters of hexadecimal is that; anything else is a file that is not there. Several arguments
// are hexadecimal, and refused when one of them is a file.
//
// A file is mapped, so that its size costs no memory. A capture from a pipe is held as a whole and
// therefore has a limit.
//
// Threads: one.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "net/dissect.h"
#include "os/pcap.h"

namespace superfluid::packet {

struct SourcePacket {
  base::ByteView bytes;  // valid as long as the source
  std::uint32_t length_on_wire;
  net::LinkType link;
  std::optional<base::Duration> since_epoch;  // what a capture says
};

class PacketSource {
 public:
  // `link` is for hexadecimal, which does not say it, and refused with a capture, which does.
  static base::Result<PacketSource> open(const std::vector<std::string>& inputs,
                                         std::optional<net::LinkType> link);

  // nullopt at the end.
  base::Result<std::optional<SourcePacket>> next();

 private:
  static base::Result<PacketSource> open_file(const std::string& path,
                                              std::optional<net::LinkType> link);
  static base::Result<PacketSource> of_capture(base::Result<os::PcapReader> reader,
                                               std::string_view name,
                                               std::vector<std::uint8_t> bytes,
                                               std::optional<net::LinkType> link);
  static base::Result<PacketSource> of_text(std::string_view text, std::string_view name,
                                            std::optional<net::LinkType> link);

  std::vector<std::uint8_t> bytes_;        // the packet from hexadecimal, or a capture from a pipe
  std::optional<os::PcapReader> capture_;  // none: bytes_ is the one packet
  std::string name_;                       // of the capture, for errors
  net::LinkType link_ = net::LinkType::kEthernet;
  std::uint64_t given_ = 0;  // packets handed out
};

}  // namespace superfluid::packet
