// SPDX-License-Identifier: Apache-2.0
// ToIPSummaryDump: writes packets as lines of text.
//
//   ToIPSummaryDump(FILENAME [, FIELDS fields, HEADER bool, BANNER text, BAD_PACKETS bool])
//
// Arguments  FILENAME  the file, emptied first; - is standard output.
//            FIELDS    (CONTENTS) what a line has of its packet. Default: timestamp ip_src.
//            HEADER    whether the lines !IPSummaryDump, !creator, !data come first. Default true.
//            BANNER    text of the line !creator; no such line without it.
//            BAD_PACKETS  a line "!bad" with a reason before a packet whose headers are not whole.
//                      Default false.
// Fields     timestamp ts_sec ts_usec ts_usec1 link direction aggregate wire_len count
//            eth_src eth_dst eth_type
//            ip_src ip_dst ip_tos ip_dscp ip_ecn ip_ttl ip_frag ip_fragoff ip_id ip_sum ip_proto
//            ip_hl ip_len ip_capture_len ip_opt (their ip_ may be left out)
//            sport dport udp_len tcp_seq tcp_ack tcp_off tcp_flags tcp_window tcp_urp
//            icmp_type icmp_code icmp_type_name icmp_flowid icmp_seq icmp_nextmtu
//            tcp_opt tcp_ntopt tcp_sack payload payload_len payload_md5 payload_md5_hex
//            A packet without a field has '-' in its place. Headers are looked for where
//            CheckIPHeader or MarkIPHeader found them.
// Ports      1 input, push or pull; packets leave by the output if there is one
// Handlers   flush (w)   what is written so far is in the file then
//            count (r)   packets written
// Example    f -> CheckIPHeader -> ToIPSummaryDump(out, FIELDS src dst proto);

#pragma once

#include <string>
#include <vector>

#include "hostgraph/recorder.h"
#include "hostgraph/summary_fields.h"
#include "os/unique_fd.h"

namespace superfluid::hostgraph {

class ToIPSummaryDump final : public Recorder {
 public:
  static const graph::ElementClass kClass;

  ~ToIPSummaryDump() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void take_state(graph::Element& old) override;

 private:
  static constexpr std::size_t kBufferBytesMax = 64 << 10;

  // The one whose file this one is to go on with.
  ToIPSummaryDump* predecessor() const;
  void record(const graph::Packet& packet) override;
  base::Status flush();

  std::string path_;
  std::string banner_;
  std::vector<const SummaryField*> fields_;
  os::UniqueFd file_;
  std::string buffer_;  // not yet in the file
  std::uint64_t count_ = 0;
  bool header_ = true;
  bool bad_packets_ = false;
  bool failed_ = false;
};

}  // namespace superfluid::hostgraph
