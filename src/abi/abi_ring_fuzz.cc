// SPDX-License-Identifier: Apache-2.0
// Rings with a hostile peer: the input says what it writes, and when the four ends are used in
// between. What they hand out lies inside the window's buffers, and every call ends.
#include <cstdlib>
#include <cstring>

#include "abi/ring_end.h"

using namespace superfluid::abi;

namespace {

constexpr std::uint32_t kSlots = kSlotsMin;
alignas(kPageBytes) std::uint8_t memory[window_bytes(kSlots)];
// Whatever is read goes here, so that no read is optimised away.
volatile unsigned eaten;

void hold(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void hold_inside(std::span<const std::uint8_t> bytes) {
  hold(bytes.data() >= memory + 2 * ring_bytes(kSlots) &&
       bytes.data() + bytes.size() <= memory + sizeof memory);
}

template <Side kSide>
void take(RingConsumer<kSide>& consumer, std::uint8_t most) {
  for (std::uint8_t i = 0; i < most; ++i) {
    const auto frame = consumer.next();
    if (!frame) {
      return;
    }
    hold(frame->count > 0 && frame->count <= kPiecesMax && frame->length <= kFrameBytesMax);
    std::uint32_t length = 0;
    for (std::uint32_t piece = 0; piece < frame->count; ++piece) {
      hold_inside(frame->pieces[piece]);
      length += static_cast<std::uint32_t>(frame->pieces[piece].size());
      eaten = eaten + frame->pieces[piece].back();
    }
    hold(length == frame->length);
  }
}

template <Side kSide>
void fill(RingProducer<kSide>& producer, std::uint32_t length) {
  static std::uint8_t frame[kFrameBytesMax + 255];
  if (length % 2 == 0) {
    (void)producer.put(std::span(frame).first(length));
    return;
  }
  std::array<std::span<std::uint8_t>, kPiecesMax> buffers;
  const std::size_t there = producer.reserve(buffers);
  for (std::size_t i = 0; i < there; ++i) {
    hold_inside(buffers[i]);
    std::memset(buffers[i].data(), 0xa5, buffers[i].size());
  }
  if (length <= kFrameBytesMax && length <= there * kBufferBytes) {
    producer.commit(length);
  }
}

// Both ends of one side.
template <Side kSide>
struct Ends {
  RingConsumer<kSide> in{{.base = memory, .bytes = sizeof memory, .slots = kSlots}};
  RingProducer<kSide> out{{.base = memory, .bytes = sizeof memory, .slots = kSlots}};

  void use(std::uint8_t what, std::uint8_t much) {
    switch (what % 6) {
      case 0: take(in, much); break;
      case 1: in.release(); break;
      case 2: (void)in.may_sleep(); break;
      case 3: in.awake(); break;
      case 4: fill(out, much * 37u); break;
      case 5: (void)out.publish(); break;
    }
    hold(in.bad_frames() < 1u << 24);
  }
};

}  // namespace

// In steps of four bytes: what, and three more.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::memset(memory, 0, 2 * ring_bytes(kSlots));
  if (size > 0 && data[0] != 0) {
    lay_out({.base = memory, .bytes = sizeof memory, .slots = kSlots});
  }
  Ends<Side::kClient> client;
  Ends<Side::kServer> server;
  for (std::size_t at = 1; at + 4 <= size; at += 4) {
    const std::uint8_t* step = data + at;
    const RingWay way = (step[0] & 0x80) != 0 ? RingWay::kToClient : RingWay::kToServer;
    std::uint8_t* ring = memory + ring_offset(way, kSlots);
    switch (step[0] % 4) {
      case 0: client.use(step[1], step[2]); break;
      case 1: server.use(step[1], step[2]); break;
      case 2: {  // a byte of a descriptor
        ring[sizeof(RingHeader) + step[1] % (kSlots * sizeof(Descriptor))] = step[2];
        break;
      }
      case 3: {  // a word of the header
        constexpr std::size_t kWords[] = {0, 4, 6, offsetof(RingHeader, tail)};
        std::memcpy(ring + kWords[step[1] % 4], step + 2, 2);
        break;
      }
    }
  }
  return 0;
}
