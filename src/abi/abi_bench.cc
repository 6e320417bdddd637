// SPDX-License-Identifier: Apache-2.0
// What a ring costs per frame: one thread that plays both ends, so that nothing but the work is
// seen, and two threads on two cores. Frames of 64 bytes unless the name says otherwise; items are
// frames.
#include <benchmark/benchmark.h>

#include <thread>

#include "abi/ring_end.h"
#include "abi/testing.h"

namespace superfluid::abi {
namespace {

constexpr int kBatch = 32;

template <Side kFrom, Side kTo>
void one_thread(benchmark::State& state) {
  Memory memory(kSlotsDefault);
  RingProducer<kFrom> producer(memory.window());
  RingConsumer<kTo> consumer(memory.window());
  consumer.awake();
  const Bytes frame = numbered(1, static_cast<std::size_t>(state.range(0)));
  Bytes out(frame.size());
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(producer.put(frame));
    }
    benchmark::DoNotOptimize(producer.publish());
    while (const auto received = consumer.next()) {
      received->copy_to(out.data());
    }
    consumer.release();
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
void BM_ClientToServer(benchmark::State& state) { one_thread<Side::kClient, Side::kServer>(state); }
BENCHMARK(BM_ClientToServer)->Arg(64)->Arg(1500)->Arg(9000);
void BM_ServerToClient(benchmark::State& state) { one_thread<Side::kServer, Side::kClient>(state); }
BENCHMARK(BM_ServerToClient)->Arg(64)->Arg(1500)->Arg(9000);

// From a ring into the next one, as a switch or a chain does: three ends in one thread, and the
// frame copied twice more, by those who play its neighbours.
void BM_RingToRing(benchmark::State& state) {
  Memory first(kSlotsDefault);
  Memory second(kSlotsDefault);
  RingProducer<Side::kClient> source(first.window());
  RingConsumer<Side::kServer> in(first.window());
  RingProducer<Side::kServer> out(second.window());
  RingConsumer<Side::kClient> sink(second.window());
  in.awake();
  sink.awake();
  const Bytes frame = numbered(1, 64);
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(source.put(frame));
    }
    benchmark::DoNotOptimize(source.publish());
    while (const auto received = in.next()) {
      benchmark::DoNotOptimize(out.put(received->pieces[0]));
    }
    in.release();
    benchmark::DoNotOptimize(out.publish());
    while (const auto received = sink.next()) {
      benchmark::DoNotOptimize(received->pieces[0][0]);
    }
    sink.release();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_RingToRing);

template <Side kFrom, Side kTo>
void two_threads(benchmark::State& state) {
  Memory memory(kSlotsMax);
  std::atomic<bool> stop = false;
  std::thread sender([&] {
    RingProducer<kFrom> producer(memory.window());
    const Bytes frame = numbered(1, 64);
    while (!stop.load(std::memory_order_relaxed)) {
      int put = 0;
      while (put < kBatch && producer.put(frame)) {
        ++put;
      }
      if (put == 0) {
        std::this_thread::yield();
      }
      benchmark::DoNotOptimize(producer.publish());
    }
  });
  RingConsumer<kTo> consumer(memory.window());
  consumer.awake();
  Bytes out(kFrameBytesMax);
  std::int64_t frames = 0;
  for (auto _ : state) {
    int taken = 0;
    while (taken < kBatch) {
      if (const auto received = consumer.next()) {
        received->copy_to(out.data());
        ++taken;
        continue;
      }
      consumer.release();
      std::this_thread::yield();
    }
    consumer.release();
    frames += taken;
  }
  stop = true;
  sender.join();
  state.SetItemsProcessed(frames);
}
void BM_ClientToServerThreads(benchmark::State& state) {
  two_threads<Side::kClient, Side::kServer>(state);
}
BENCHMARK(BM_ClientToServerThreads)->UseRealTime();
void BM_ServerToClientThreads(benchmark::State& state) {
  two_threads<Side::kServer, Side::kClient>(state);
}
BENCHMARK(BM_ServerToClientThreads)->UseRealTime();

}  // namespace
}  // namespace superfluid::abi
