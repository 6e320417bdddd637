// SPDX-License-Identifier: Apache-2.0
#include "net/checksum.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <span>

#include "base/rng.h"
#include "base/crc32c.h"
#include "support/seed.h"

namespace superfluid::net {
namespace {

using Bytes = std::vector<std::uint8_t>;

// RFC 1071 as it is written: 16-bit words in network order, added one by one.
std::uint16_t slow_checksum(base::ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0));
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

// Bytes in which 0x00 and 0xff, where carries hide, are frequent.
Bytes carrying_bytes() {
  return *rc::gen::container<Bytes>(
      rc::gen::weightedOneOf<std::uint8_t>({{1, rc::gen::just<std::uint8_t>(0)},
                                            {2, rc::gen::just<std::uint8_t>(0xff)},
                                            {2, rc::gen::arbitrary<std::uint8_t>()}}));
}

TEST(Checksum, OfTheExampleInRfc1071) {
  const Bytes bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(internet_checksum(bytes).host(), 0x220d);
  EXPECT_EQ(internet_checksum({}).host(), 0xffff);
}

TEST(Checksum, OfEveryLengthAndAlignment) {
  base::Rng rng(7);
  Bytes bytes(2100);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(rng.next());
  }
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t length = 0; length < 2050; length += length < 70 ? 1 : 97) {
      const base::ByteView part = base::ByteView(bytes).subspan(start, length);
      ASSERT_EQ(internet_checksum(part).host(), slow_checksum(part)) << start << " " << length;
    }
  }
}

TEST(Checksum, OfAPlainHeaderHoldsWhenThatOfItsBytesDoes) {
  rc::check("twenty bytes, sound or damaged", [] {
    Bytes header = carrying_bytes();
    header.resize(20);
    header[10] = header[11] = 0;
    const std::uint16_t sum = slow_checksum(header);
    header[10] = static_cast<std::uint8_t>(sum >> 8);
    header[11] = static_cast<std::uint8_t>(sum);
    const auto plain = [&] { return std::span<const std::uint8_t, 20>(header); };
    RC_ASSERT(internet_checksum_holds(plain()) == (slow_checksum(header) == 0));
    RC_ASSERT(internet_checksum_holds(plain()) == internet_checksum_holds(base::ByteView(header)));
    header[*rc::gen::inRange<std::size_t>(0, 20)] ^= *rc::gen::nonZero<std::uint8_t>();
    RC_ASSERT(internet_checksum_holds(plain()) == internet_checksum_holds(base::ByteView(header)));
  });
}

TEST(Checksum, OfALongRunOfOnesDoesNotOverflow) {
  const Bytes ones(1 << 20, 0xff);
  EXPECT_EQ(internet_checksum(ones).host(), slow_checksum(ones));
}

RC_GTEST_PROP(ChecksumProperty, PiecesOfAnyLengthSumToTheWhole, ()) {
  const Bytes bytes = carrying_bytes();
  InternetSum added;
  InternetSum appended;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length =
        std::min<std::size_t>(*rc::gen::inRange<std::size_t>(1, 10), bytes.size() - at);
    const base::ByteView piece = base::ByteView(bytes).subspan(at, length);
    added.add(piece);
    InternetSum alone;
    alone.add(piece);
    appended.append(alone);
    at += length;
  }
  RC_ASSERT(added.checksum().host() == slow_checksum(bytes));
  RC_ASSERT(appended.checksum().host() == slow_checksum(bytes));
}

RC_GTEST_PROP(ChecksumProperty, HoldsOverBytesThatIncludeIt, ()) {
  Bytes bytes = carrying_bytes();
  bytes.insert(bytes.begin(), {0, 0});
  const base::be16 checksum = internet_checksum(bytes);
  std::memcpy(bytes.data(), &checksum, sizeof checksum);
  RC_ASSERT(internet_checksum_holds(bytes));
  // A change of any one byte is seen.
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const std::uint8_t before = bytes[at];
  bytes[at] = static_cast<std::uint8_t>(before ^ *rc::gen::inRange(1, 256));
  RC_ASSERT(!internet_checksum_holds(bytes));
}

RC_GTEST_PROP(ChecksumProperty, UpdatedEqualsRecomputed, ()) {
  Bytes bytes = carrying_bytes();
  bytes.resize(std::max<std::size_t>(bytes.size(), 2) + 20);
  bytes[0] = 0x45;  // no header is all zeros: the condition stated in the header
  const base::be16 before = internet_checksum(bytes);
  ChecksumDelta delta;
  const auto replace = [&]<typename Field>(Field) {
    const std::size_t at = 2 * *rc::gen::inRange<std::size_t>(1, (bytes.size() - 16) / 2 + 1);
    Field old;
    std::memcpy(&old, bytes.data() + at, sizeof old);
    Field fresh;
    for (std::size_t i = 0; i < sizeof fresh; ++i) {
      reinterpret_cast<std::uint8_t*>(&fresh)[i] = *rc::gen::element<std::uint8_t>(0, 0xff, 0x5a);
    }
    std::memcpy(bytes.data() + at, &fresh, sizeof fresh);
    delta.replace(old, fresh);
  };
  replace(base::be16());
  replace(base::be32());
  replace(Ipv4Address{});
  RC_ASSERT(delta.apply(before) == internet_checksum(bytes));
  replace(Ipv6Address{});
  RC_ASSERT(delta.apply(before) == internet_checksum(bytes));
}

