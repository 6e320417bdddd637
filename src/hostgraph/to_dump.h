// SPDX-License-Identifier: Apache-2.0
// ToDump: writes packets to a capture (pcap).
//
//   ToDump(FILENAME [, SNAPLEN n, ENCAP ETHER | IP, EXTRA_LENGTH bool])
//
// Arguments  FILENAME      the capture, emptied first; - is standard output.
//            SNAPLEN       bytes kept of each packet, 0 for all. Default 2000.
//            ENCAP         what packets begin with. Default ETHER.
//            EXTRA_LENGTH  whether the length on the wire has the bytes that a packet lost since
//                          (its extra length annotation). Default true.
// Ports      1 input, push or pull; packets leave by the output if there is one
// Handlers   count (r), reset_counts (w)   packets written
//            flush (w)                     what is written so far is in the file then
//            filename (r)
// Example    f -> ToDump(out.pcap);
//
// A packet without a timestamp gets the time of its round.

#pragma once

#include <optional>
#include <string>

#include "hostgraph/recorder.h"
#include "os/pcap.h"

namespace superfluid::hostgraph {

class ToDump final : public Recorder {
 public:
  static const graph::ElementClass kClass;

  ~ToDump() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void take_state(graph::Element& old) override;

 private:
  // The one whose file this one is to go on with.
  ToDump* predecessor() const;
  void record(const graph::Packet& packet) override;
  void complain(const base::Error& error);

  std::string path_;
  std::optional<os::PcapWriter> writer_;
  std::uint32_t link_type_ = os::kLinkEthernet;
  std::uint32_t snap_length_ = 2000;
  std::uint64_t count_ = 0;
  bool extra_length_ = true;
  bool complained_ = false;
};

}  // namespace superfluid::hostgraph
