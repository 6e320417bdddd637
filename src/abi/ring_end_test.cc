// SPDX-License-Identifier: Apache-2.0
#include "abi/ring_end.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>

#include "abi/testing.h"

namespace superfluid::abi {
namespace {

// A ring that cannot be wrong: frames in order, slots counted.
struct Model {
  std::uint32_t slots = 0;
  std::uint32_t used = 0;  // by what is committed, published, or taken and not given back
  std::deque<Bytes> committed{};
  std::deque<Bytes> published{};
  std::uint32_t taken = 0;  // slots that release() gives back

  static std::uint32_t pieces(const Bytes& frame) {
    return static_cast<std::uint32_t>((frame.size() + kBufferBytes - 1) / kBufferBytes);
  }
  bool put(const Bytes& frame) {
    if (used + pieces(frame) > slots) {
      return false;
    }
    used += pieces(frame);
    committed.push_back(frame);
    return true;
  }
  void publish() {
    for (; !committed.empty(); committed.pop_front()) {
      published.push_back(std::move(committed.front()));
    }
  }
  std::optional<Bytes> next() {
    if (published.empty()) {
      return std::nullopt;
    }
    Bytes frame = std::move(published.front());
    published.pop_front();
    taken += pieces(frame);
    return frame;
  }
  void release() { used -= std::exchange(taken, 0); }
};

template <Side kFrom, Side kTo>
void behaves_as_the_model() {
  const auto slots = *rc::gen::element<std::uint32_t>(16, 32);
  const auto steps =
      *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>());
  Memory memory(slots);
  RingProducer<kFrom> producer(memory.window());
  RingConsumer<kTo> consumer(memory.window());
  Model model{.slots = slots};
  std::uint32_t number = 0;
  for (const std::uint16_t step : steps) {
    switch (step % 8) {
      case 0:
      case 1:
      case 2: {
        const Bytes frame = numbered(++number, 1 + (step * 7u) % kFrameBytesMax);
        RC_ASSERT(producer.put(frame) == model.put(frame));
        break;
      }
      case 3:
        RC_ASSERT(producer.publish() == !model.committed.empty());
        model.publish();
        break;
      case 4:
      case 5:
      case 6: {
        const auto frame = consumer.next();
        const auto expected = model.next();
        RC_ASSERT(frame.has_value() == expected.has_value());
        RC_ASSERT(!frame || content(*frame) == *expected);
        break;
      }
      default: consumer.release(); model.release();
    }
  }
  RC_ASSERT(!producer.broken());
  RC_ASSERT(!consumer.broken());
  RC_ASSERT(consumer.bad_frames() == 0u);
}

TEST(RingEnd, FromClientToServerBehavesAsTheModel) {
  rc::check("frames in order, slots counted", behaves_as_the_model<Side::kClient, Side::kServer>);
}

TEST(RingEnd, FromServerToClientBehavesAsTheModel) {
  rc::check("frames in order, slots counted", behaves_as_the_model<Side::kServer, Side::kClient>);
}

template <Side kFrom, Side kTo>
void goes_round() {
  Memory memory;
  RingProducer<kFrom> producer(memory.window());
  RingConsumer<kTo> consumer(memory.window());
  for (std::uint32_t number = 0; number < (1u << 16) + 100; ++number) {
    const Bytes frame = numbered(number, 60 + number % 5000);
    ASSERT_TRUE(producer.put(frame)) << number;
    ASSERT_TRUE(producer.publish());
    const auto received = consumer.next();
    ASSERT_TRUE(received) << number;
    ASSERT_EQ(content(*received), frame) << number;
    consumer.release();
  }
  EXPECT_FALSE(consumer.next());
  EXPECT_EQ(consumer.bad_frames(), 0u);
}

TEST(RingEnd, IndicesWrap) {
  goes_round<Side::kClient, Side::kServer>();
  goes_round<Side::kServer, Side::kClient>();
}

template <Side kFrom, Side kTo>
void fills() {
  Memory memory;
  RingProducer<kFrom> producer(memory.window());
  RingConsumer<kTo> consumer(memory.window());
  const Bytes frame = numbered(1, 64);
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t slot = 0; slot < kSlotsMin; ++slot) {
      EXPECT_TRUE(producer.put(frame));
    }
    EXPECT_FALSE(producer.put(frame));
    EXPECT_TRUE(producer.reserve().empty());
    EXPECT_FALSE(consumer.next()) << "not published";
    EXPECT_TRUE(producer.publish());
    EXPECT_FALSE(producer.publish()) << "nothing new";
    for (std::uint32_t slot = 0; slot < kSlotsMin; ++slot) {
      EXPECT_TRUE(consumer.next());
    }
    EXPECT_FALSE(consumer.next());
    EXPECT_FALSE(producer.put(frame)) << "not given back";
    consumer.release();
  }
}

TEST(RingEnd, HoldsAsManyFramesAsItHasSlots) {
  fills<Side::kClient, Side::kServer>();
  fills<Side::kServer, Side::kClient>();
}

TEST(RingEnd, LongFramesTakeSeveralBuffersOrNone) {
  Memory memory;
  RingProducer<Side::kClient> producer(memory.window());
  RingConsumer<Side::kServer> consumer(memory.window());
  const Bytes longest = numbered(9, kFrameBytesMax);
  EXPECT_FALSE(producer.put(numbered(9, kFrameBytesMax + 1)));
  EXPECT_FALSE(producer.put({}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(producer.put(longest));
  }
  EXPECT_FALSE(producer.put(longest)) << "one slot is left, five are needed";
  EXPECT_TRUE(producer.put(numbered(1, 2048)));
  EXPECT_TRUE(producer.publish());
  for (int i = 0; i < 3; ++i) {
    const auto frame = consumer.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->count, 5u);
    EXPECT_EQ(content(*frame), longest);
  }
  EXPECT_EQ(consumer.next()->count, 1u);
}

