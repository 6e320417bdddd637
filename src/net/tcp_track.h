// SPDX-License-Identifier: Apache-2.0
// TcpTrack: a TCP connection as somebody in the middle sees it: which state it is in, and which
// segments belong to it.
//
// Why windows: ports can be guessed, so a tracker that lets every segment of a known connection
// pass lets anybody reset it or write into it. Each side's numbers are kept instead, as van Rooij's
// "Real stateful TCP packet filtering" (2000) derives them, and a segment must fit both:
//
//   sequence        at most what the receiver has allowed, at least a window below what was sent
//   acknowledgment  at most what the other side sent, at least a window below that
//
// Reordered, repeated and lost segments fit; a blind guess does with the odds of a window.
//
// What is let through although it changes nothing: a SYN on a connection that is alive, since a
// host that has restarted begins that way, and the other side's challenge (RFC 5961) leads it to
// reset what is left. A reset closes the connection here only when its number is the exact one.
//
// Not followed: connections that were there before the tracker, and both ends sending SYN at once.
//
// Invariants: numbers only move forward; after kReset and kDone the state stays.
//
// Threads: plain data.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/tcp.h"

namespace superfluid::net {

struct TcpSegment {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint32_t length = 0;  // of its payload
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
  std::optional<std::uint8_t> scale = {};  // of a SYN's window scale option

  bool has(TcpFlag flag) const { return (flags & flag) != 0; }
};

enum class TcpState : std::uint8_t {
  kSynSent,
  kSynReceived,  // both sent a SYN, the last acknowledgment is missing
  kEstablished,
  kClosing,  // one side sent FIN
  kDone,     // both did
  kReset,
};
std::string_view name_of(TcpState state);

enum class TcpVerdict : std::uint8_t { kFits, kOutOfState, kOutOfWindow };

enum class TcpSide : std::uint8_t { kInitiator, kResponder };

class TcpTrack {
 public:
  // Flags that no honest segment has together, or lacks.
  static bool flags_make_sense(std::uint8_t flags);
  // Whether it asks for a connection.
  static bool begins(const TcpSegment& segment) {
    return (segment.flags & (kTcpSyn | kTcpAck | kTcpFin | kTcpRst)) == kTcpSyn;
  }

  TcpTrack() = default;
  explicit TcpTrack(const TcpSegment& syn);

  TcpState state() const { return state_; }
  // A SYN here begins a new connection.
  bool over() const { return state_ == TcpState::kDone || state_ == TcpState::kReset; }

  // REQUIRES: flags_make_sense().
  TcpVerdict take(const TcpSegment& segment, TcpSide from);
  // Whether `from` may have sent a segment of this number lately: what ICMP errors quote.
  bool sent(std::uint32_t sequence, TcpSide from) const;

 private:
  struct Side {
    std::uint32_t start = 0;       // its SYN's number
    std::uint32_t end = 0;         // behind the last byte it sent
    std::uint32_t allowed = 0;     // how far the other side lets it send
    std::uint32_t window_max = 1;  // the largest that it announced
    std::uint8_t scale = 0;
    bool scales = false;
    bool finished = false;
  };

  Side& side(TcpSide which) { return sides_[static_cast<std::size_t>(which)]; }
  const Side& side(TcpSide which) const { return sides_[static_cast<std::size_t>(which)]; }

  TcpVerdict answer_syn(const TcpSegment& segment, TcpSide from);
  TcpVerdict take_syn(const TcpSegment& segment, TcpSide from) const;
  static bool fits(const TcpSegment& segment, const Side& sender, const Side& receiver);
  void advance(const TcpSegment& segment, TcpSide from);

  std::array<Side, 2> sides_;
  TcpState state_ = TcpState::kSynSent;
};

}  // namespace superfluid::net
