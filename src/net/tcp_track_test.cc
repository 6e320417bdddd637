// SPDX-License-Identifier: Apache-2.0
#include "net/tcp_track.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>

#include "base/rng.h"

namespace superfluid::net {
namespace {

constexpr TcpSide kInitiator = TcpSide::kInitiator;
constexpr TcpSide kResponder = TcpSide::kResponder;

TcpSegment segment(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment,
                   std::uint32_t length = 0) {
  return {.sequence = sequence,
          .acknowledgment = acknowledgment,
          .length = length,
          .window = 1000,
          .flags = flags};
}

// Number 100 on one side, 500 on the other, nothing sent yet.
TcpTrack established() {
  TcpTrack track(segment(kTcpSyn, 99, 0));
  EXPECT_EQ(track.take(segment(kTcpSyn | kTcpAck, 499, 100), kResponder), TcpVerdict::kFits);
  EXPECT_EQ(track.state(), TcpState::kSynReceived);
  EXPECT_EQ(track.take(segment(kTcpAck, 100, 500), kInitiator), TcpVerdict::kFits);
  EXPECT_EQ(track.state(), TcpState::kEstablished);
  return track;
}

TEST(TcpTrack, KnowsFlagsThatMakeNoSense) {
  const std::uint8_t sensible[] = {kTcpSyn,
                                   kTcpSyn | kTcpAck,
                                   kTcpAck,
                                   kTcpFin | kTcpAck,
                                   kTcpRst,
                                   kTcpRst | kTcpAck,
                                   kTcpAck | kTcpPsh | kTcpUrg,
                                   kTcpSyn | kTcpEce | kTcpCwr};
  for (const std::uint8_t flags : sensible) {
    EXPECT_TRUE(TcpTrack::flags_make_sense(flags)) << +flags;
  }
  const std::uint8_t senseless[] = {0,
                                    kTcpFin,
                                    kTcpSyn | kTcpFin,
                                    kTcpSyn | kTcpRst,
                                    kTcpPsh,
                                    kTcpFin | kTcpRst | kTcpAck,
                                    kTcpFin | kTcpPsh | kTcpUrg,
                                    0xff};
  for (const std::uint8_t flags : senseless) {
    EXPECT_FALSE(TcpTrack::flags_make_sense(flags)) << +flags;
  }
}

TEST(TcpTrack, ClosesWhenBothSidesHave) {
  TcpTrack track = established();
  EXPECT_EQ(track.take(segment(kTcpFin | kTcpAck, 100, 500, 10), kInitiator), TcpVerdict::kFits);
  EXPECT_EQ(track.state(), TcpState::kClosing);
  EXPECT_EQ(track.take(segment(kTcpAck, 500, 111, 300), kResponder), TcpVerdict::kFits);
  EXPECT_EQ(track.take(segment(kTcpFin | kTcpAck, 800, 111), kResponder), TcpVerdict::kFits);
  EXPECT_EQ(track.state(), TcpState::kDone);
  EXPECT_EQ(track.take(segment(kTcpAck, 111, 801), kInitiator), TcpVerdict::kFits);
  EXPECT_TRUE(track.over());
}

TEST(TcpTrack, WaitsForTheAnswerToItsSyn) {
  TcpTrack track(segment(kTcpSyn, 99, 0));
  EXPECT_EQ(track.take(segment(kTcpAck, 100, 1), kInitiator), TcpVerdict::kOutOfState);
  EXPECT_EQ(track.take(segment(kTcpSyn, 1, 0), kResponder), TcpVerdict::kOutOfState);
  EXPECT_EQ(track.take(segment(kTcpAck, 1, 100), kResponder), TcpVerdict::kOutOfState);
  EXPECT_EQ(track.take(segment(kTcpSyn | kTcpAck, 499, 101), kResponder), TcpVerdict::kOutOfWindow);
  EXPECT_EQ(track.take(segment(kTcpSyn | kTcpAck, 499, 99), kResponder), TcpVerdict::kOutOfWindow);
  EXPECT_EQ(track.take(segment(kTcpRst | kTcpAck, 0, 101), kResponder), TcpVerdict::kOutOfWindow);
  EXPECT_EQ(track.take(segment(kTcpRst, 100, 0), kResponder), TcpVerdict::kOutOfState);
  EXPECT_EQ(track.state(), TcpState::kSynSent);
  // It may try again with another number.
  EXPECT_EQ(track.take(segment(kTcpSyn, 7099, 0), kInitiator), TcpVerdict::kFits);
  EXPECT_EQ(track.take(segment(kTcpRst | kTcpAck, 0, 7100), kResponder), TcpVerdict::kFits);
  EXPECT_EQ(track.state(), TcpState::kReset);
  EXPECT_EQ(track.take(segment(kTcpAck, 7100, 0), kInitiator), TcpVerdict::kOutOfState);
}

TEST(TcpTrack, RepeatsOfTheHandshakeFit) {
  TcpTrack track(segment(kTcpSyn, 99, 0));
  EXPECT_EQ(track.take(segment(kTcpSyn | kTcpAck, 499, 100), kResponder), TcpVerdict::kFits);
  EXPECT_EQ(track.take(segment(kTcpSyn, 99, 0), kInitiator), TcpVerdict::kFits);
  EXPECT_EQ(track.take(segment(kTcpSyn, 98, 0), kInitiator), TcpVerdict::kOutOfState);
  EXPECT_EQ(track.take(segment(kTcpSyn | kTcpAck, 499, 100), kResponder), TcpVerdict::kFits);
  EXPECT_EQ(track.take(segment(kTcpSyn | kTcpAck, 498, 100), kResponder), TcpVerdict::kOutOfState);
  EXPECT_EQ(track.state(), TcpState::kSynReceived);
}

TEST(TcpTrack, ResetsByTheExactNumberOnly) {
  TcpTrack track = established();
  EXPECT_EQ(track.take(segment(kTcpRst, 5000, 0), kResponder), TcpVerdict::kOutOfWindow);
  EXPECT_EQ(track.take(segment(kTcpRst, 501, 0), kResponder), TcpVerdict::kFits);
  EXPECT_EQ(track.state(), TcpState::kEstablished);
  EXPECT_EQ(track.take(segment(kTcpRst, 500, 0), kResponder), TcpVerdict::kFits);
  EXPECT_EQ(track.state(), TcpState::kReset);
}

TEST(TcpTrack, AHostThatRestartedIsLedToReset) {
  TcpTrack track = established();
  EXPECT_EQ(track.take(segment(kTcpSyn, 123456789, 0), kInitiator), TcpVerdict::kFits);
  EXPECT_EQ(track.take(segment(kTcpSyn, 123456789, 0), kResponder), TcpVerdict::kOutOfState);
  EXPECT_EQ(track.take(segment(kTcpAck, 500, 100), kResponder), TcpVerdict::kFits);  // challenge
  EXPECT_EQ(track.state(), TcpState::kEstablished);
  EXPECT_EQ(track.take(segment(kTcpRst, 100, 0), kInitiator), TcpVerdict::kFits);
  EXPECT_EQ(track.state(), TcpState::kReset);
}

TEST(TcpTrack, ScalesWindowsWhenBothSidesDo) {
  const auto with_scale = [](std::uint8_t flags, std::uint32_t sequence, std::uint32_t ack,
                             std::optional<std::uint8_t> scale) {
    TcpSegment made = segment(flags, sequence, ack);
    made.scale = scale;
    return made;
  };
  for (const bool both : {false, true}) {
    TcpTrack track(with_scale(kTcpSyn, 99, 0, 7));
    const auto answer = both ? std::optional<std::uint8_t>(3) : std::nullopt;
    track.take(with_scale(kTcpSyn | kTcpAck, 499, 100, answer), kResponder);
    track.take(segment(kTcpAck, 100, 500), kInitiator);
    // 1000 << 7 bytes are allowed, or 1000.
    const TcpSegment far = segment(kTcpAck, 500 + 100'000, 100, 100);
    EXPECT_EQ(track.take(far, kResponder), both ? TcpVerdict::kFits : TcpVerdict::kOutOfWindow);
  }
}

TEST(TcpTrack, KnowsWhatWasSent) {
  TcpTrack track(segment(kTcpSyn, 99, 0));
  EXPECT_TRUE(track.sent(99, kInitiator));
  EXPECT_FALSE(track.sent(98, kInitiator));
  EXPECT_FALSE(track.sent(5000, kResponder));
  track = established();
  track.take(segment(kTcpAck, 100, 500, 400), kInitiator);
  EXPECT_TRUE(track.sent(100, kInitiator));
  EXPECT_TRUE(track.sent(450, kInitiator));
  EXPECT_FALSE(track.sent(501, kInitiator));
  EXPECT_FALSE(track.sent(4294965396, kInitiator));
}

// An end that sends what it may, again when it likes, and takes what comes in order.
struct End {
  std::uint32_t start;
  std::uint16_t window;
  std::uint8_t scale;
  std::uint32_t acknowledged = start + 1;  // by the other end
  std::uint32_t sent = start + 1;
  std::uint32_t received = 0;  // the next number it waits for

  TcpSegment make(std::uint8_t flags, std::uint32_t sequence, std::uint32_t length) const {
    return {.sequence = sequence,
            .acknowledgment = received,
            .length = length,
            .window = window,
            .flags = flags};
  }
  void take(const TcpSegment& got) {
    if (got.sequence == received) {
      received += got.length;
    }
    if (static_cast<std::int32_t>(got.acknowledgment - acknowledged) > 0) {
      acknowledged = got.acknowledgment;
    }
  }
};

TEST(TcpTrack, HonestTalkFitsAndGuessesDoNot) {
  rc::check("over a network that loses, repeats and swaps", [](std::uint64_t seed) {
    base::Rng rng(seed);
    const auto number = [&] { return static_cast<std::uint32_t>(rng.next()); };
    const auto window = [&] { return static_cast<std::uint16_t>(4000 + rng.below(60'000)); };
    const auto scale = [&] { return static_cast<std::uint8_t>(rng.below(5)); };
    std::array<End, 2> ends{End{number(), window(), scale()}, End{number(), window(), scale()}};
    ends[0].received = ends[1].start + 1;
    ends[1].received = ends[0].start + 1;
    TcpSegment syn = ends[0].make(kTcpSyn, ends[0].start, 0);
    syn.scale = ends[0].scale;
    TcpTrack track(syn);
    TcpSegment answer = ends[1].make(kTcpSyn | kTcpAck, ends[1].start, 0);
    answer.scale = ends[1].scale;
    RC_ASSERT(track.take(answer, kResponder) == TcpVerdict::kFits);

    std::array<std::deque<TcpSegment>, 2> before_us;  // by who sent them
    std::array<std::deque<TcpSegment>, 2> behind_us;
    // The last part of the handshake is seen before the other side's data, as it is at its end.
    RC_ASSERT(track.take(ends[0].make(kTcpAck, ends[0].sent, 0), kInitiator) == TcpVerdict::kFits);
    for (int step = 0; step < 600; ++step) {
      const std::uint32_t who = rng.below(2);
      End& end = ends[who];
      End& peer = ends[1 - who];
      const auto from = static_cast<TcpSide>(who);
      const std::uint32_t act = rng.below(8);
      if (act < 3 && before_us[who].size() < 4) {
        const bool again = rng.below(8) == 0;
        const std::uint32_t first = again ? end.acknowledged : end.sent;
        const std::uint32_t allowed = std::uint32_t{peer.window} << peer.scale;
        const std::uint32_t room = again ? end.sent - first : end.acknowledged + allowed - first;
        const std::uint32_t length = std::min(room, rng.below(500));
        before_us[who].push_back(end.make(kTcpAck, first, length));
        end.sent = again ? end.sent : first + length;
      } else if (act < 6 && !before_us[who].empty()) {
        if (before_us[who].size() > 1 && rng.below(6) == 0) {
          std::swap(before_us[who][0], before_us[who][1]);
        }
        const TcpSegment next = before_us[who].front();
        if (rng.below(10) != 0) {
          RC_ASSERT(track.take(next, from) == TcpVerdict::kFits);
          if (rng.below(10) != 0) {
            behind_us[who].push_back(next);
          }
        }
        if (rng.below(10) != 0) {
          before_us[who].pop_front();
        }
      } else if (act == 6 && !behind_us[who].empty()) {
        peer.take(behind_us[who].front());
        behind_us[who].pop_front();
      } else if (act == 7) {
        const std::uint32_t far = end.sent + (1u << 22) + rng.below(1u << 30);
        const bool low = rng.below(2) == 0;
        RC_ASSERT(track.take(end.make(kTcpAck, low ? end.sent - (1u << 22) : far, 9), from) ==
                  TcpVerdict::kOutOfWindow);
        RC_ASSERT(track.take(end.make(kTcpRst, far, 0), from) == TcpVerdict::kOutOfWindow);
      }
    }
    RC_ASSERT(track.state() == TcpState::kEstablished);
  });
}

}  // namespace
}  // namespace superfluid::net