template <Side kFrom, Side kTo>
void reserves_ahead() {
  Memory memory;
  RingProducer<kFrom> producer(memory.window());
  RingConsumer<kTo> consumer(memory.window());
  std::array<std::span<std::uint8_t>, 20> buffers;
  ASSERT_EQ(producer.reserve(buffers), 16u);
  for (std::size_t i = 0; i < 16; ++i) {
    ASSERT_EQ(buffers[i].size(), kBufferBytes);
    std::memset(buffers[i].data(), static_cast<int>('a' + i), kBufferBytes);
  }
  producer.commit(10);
  producer.commit(2 * kBufferBytes + 1);
  EXPECT_TRUE(producer.publish());
  EXPECT_EQ(content(*consumer.next()), Bytes(10, 'a'));
  const auto second = consumer.next();
  ASSERT_EQ(second->count, 3u);
  EXPECT_EQ(second->pieces[2].size(), 1u);
  EXPECT_EQ(second->pieces[2][0], 'd');
  EXPECT_FALSE(consumer.next());
  EXPECT_EQ(producer.reserve(buffers), 12u) << "what was not committed is free";
  EXPECT_EQ(buffers[0][0], 'e');
}

TEST(RingEnd, BuffersAreReservedAheadAndCommittedInOrder) {
  reserves_ahead<Side::kClient, Side::kServer>();
  reserves_ahead<Side::kServer, Side::kClient>();
}

TEST(RingEndDeathTest, CommittingWhatIsNotReservedIsADefect) {
  Memory memory;
  RingProducer<Side::kClient> producer(memory.window());
  EXPECT_DEATH(producer.commit(1), "");
}

template <Side kFrom, Side kTo>
void wakes() {
  Memory memory;
  RingConsumer<kTo> consumer(memory.window());
  RingProducer<kFrom> producer(memory.window());
  const Bytes frame = numbered(1, 64);
  consumer.awake();
  EXPECT_TRUE(producer.put(frame));
  EXPECT_TRUE(producer.publish()) << "nobody has looked yet";
  EXPECT_FALSE(consumer.may_sleep());
  EXPECT_TRUE(consumer.next());
  EXPECT_TRUE(producer.put(frame));
  EXPECT_FALSE(producer.publish()) << "awake";
  EXPECT_FALSE(consumer.may_sleep()) << "looks once more";
  EXPECT_TRUE(consumer.next());
  EXPECT_TRUE(consumer.may_sleep());
  EXPECT_TRUE(producer.put(frame));
  EXPECT_TRUE(producer.publish()) << "asleep";
}

TEST(RingEnd, WakesWhoSleepsAndNobodyElse) {
  wakes<Side::kClient, Side::kServer>();
  wakes<Side::kServer, Side::kClient>();
}

TEST(RingEnd, WaitsForTheClientToLayItOut) {
  Memory memory;
  std::memset(memory.window().base, 0, memory.window().bytes);
  RingConsumer<Side::kServer> in(memory.window());
  RingProducer<Side::kServer> out(memory.window());
  EXPECT_FALSE(in.next());
  EXPECT_TRUE(in.may_sleep());
  EXPECT_FALSE(out.put(numbered(1, 64)));
  EXPECT_FALSE(in.broken());
  lay_out(memory.window());
  RingProducer<Side::kClient> client(memory.window());
  EXPECT_TRUE(client.put(numbered(1, 64)));
  EXPECT_TRUE(client.publish());
  EXPECT_TRUE(in.next());
  EXPECT_TRUE(out.put(numbered(1, 64)));
}

// A daemon that comes back, a guest that is restored: what was not given back is read again.
template <Side kFrom, Side kTo>
void goes_on() {
  Memory memory;
  std::uint32_t put = 0;
  std::uint32_t seen = 0;
  for (int life = 0; life < 5; ++life) {
    RingProducer<kFrom> producer(memory.window());
    RingConsumer<kTo> consumer(memory.window());
    for (int i = 0; i < 9; ++i) {
      EXPECT_TRUE(producer.put(numbered(put++, 100)));
    }
    EXPECT_TRUE(producer.publish());
    EXPECT_TRUE(producer.put(numbered(99, 100))) << "never published";
    for (int i = 0; i < 9; ++i) {
      EXPECT_EQ(content(*consumer.next()), numbered(seen++, 100));
    }
    consumer.release();
    RingProducer<kFrom> next_producer(memory.window());
    EXPECT_TRUE(next_producer.put(numbered(put, 100)));
    EXPECT_TRUE(next_producer.publish());
    EXPECT_EQ(content(*consumer.next()), numbered(put, 100)) << "taken, not given back";
    RingConsumer<kTo> next_consumer(memory.window());
    EXPECT_EQ(content(*next_consumer.next()), numbered(put++, 100));
    next_consumer.release();
    ++seen;
  }
}

TEST(RingEnd, NewEndsGoOnWhereTheOldOnesStood) {
  goes_on<Side::kClient, Side::kServer>();
  goes_on<Side::kServer, Side::kClient>();
}

}  // namespace
}  // namespace superfluid::abi
