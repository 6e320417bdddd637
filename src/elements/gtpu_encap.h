// SPDX-License-Identifier: Apache-2.0
// GTPUEncap: puts a GTP-U header in front of packets, which sends them into a tunnel.
//
//   GTPUEncap(TEID [, QFI, PDU_TYPE DL|UL, SEQUENCE bool])
//
// Arguments  TEID      the tunnel's number at its other end; ANNO takes the packet's aggregate
//                      annotation, where GTPUDecap notes it.
//            QFI       the packets' QoS flow, 0 to 63, told in a PDU Session Container; PAINT takes
//                      the packet's paint. Default: no container.
//            PDU_TYPE  what the container says of the direction: DL to the subscriber, UL from it.
//                      Default DL.
//            SEQUENCE  whether packets are numbered, from 0 on. Default false.
// Ports      1 input, 1 output, push or pull
// Handlers   teid, qfi (rw)  as the arguments; qfi is empty without a container
//            end_marker (w)  sends an end marker: nothing more comes through this tunnel. Where the
//                            output is push and TEID a number.
//            drops (r)       packets dropped so far
// Drops      packets too long for the header's length, with a paint above 63 where it is the QFI,
//            or for which there is no memory
// Example    f -> GTPUEncap(0x1001, QFI 9) -> UDPIPEncap(192.0.2.1, 2152, 192.0.2.2, 2152) -> t;
//
// The header as in 3GPP TS 29.281, the container as in TS 38.415.

#pragma once

#include <array>
#include <optional>
#include <string>

#include "graph/element.h"
#include "net/gtpu.h"

namespace superfluid::elements {

class GTPUEncap final : public graph::PerPacket<GTPUEncap> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  static constexpr std::size_t kHeaderBytesMax = 16;

  // nullopt in each: the packet's own note.
  struct Tunnel {
    std::optional<std::uint32_t> teid = 0;
    bool has_qfi = false;
    std::optional<std::uint8_t> qfi = 0;
  };

  static bool read_teid(std::string_view text, Tunnel& tunnel);
  static bool read_qfi(std::string_view text, Tunnel& tunnel);
  base::Status take(bool is_right, std::string_view complaint);
  void make_header();
  base::Status send_end_marker();

  Tunnel tunnel_;
  net::PduSessionType direction_ = net::PduSessionType::kDownlink;
  bool numbered_ = false;
  std::array<std::uint8_t, kHeaderBytesMax> header_{};  // of every packet, but for what differs
  std::uint32_t header_length_ = 0;
  std::uint16_t next_sequence_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
