// SPDX-License-Identifier: Apache-2.0
#include "net/tcp_track.h"

#include <algorithm>

namespace superfluid::net {
namespace {

constexpr std::uint8_t kScaleMax = 14;  // RFC 7323
// How far an acknowledgment may lie behind at least, for senders that announce small windows only
// after larger ones were used.
constexpr std::uint32_t kAckLagMin = 66'000;

// Sequence numbers wrap around.
bool before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }
std::uint32_t later(std::uint32_t a, std::uint32_t b) { return before(a, b) ? b : a; }

std::uint32_t end_of(const TcpSegment& segment) {
  return segment.sequence + segment.length + (segment.has(kTcpSyn) ? 1 : 0) +
         (segment.has(kTcpFin) ? 1 : 0);
}

TcpSide other(TcpSide side) {
  return side == TcpSide::kInitiator ? TcpSide::kResponder : TcpSide::kInitiator;
}

}  // namespace

std::string_view name_of(TcpState state) {
  switch (state) {
    case TcpState::kSynSent: return "syn-sent";
    case TcpState::kSynReceived: return "syn-received";
    case TcpState::kEstablished: return "established";
    case TcpState::kClosing: return "closing";
    case TcpState::kDone: return "done";
    case TcpState::kReset: return "reset";
  }
  return "";
}

bool TcpTrack::flags_make_sense(std::uint8_t flags) {
  const unsigned control = flags & (kTcpSyn | kTcpFin | kTcpRst);
  if ((control & (control - 1)) != 0) {
    return false;  // two of them
  }
  return control == kTcpSyn || control == kTcpRst || (flags & kTcpAck) != 0;
}

TcpTrack::TcpTrack(const TcpSegment& syn) {
  Side& initiator = side(TcpSide::kInitiator);
  initiator.start = syn.sequence;
  initiator.end = end_of(syn);
  initiator.allowed = initiator.end;
  initiator.window_max = std::max<std::uint32_t>(syn.window, 1);
  initiator.scales = syn.scale.has_value();
  initiator.scale = std::min(syn.scale.value_or(0), kScaleMax);
}

TcpVerdict TcpTrack::take(const TcpSegment& segment, TcpSide from) {
  if (state_ == TcpState::kSynSent) {
    return answer_syn(segment, from);
  }
  if (segment.has(kTcpSyn)) {
    return take_syn(segment, from);
  }
  if (state_ == TcpState::kReset && !segment.has(kTcpRst)) {
    return TcpVerdict::kOutOfState;
  }
  if (!fits(segment, side(from), side(other(from)))) {
    return TcpVerdict::kOutOfWindow;
  }
  if (segment.has(kTcpRst)) {
    if (segment.sequence == side(from).end) {
      state_ = TcpState::kReset;
    }
    return TcpVerdict::kFits;
  }
  advance(segment, from);
  return TcpVerdict::kFits;
}

// The initiator may repeat itself, with a new number if it has given up the first; the responder
// agrees or resets.
TcpVerdict TcpTrack::answer_syn(const TcpSegment& segment, TcpSide from) {
  Side& initiator = side(TcpSide::kInitiator);
  if (from == TcpSide::kInitiator) {
    if (begins(segment)) {
      *this = TcpTrack(segment);
      return TcpVerdict::kFits;
    }
    if (segment.has(kTcpRst) && segment.sequence == initiator.end) {
      state_ = TcpState::kReset;
      return TcpVerdict::kFits;
    }
    return TcpVerdict::kOutOfState;
  }
  const bool acknowledges = segment.has(kTcpAck) &&
                            before(initiator.start, segment.acknowledgment) &&
                            !before(initiator.end, segment.acknowledgment);
  if (!acknowledges) {
    return segment.has(kTcpAck) ? TcpVerdict::kOutOfWindow : TcpVerdict::kOutOfState;
  }
  if (segment.has(kTcpRst)) {
    state_ = TcpState::kReset;
    return TcpVerdict::kFits;
  }
  if (!segment.has(kTcpSyn)) {
    return TcpVerdict::kOutOfState;
  }
  Side& responder = side(TcpSide::kResponder);
  responder.start = segment.sequence;
  responder.end = end_of(segment);
  responder.window_max = std::max<std::uint32_t>(segment.window, 1);
  responder.scales = segment.scale.has_value();
  responder.scale = std::min(segment.scale.value_or(0), kScaleMax);
  responder.allowed = responder.start + 1 + initiator.window_max;
  initiator.allowed = segment.acknowledgment + responder.window_max;
  if (!initiator.scales || !responder.scales) {
    initiator.scale = responder.scale = 0;
  }
  state_ = TcpState::kSynReceived;
  return TcpVerdict::kFits;
}

// A SYN once both have sent theirs.
TcpVerdict TcpTrack::take_syn(const TcpSegment& segment, TcpSide from) const {
  const bool repeated = segment.sequence == side(from).start;
  const bool restarted = begins(segment) && state_ != TcpState::kSynReceived;
  if (from == TcpSide::kInitiator) {
    return (begins(segment) && repeated) || restarted ? TcpVerdict::kFits : TcpVerdict::kOutOfState;
  }
  return segment.has(kTcpAck) && repeated ? TcpVerdict::kFits : TcpVerdict::kOutOfState;
}

bool TcpTrack::fits(const TcpSegment& segment, const Side& sender, const Side& receiver) {
  if (before(sender.allowed, segment.sequence) ||
      before(end_of(segment), sender.end - receiver.window_max)) {
    return false;
  }
  if (!segment.has(kTcpAck)) {
    return true;  // a reset
  }
  const std::uint32_t lag = std::max(sender.window_max, kAckLagMin);
  return !before(receiver.end, segment.acknowledgment) &&
         !before(segment.acknowledgment, receiver.end - lag);
}

void TcpTrack::advance(const TcpSegment& segment, TcpSide from) {
  Side& sender = side(from);
  Side& receiver = side(other(from));
  const std::uint32_t window = std::uint32_t{segment.window} << sender.scale;
  sender.end = later(sender.end, end_of(segment));
  sender.window_max = std::max(sender.window_max, window);
  // A closed window is probed with one byte.
  receiver.allowed =
      later(receiver.allowed, segment.acknowledgment + std::max<std::uint32_t>(window, 1));
  sender.finished |= segment.has(kTcpFin);
  if (side(TcpSide::kInitiator).finished && side(TcpSide::kResponder).finished) {
    state_ = TcpState::kDone;
  } else if (sender.finished || receiver.finished) {
    state_ = TcpState::kClosing;
  } else if (from == TcpSide::kInitiator && before(receiver.start, segment.acknowledgment)) {
    state_ = TcpState::kEstablished;
  }
}

bool TcpTrack::sent(std::uint32_t sequence, TcpSide from) const {
  const Side& sender = side(from);
  const Side& receiver = side(other(from));
  // Before it is answered, all that it sent is its SYN.
  const std::uint32_t first =
      state_ == TcpState::kSynSent ? sender.start : sender.end - receiver.window_max - 1;
  return !before(sequence, first) && !before(sender.end, sequence);
}

}  // namespace superfluid::net
