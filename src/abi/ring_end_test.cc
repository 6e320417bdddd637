// SPDX-License-Identifier: Apache-2.0
#include "abi/ring_end.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <memory>
#include <vector>

namespace superfluid::abi {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A window in memory of exactly its size, so that AddressSanitizer sees the end of it.
class Memory {
 public:
  explicit Memory(std::uint32_t slots = kSlotsMin)
      : pages_(window_bytes(slots) / sizeof(Page)), slots_(slots) {
    lay_out(window());
  }

  Window window() {
    return {.base = pages_.data()->bytes, .bytes = pages_.size() * sizeof(Page), .slots = slots_};
  }
  RingHeader& ring(RingWay way) { return *detail::ring_header(window(), way); }
  Descriptor& descriptor(RingWay way, std::uint32_t slot) {
    return detail::ring_descriptors(window(), way)[slot];
  }

 private:
  struct alignas(kPageBytes) Page {
    std::uint8_t bytes[kPageBytes];
  };
  std::vector<Page> pages_;
  std::uint32_t slots_;
};

Bytes content(const Frame& frame) {
  Bytes bytes(frame.length);
  frame.copy_to(bytes.data());
  return bytes;
}

Bytes numbered(std::uint32_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(number * 7 + i * 13 + (i >> 8));
  }
  return bytes;
}

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

}  // namespace
}  // namespace superfluid::abi
