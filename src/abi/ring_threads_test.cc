// SPDX-License-Identifier: Apache-2.0
// Both ends at work at once, asleep whenever there is nothing: what is lost, torn, out of order or
// not woken shows here, and under ThreadSanitizer what is not ordered.
#include <gtest/gtest.h>

#include <thread>

#include "abi/ring_end.h"
#include "abi/testing.h"

namespace superfluid::abi {
namespace {

constexpr std::uint32_t kFrames = 20000;

std::size_t size_of(std::uint32_t number) {
  return number % 50 == 0 ? 1 + number % kFrameBytesMax : 1 + number % 200;
}

template <Side kFrom>
void send(const Window& window, std::atomic<std::uint32_t>& bell) {
  RingProducer<kFrom> producer(window);
  for (std::uint32_t number = 0; number < kFrames;) {
    const std::uint32_t batch = number + 1 + number % 7;
    while (number < batch && number < kFrames && producer.put(numbered(number, size_of(number)))) {
      ++number;
    }
    if (producer.publish()) {
      bell.fetch_add(1);
      bell.notify_one();
    }
    std::this_thread::yield();
  }
  EXPECT_FALSE(producer.broken());
}

template <Side kTo>
void receive(const Window& window, std::atomic<std::uint32_t>& bell) {
  RingConsumer<kTo> consumer(window);
  consumer.awake();
  for (std::uint32_t number = 0; number < kFrames;) {
    const std::uint32_t heard = bell.load();
    bool any = false;
    while (const auto frame = consumer.next()) {
      EXPECT_EQ(content(*frame), numbered(number, size_of(number)));
      ++number;
      any = true;
    }
    consumer.release();
    if (!any && consumer.may_sleep()) {
      bell.wait(heard);
      consumer.awake();
    }
  }
  EXPECT_EQ(consumer.bad_frames(), 0u);
  EXPECT_FALSE(consumer.broken());
}

TEST(RingEndThreads, ClientToServer) {
  Memory memory;
  std::atomic<std::uint32_t> bell = 0;
  std::thread sender([&] { send<Side::kClient>(memory.window(), bell); });
  receive<Side::kServer>(memory.window(), bell);
  sender.join();
}

TEST(RingEndThreads, ServerToClient) {
  Memory memory;
  std::atomic<std::uint32_t> bell = 0;
  std::thread sender([&] { send<Side::kServer>(memory.window(), bell); });
  receive<Side::kClient>(memory.window(), bell);
  sender.join();
}

}  // namespace
}  // namespace superfluid::abi
