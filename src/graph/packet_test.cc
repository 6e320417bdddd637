// SPDX-License-Identifier: Apache-2.0
#include "graph/packet.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string_view>

namespace superfluid::graph {
namespace {

std::string_view text(const Packet* packet) { return base::text_of(packet->bytes()); }

PacketPtr made(PacketPool& pool, std::string_view bytes, std::uint32_t headroom = kHeadroom) {
  return PacketPtr(pool.make(base::bytes_of(bytes), headroom));
}

TEST(Packet, IsMadeWithHeadroomAndWithoutNotes) {
  PacketPool pool;
  const PacketPtr packet = made(pool, "hello");
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(text(packet.get()), "hello");
  EXPECT_EQ(packet->headroom(), kHeadroom);
  EXPECT_EQ(packet->mac, nullptr);
  EXPECT_EQ(packet->network, nullptr);
  EXPECT_EQ(packet->transport, nullptr);
  EXPECT_EQ(packet->notes.paint, 0);
  EXPECT_FALSE(packet->shared());
  EXPECT_EQ(pool.in_use(), 1U);
}

TEST(Packet, NotesDoNotSurviveTheirPacket) {
  PacketPool pool;
  PacketPtr packet = made(pool, "a");
  packet->notes.paint = 7;
  packet->network = packet->data;
  Packet* const slot = packet.get();
  packet.reset();
  packet = made(pool, "b");
  ASSERT_EQ(packet.get(), slot);  // the slot used last is the next to be used
  EXPECT_EQ(packet->notes.paint, 0);
  EXPECT_EQ(packet->network, nullptr);
}

TEST(Packet, DataBeginsOnACacheLine) {
  PacketPool pool;
  for (const std::uint32_t length : {0U, 1U, 1500U, 2048U, 9000U}) {
    const PacketPtr packet(pool.make(length));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(packet->data) % 64, 0U) << length;
  }
}

TEST(Packet, AnUnsharedPacketIsWritableInPlace) {
  PacketPool pool;
  PacketPtr packet = made(pool, "abc");
  Packet* const same = packet.get();
  packet.reset(writable(packet.release()));
  EXPECT_EQ(packet.get(), same);
  packet.reset(writable(packet.release(), kHeadroom));
  EXPECT_EQ(packet.get(), same);
}

TEST(Packet, WritingToASharedPacketCopiesIt) {
  PacketPool pool;
  PacketPtr first = made(pool, "abc");
  first->notes.paint = 3;
  first->network = first->data + 1;
  PacketPtr second(pool.share(*first));
  EXPECT_TRUE(first->shared());
  EXPECT_TRUE(second->shared());
  EXPECT_EQ(second->data, first->data);
  EXPECT_EQ(second->notes.paint, 3);

  second.reset(writable(second.release()));
  ASSERT_NE(second, nullptr);
  EXPECT_NE(second->data, first->data);
  EXPECT_FALSE(first->shared());
  EXPECT_EQ(second->notes.paint, 3);
  EXPECT_EQ(second->network, second->data + 1);
  second->data[0] = 'X';
  EXPECT_EQ(text(first.get()), "abc");
  EXPECT_EQ(text(second.get()), "Xbc");
}

TEST(Packet, TheLastOwnerMayWriteInPlaceInWhateverOrderTheOthersGo) {
  PacketPool pool;
  PacketPtr first = made(pool, "abc");
  PacketPtr second(pool.share(*first));
  PacketPtr third(pool.share(*second));
  first.reset();
  second.reset();
  EXPECT_FALSE(third->shared());
  const std::uint8_t* const data = third->data;
  third.reset(writable(third.release()));
  EXPECT_EQ(third->data, data);
  EXPECT_EQ(text(third.get()), "abc");
  third.reset();
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(Packet, GrowsInFrontAndBehind) {
  PacketPool pool;
  PacketPtr packet = made(pool, "mid");
  packet.reset(push_front(packet.release(), 2));
  packet->data[0] = packet->data[1] = '<';
  packet.reset(push_back(packet.release(), 2));
  packet->data[5] = packet->data[6] = '>';
  EXPECT_EQ(text(packet.get()), "<<mid>>");
  packet.reset(push_front(packet.release(), 200));  // beyond the headroom
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(packet->length, 207U);
  EXPECT_EQ(text(packet.get()).substr(200), "<<mid>>");
  EXPECT_EQ(pool.in_use(), 1U);
}

TEST(Packet, ACopyKeepsWhatWasStrippedAndItsHints) {
  PacketPool pool;
  PacketPtr packet = made(pool, "headbody");
  packet->mac = packet->data;
  packet->pull(4);
  const PacketPtr other(pool.share(*packet));
  packet.reset(writable(packet.release()));
  ASSERT_GE(packet->headroom(), 4U);
  EXPECT_EQ(packet->mac, packet->data - 4);
  packet->data -= 4;
  packet->length += 4;
  EXPECT_EQ(text(packet.get()), "headbody");
}

TEST(Packet, ACopyForgetsHintsIntoBytesThatItDoesNotHave) {
  PacketPool pool;
  PacketPtr packet = made(pool, "headbody");
  packet->transport = packet->data + 8;
  packet->mac = packet->data + 6;
  packet->take(4);
  const PacketPtr other(pool.share(*packet));
  packet.reset(writable(packet.release()));
  EXPECT_EQ(packet->mac, nullptr);
  EXPECT_EQ(packet->transport, nullptr);
}

TEST(Packet, FromAHintInsideOutsideAndAtTheEnds) {
  PacketPool pool;
  const PacketPtr packet = made(pool, "abcdef");
  EXPECT_EQ(base::text_of(packet->from(packet->data + 2)), "cdef");
  EXPECT_TRUE(packet->from(packet->data + 6).empty());
  EXPECT_TRUE(packet->from(packet->data + 7).empty());
  EXPECT_TRUE(packet->from(packet->data - 1).empty());
  EXPECT_TRUE(packet->from(nullptr).empty());
}

TEST(PacketLimits, NoPacketIsLongerThanTheLongest) {
  PacketPool pool;
  EXPECT_EQ(pool.make(kPacketBytesMax + 1), nullptr);
  EXPECT_EQ(pool.make(0, kPacketBytesMax + 1), nullptr);
  EXPECT_EQ(pool.refused(), 2U);

  PacketPtr longest(pool.make(kPacketBytesMax));
  ASSERT_NE(longest, nullptr);
  EXPECT_EQ(longest->headroom(), kHeadroom);
  longest.reset(push_front(longest.release(), 1));  // there is room in front, and yet
  EXPECT_EQ(longest, nullptr);
  EXPECT_EQ(push_back(pool.make(kPacketBytesMax), 1), nullptr);
  EXPECT_EQ(writable(pool.make(10), 0xffffffff, 0xffffffff), nullptr);
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(PacketLimits, APoolRefusesBeyondItsLimitAndRecovers) {
  PacketPool pool(3);
  PacketPtr first = made(pool, "a");
  const PacketPtr second = made(pool, "b");
  const PacketPtr third(pool.share(*first));
  EXPECT_EQ(pool.make(1), nullptr);
  EXPECT_EQ(pool.share(*second), nullptr);
  EXPECT_EQ(pool.refused(), 2U);
  EXPECT_FALSE(second->shared());

  // A copy that cannot be made costs the packet, and nobody else's bytes.
  EXPECT_EQ(writable(first.release()), nullptr);
  EXPECT_EQ(text(third.get()), "a");
  EXPECT_FALSE(third->shared());
}

TEST(PacketLimits, APoolOfNoneRefusesAll) {
  PacketPool pool(0);
  EXPECT_EQ(pool.make(1), nullptr);
}

TEST(PacketLimits, FewPacketsMayBeLargerThanASlot) {
  PacketPool pool(16);
  PacketPtr first(pool.make(9000));
  const PacketPtr second(pool.make(9000));
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(pool.make(9000), nullptr);
  EXPECT_NE(made(pool, "small"), nullptr);
  first.reset();
  EXPECT_NE(PacketPtr(pool.make(9000)), nullptr);
}

#if defined(SUPERFLUID_ADDRESS_SANITIZER)
TEST(PacketDeathTest, BytesBeyondThePacketAndOfReleasedOnesAreCaught) {
  PacketPool pool;
  PacketPtr packet = made(pool, "abc");
  const std::uint8_t* const data = packet->data;
  const auto read = [](const volatile std::uint8_t* at) { return *at; };
  EXPECT_DEATH(read(data + 3), "use-after-poison");
  packet.reset();
  EXPECT_DEATH(read(data), "use-after-poison");
}
#endif

TEST(PacketDeathTest, APoolDoesNotOutliveItsPacketsUnnoticed) {
  EXPECT_DEATH(
      {
        PacketPool pool;
        static_cast<void>(pool.make(1));
      },
      "every packet is released");
}

// A row of operations on several owners of several packets, against plain strings.
RC_GTEST_PROP(PacketProperty, OwnersNeverSeeEachOthersWrites, ()) {
  struct Owned {
    PacketPtr packet;
    std::string expected;
  };
  PacketPool pool(64);
  std::vector<Owned> all;
  const auto steps =
      *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>());
  for (const std::uint16_t step : steps) {
    const auto amount = static_cast<std::uint32_t>(step >> 8);
    if (all.empty() || step % 7 == 0) {
      std::string bytes(amount, static_cast<char>('a' + step % 26));
      if (PacketPtr packet = made(pool, bytes)) {
        all.push_back({std::move(packet), std::move(bytes)});
      }
      continue;
    }
    const std::size_t at = amount % all.size();
    Owned& owned = all[at];
    switch (step % 7) {
      case 1:
        if (PacketPtr other{pool.share(*owned.packet)}) {
          all.push_back({std::move(other), owned.expected});
        }
        continue;
      case 2: all.erase(all.begin() + static_cast<std::ptrdiff_t>(at)); continue;
      case 3:
        owned.packet.reset(push_front(owned.packet.release(), amount));
        if (owned.packet) {
          std::fill_n(owned.packet->data, amount, 'F');
          owned.expected.insert(0, amount, 'F');
        }
        break;
      case 4:
        owned.packet.reset(push_back(owned.packet.release(), amount));
        if (owned.packet) {
          std::fill_n(owned.packet->data + owned.expected.size(), amount, 'B');
          owned.expected.append(amount, 'B');
        }
        break;
      case 5: {
        const auto count = std::min(amount, owned.packet->length);
        owned.packet->pull(count);
        owned.expected.erase(0, count);
        break;
      }
      default:
        owned.packet.reset(writable(owned.packet.release()));
        if (owned.packet) {
          std::ranges::fill(owned.packet->bytes(), 'W');
          std::ranges::fill(owned.expected, 'W');
        }
        break;
    }
    if (!owned.packet) {
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
    }
    for (const Owned& each : all) {
      RC_ASSERT(text(each.packet.get()) == each.expected);
      RC_ASSERT(each.packet->head <= each.packet->data);
      RC_ASSERT(each.packet->data + each.packet->length <= each.packet->end);
    }
  }
  all.clear();
  RC_ASSERT(pool.in_use() == 0U);
}

}  // namespace
}  // namespace superfluid::graph
