// SPDX-License-Identifier: Apache-2.0
// FromIPSummaryDump: makes packets of the lines of a text, for tests and small experiments.
//
//   FromIPSummaryDump(FILENAME [, STOP bool, ACTIVE bool, TIMING bool, CHECKSUM bool, PROTO n,
//                     FIELDS fields, FLOWID flow, DATA text, ALLOW_NONEXISTENT bool, ZERO bool])
//
// Each line is a packet: a word for each field of the `!data` line before it, '-' for a field that
// the packet has not. Lines beginning with '#' are comments. Other lines that begin with '!':
//   !data FIELD...         what the words of the lines that follow mean: see ToIPSummaryDump
//   !proto T | U | I | n   the protocol of packets that name none
//   !flowid SRC SPORT DST DPORT [PROTO]   addresses and ports of packets that name none
//   !aggregate N           the aggregate annotation
//
// Arguments  FILENAME  the file; - is standard input.
//            DATA      the text itself, in place of a file.
//            STOP      stops the graph at the end. Default false.
//            ACTIVE    whether packets are sent. Default true.
//            TIMING    sends packets at the distances of their timestamps. Default false.
//            CHECKSUM  sets IPv4, TCP, UDP and ICMP checksums, and the length to what the packet
//                      states it is. Default false.
//            PROTO     protocol of packets that name none. Default 6, TCP.
//            FIELDS    (CONTENTS, DEFAULT_FIELDS, DEFAULT_CONTENTS) fields until a !data line.
//            FLOWID    (DEFAULT_FLOWID) as a !flowid line.
//            ALLOW_NONEXISTENT  a missing file is an empty one. Default false.
//            ZERO      accepted: bytes that no field sets are always zero.
// Ports      1 output, push or pull
// Handlers   active (rw), stop (w)    as ACTIVE; sends no more and stops the graph
//            count (r), reset_counts (w)  packets sent; to zero
//            encap (r)                IP
// Example    FromIPSummaryDump(DATA "!data src dst
//            1.0.0.1 2.0.0.2", STOP true) -> Print -> Discard;

#pragma once

#include <string>
#include <vector>

#include "hostgraph/replay.h"
#include "hostgraph/summary_fields.h"

namespace superfluid::hostgraph {

class FromIPSummaryDump final : public Replay {
 public:
  static const graph::ElementClass kClass;

  FromIPSummaryDump() : Replay({.turn_packets = 1, .rests_when_full = false}) {}

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;

 private:
  // The next line without its end; false when there is none.
  bool next_line(std::string_view& line);
  void check_banner();
  graph::Packet* read_packet() override;
  graph::Packet* packet_of(std::string_view line);
  void read_command(std::string_view line);
  void set_fields(const std::vector<std::string>& words);
  void set_protocol(const std::vector<std::string>& words);
  void set_flow(const std::vector<std::string>& words);
  void complain(std::string_view what);

  std::string path_;
  std::string text_;
  std::size_t at_ = 0;                       // of the next line in text_
  std::uint64_t line_ = 0;                   // number of the last line read
  std::vector<const SummaryField*> fields_;  // nullptr: unknown, its words are skipped
  SummaryDraft pattern_;                     // what packets are before their line is read
  SummaryMaking making_;
  bool allow_nonexistent_ = false;
  bool has_data_ = false;
  bool complained_ = false;
};

}  // namespace superfluid::hostgraph