TEST(Checksum, UpdatedEqualsRecomputedForEveryWordWhereTheCarryTurns) {
  // All new values of one field next to a constant: passes through both zeros.
  Bytes bytes{0x45, 0x00, 0x12, 0x34};
  const base::be16 before = internet_checksum(bytes);
  for (unsigned value = 0; value <= 0xffff; ++value) {
    const base::be16 fresh(static_cast<std::uint16_t>(value));
    std::memcpy(bytes.data() + 2, &fresh, sizeof fresh);
    ChecksumDelta delta;
    delta.replace(base::be16(0x1234), fresh);
    ASSERT_EQ(delta.apply(before).host(), internet_checksum(bytes).host()) << value;
  }
}

TEST(Checksum, UdpNeverSendsZero) {
  // The sum is 0xffff, so the checksum would be zero.
  const Bytes bytes{0xba, 0xcb, 0x45, 0x34};
  InternetSum sum;
  sum.add(bytes);
  EXPECT_EQ(sum.checksum().host(), 0x0000);
  EXPECT_EQ(sum.udp_checksum().host(), 0xffff);

  ChecksumDelta delta;
  delta.replace(base::be16(0x1111), base::be16(0x2222));
  EXPECT_EQ(delta.apply_udp(base::be16(0)).host(), 0) << "no checksum stays none";
  EXPECT_EQ(delta.apply_udp(base::be16(0x1111)).host(), 0xffff) << "a true zero is sent as ones";
  EXPECT_EQ(delta.apply_udp(base::be16(0xffff)).host(), 0xeeee);
}

RC_GTEST_PROP(ChecksumProperty, UdpUpdatedEqualsRecomputed, ()) {
  const auto other = *rc::gen::arbitrary<std::uint16_t>();
  const auto old = *rc::gen::arbitrary<std::uint16_t>();
  // Mostly the value at which the sum turns into zero.
  const auto turning = static_cast<std::uint16_t>(0xffff - 17 - other % 0x8000);
  const auto fresh = *rc::gen::element(turning, *rc::gen::arbitrary<std::uint16_t>());
  const auto checksum_with = [&](std::uint16_t field) {
    InternetSum sum;
    sum.add(base::be16(17));  // of the pseudo-header: UDP's protocol number
    sum.add(base::be16(other % 0x8000));
    sum.add(base::be16(field));
    return sum.udp_checksum();
  };
  ChecksumDelta delta;
  delta.replace(base::be16(old), base::be16(fresh));
  RC_ASSERT(delta.apply_udp(checksum_with(old)) == checksum_with(fresh));
}

TEST(PseudoHeader, SumsWhatItStandsFor) {
  const Bytes ipv4{192, 0, 2, 1, 10, 0, 0, 9, 0, 6, 0x01, 0x02};
  const PseudoHeader pseudo4(Ipv4Address{{192, 0, 2, 1}}, Ipv4Address{{10, 0, 0, 9}});
  EXPECT_FALSE(pseudo4.is_ipv6());
  EXPECT_EQ(pseudo4.sum(IpProtocol::kTcp, 0x0102).checksum(), internet_checksum(ipv4));

  Bytes ipv6(40);
  ipv6[0] = 0x20;
  ipv6[15] = 0x01;
  ipv6[16] = 0xfe;
  ipv6[31] = 0x02;
  ipv6[33] = 1;  // a length of 0x00010203
  ipv6[34] = 2;
  ipv6[35] = 3;
  ipv6[39] = 58;
  Ipv6Address source;
  Ipv6Address destination;
  std::memcpy(&source, ipv6.data(), 16);
  std::memcpy(&destination, ipv6.data() + 16, 16);
  const PseudoHeader pseudo6(source, destination);
  EXPECT_TRUE(pseudo6.is_ipv6());
  EXPECT_EQ(pseudo6.sum(IpProtocol::kIcmpv6, 0x010203).checksum(), internet_checksum(ipv6));
}

// Evaluated by the compiler, so by the portable half.
constexpr std::array<std::uint8_t, 301> noise() {
  std::array<std::uint8_t, 301> bytes{};
  base::Rng rng(42);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(rng.next());
  }
  return bytes;
}
constexpr auto kNoise = noise();
constexpr std::array<std::uint8_t, 9> kDigits{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
static_assert(base::crc32c(kDigits) == 0xe3069283);
constexpr std::uint32_t kNoiseCrc = base::crc32c(kNoise);

TEST(Crc32c, IsTheSameAtRunTime) {
  const Bytes digits(kDigits.begin(), kDigits.end());
  EXPECT_EQ(base::crc32c(digits), 0xe3069283);
  const Bytes bytes(kNoise.begin(), kNoise.end());
  EXPECT_EQ(base::crc32c(bytes), kNoiseCrc);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const base::ByteView view(bytes);
    ASSERT_EQ(base::crc32c(view.subspan(cut), base::crc32c(view.first(cut))), kNoiseCrc) << cut;
  }
}

TEST(ChecksumDelta, FitsSixteenBitsAndCanBeTakenBack) {
  base::Rng rng(superfluid::testing::test_seed());
  for (int i = 0; i < 10'000; ++i) {
    ChecksumDelta delta;
    const auto from = Ipv4Address::from_host(static_cast<std::uint32_t>(rng.next()));
    const auto to = Ipv4Address::from_host(static_cast<std::uint32_t>(rng.next()));
    delta.replace(from, to);
    // 0xffff is no checksum of bytes that are not all zero.
    const base::be16 before(static_cast<std::uint16_t>(rng.below(0xffff)));
    const base::be16 after = delta.apply(before);
    const ChecksumDelta kept = ChecksumDelta::of_bits(delta.bits());
    ASSERT_EQ(kept.apply(before), after);
    if (after != base::be16(0xffff)) {
      ASSERT_EQ(kept.reversed().apply(after), before);
    }
  }
  ChecksumDelta none;
  none.replace(base::be16(7), base::be16(7));
  EXPECT_EQ(none.bits(), 0);
}

}  // namespace
}  // namespace superfluid::net
