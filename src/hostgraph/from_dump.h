// SPDX-License-Identifier: Apache-2.0
// FromDump: sends the packets of a capture (pcap or pcapng).
//
//   FromDump(FILENAME [, TIMING bool, STOP bool, ACTIVE bool, SAMPLE p, FORCE_IP bool,
//            START time, END time, START_AFTER time, END_AFTER time, INTERVAL time,
//            END_CALL handler, MMAP bool])
//
// Arguments  FILENAME     the capture; - is standard input.
//            STOP         stops the graph at the end. Default false.
//            TIMING       sends packets at the distances of their timestamps. Default false: as
//                         fast as may be.
//            ACTIVE       whether packets are sent. Default true.
//            SAMPLE       how likely a packet is sent, 0 to 1. Default 1.
//            FORCE_IP     sends IPv4 packets alone, without their link header. Default false.
//            START, END   timestamps: packets before START and from END on are left out.
//            START_AFTER, END_AFTER  the same, counted from the first packet's timestamp.
//            INTERVAL     the same as END_AFTER, counted from START.
//            END_CALL     a write, such as "c.reset" or "s.switch 1", made at the end; not together
//                         with STOP
//            MMAP         accepted: files are always mapped.
// Ports      1 output, push or pull. When pushing, it rests while what is behind is full.
// Drops      with FORCE_IP packets that are no IPv4; packets of more than 65791 bytes
// Handlers   active (rw), stop (w)   as ACTIVE; sends no more and stops the graph
//            count, drops (r)        packets sent, packets dropped
//            reset_counts (w)        sets count to 0
//            sampling_prob (r)       SAMPLE, as exactly as it is kept
//            encap, filename (r)     IP or ETHER, of the last packet
// Example    FromDump(capture.pcap, STOP true) -> Classifier(12/0800) -> Discard;
//
// A capture that is damaged is sent up to where the damage begins; then this is said, and the end
// is as the end of the file.

#pragma once

#include <optional>
#include <string>

#include "elements/handler_call.h"
#include "elements/probability.h"
#include "hostgraph/replay.h"
#include "os/pcap.h"

namespace superfluid::hostgraph {

class FromDump final : public Replay {
 public:
  static const graph::ElementClass kClass;

  FromDump() : Replay({.turn_packets = graph::kBatchMax, .rests_when_full = true}) {}

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void take_state(graph::Element& old) override;

 private:
  static constexpr base::Duration kNotGiven{-1};
  static bool given(base::Duration time) { return time != kNotGiven; }

  // The one whose place in the file this one is to keep.
  FromDump* predecessor() const;
  void begin_at(base::Duration first);
  graph::Packet* read_packet() override;
  void ended() override;
  graph::Packet* packet_of(const os::CapturedPacket& captured);

  std::string path_;
  std::optional<os::PcapReader> reader_;
  base::Duration start_ = kNotGiven;
  base::Duration end_ = kNotGiven;
  base::Duration start_after_ = kNotGiven;
  base::Duration end_after_ = kNotGiven;
  base::Duration interval_ = kNotGiven;
  std::optional<base::Duration> first_;  // timestamp in the file
  elements::Probability sample_;
  std::optional<graph::AnyText> end_call_;
  elements::HandlerCall at_end_;
  std::uint64_t drops_ = 0;
  bool last_was_ip_ = false;
  bool force_ip_ = false;
};

}  // namespace superfluid::hostgraph
