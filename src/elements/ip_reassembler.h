// SPDX-License-Identifier: Apache-2.0
// IPReassembler: puts the fragments of IPv4 packets together again.
//
//   IPReassembler([HIMEM n])
//
// Arguments  HIMEM  most bytes that unfinished packets may take, their buffers and all. Default
//                   262144. Beyond it the oldest are given up, down to three quarters of it.
// Ports      1 input, 1 or 2 outputs, push or pull; a packet given up whose first fragment came is
//            pushed to output 1 when there is one, as far as it came without a gap, for an
//            ICMPError to answer
// Handlers   fragments (r)   fragments that came in
//            reassembled (r) packets put together
//            failed (r)      packets given up
//            bad (r)         fragments that were no sound part of any packet
//            waiting (r)     packets that are not finished
//            memory (r)      bytes that these take
//            dump (r)        all of that, and what is there of each packet
// Drops      fragments: without payload, of a length that leaves no room for the next, reaching
//            beyond 65535 bytes, shorter than they say, without an IPv4 header noted (bad);
//            packets: not complete within 30 seconds, the oldest when memory runs out, with
//            fragments that overlap or do not agree about the end (failed)
// Example    f -> CheckIPHeader -> r :: IPReassembler -> t;
//            r [1] -> ICMPError(10.0.0.1, timeexceeded, reassembly) -> rt;
//
// A fragment that came already is ignored; one that only overlaps others gives its whole packet
// away as forged. The packet has the notes and the link header (at most 64 bytes of it) of its
// first fragment, and the time of the last one that came.
//
// How: a packet under way is one buffer that grows, and a bit for each 8 bytes of it.

#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/hash_map.h"
#include "elements/ip_header.h"
#include "graph/element.h"

namespace superfluid::elements {

class IPReassembler final : public graph::PerPacket<IPReassembler> {
 public:
  static const graph::ElementClass kClass;

  ~IPReassembler() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);
  void run_timer(graph::Timer& timer) override;
  void take_state(graph::Element& old) override;

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  struct Key {
    net::Ipv4Address source;
    net::Ipv4Address destination;
    std::uint16_t identification;
    net::IpProtocol protocol;
    std::uint64_t hash;  // with a secret, so that nobody can choose keys that collide

    friend bool operator==(const Key&, const Key&) = default;
    friend std::uint64_t hash_of(const Key& key) { return key.hash; }
  };

  // A packet under way. Of its buffer, `packet->data` is where the payload begins.
  struct Unfinished {
    Key key;
    graph::Packet* packet = nullptr;
    base::Instant begun;
    std::array<std::uint64_t, 128> blocks{};  // that came, of 8 bytes each
    std::uint32_t block_count = 0;
    std::uint32_t reached = 0;        // where the payload of the furthest fragment ends
    std::uint32_t length = 0;         // of the payload, once the last fragment came
    std::uint32_t header_length = 0;  // IPv4's, once the first came, in front of the payload
    std::uint32_t link_length = 0;    // in front of that
    std::uint32_t older = kNone;
    std::uint32_t newer = kNone;

    bool complete() const {
      return length != 0 && header_length != 0 && block_count == (length + 7) / 8;
    }
  };

  struct Fragment {
    std::uint32_t begin;
    std::uint32_t end;
    bool last;
    Ipv4Datagram datagram;
  };

  // What of a packet's blocks a fragment brings.
  enum class News : std::uint8_t { kAll, kNothing, kPart };

  // What another takes over.
  struct State {
    std::uint64_t memory = 0;
    std::uint64_t secret = 0;
    base::HashMap<Key, std::uint32_t> index;
    std::vector<Unfinished> unfinished;
    std::uint32_t free = kNone;  // linked through newer
    std::uint32_t oldest = kNone;
    std::uint32_t newest = kNone;
  };

  static std::optional<Fragment> read(const graph::Packet& packet);
  graph::Packet* add(graph::Packet* packet, const Fragment& fragment);
  Key key_of(const net::Ipv4Header& header) const;
  std::uint32_t find_or_begin(const Key& key, base::Instant now);
  static News news(const Unfinished& unfinished, const Fragment& fragment);
  static bool agrees(const Unfinished& unfinished, const Fragment& fragment);
  bool make_room(Unfinished& unfinished, std::uint32_t bytes);
  static void copy(Unfinished& unfinished, const graph::Packet& packet, const Fragment& fragment);
  static void copy_header(Unfinished& unfinished, const graph::Packet& packet,
                          const Fragment& fragment);

  // The packet as far as its payload is `length` bytes long, out of the table.
  graph::Packet* take_out(std::uint32_t at, std::uint32_t length, bool more);
  void give_up(std::uint32_t at);
  void limit_memory(std::uint32_t except);
  void set_timer();
  std::string dump() const;

  std::uint64_t memory_max_ = 256 << 10;
  State state_;
  std::uint64_t fragments_ = 0;
  std::uint64_t reassembled_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t bad_ = 0;
  graph::Timer timer_{*this};
};

}  // namespace superfluid::elements
