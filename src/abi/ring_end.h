// SPDX-License-Identifier: Apache-2.0
// The two ends of a packet ring (abi/ring.h): one that puts frames in, one that takes them out,
// each on either side of a connection. Guest, monitor and switch use the same four classes, so that
// what is checked is checked once, in one place.
//
//   RingProducer<Side::kClient>   client -> server, into buffers of its own
//   RingConsumer<Side::kServer>   client -> server, out of buffers that it was lent
//   RingProducer<Side::kServer>   server -> client, into buffers that it was lent
//   RingConsumer<Side::kClient>   server -> client, out of buffers of its own
//
// Invariants
//   1. Every word of the other side is loaded once, checked, and only then used. A span that is
//      handed out lies inside the window's buffers. What is *in* a buffer may change at any time:
//      who decides by a frame's bytes copies them first.
//   2. A client knows where its buffers are and never asks the descriptor.
//   3. An index that jumps further than the ring is long, a cookie that is another's, or a lent
//      buffer that is none breaks the end: it reads nothing more, for ever. A frame whose
//      descriptors break the rules is skipped, counted, and given back.
//   4. All descriptors of a frame become visible together, so a frame that ends where the published
//      ones end is whole, or bad.
//   5. Every call ends after at most as many steps as the ring has slots.
//   6. An end begins where its ring stands, as soon as there is a ring: a window of zeros is one
//      that the client has not laid out yet. lay_out() on a window in use needs new ends on both
//      sides.
//
// The other side's index is looked at when what was seen of it is used up: once a batch, not once a
// frame. The same holds for telling it ours: publish() and release() once a batch.
//
// Threads: an end belongs to one thread; the other end is anywhere that the memory is.

#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <span>

#include "abi/ring.h"

namespace superfluid::abi {

// A connection's shared memory, as this side has mapped it.
struct Window {
  std::uint8_t* base = nullptr;
  std::uint64_t bytes = 0;
  std::uint32_t slots = 0;  // of each ring
};

enum class Side : std::uint8_t { kClient, kServer };

// Most buffers that one frame may take: a client of another make may have small ones.
inline constexpr std::uint32_t kPiecesMax = 8;
static_assert(kPiecesMax * kBufferBytes >= kFrameBytesMax);

// Most buffers that are reserved at a time.
inline constexpr std::uint32_t kReservedMax = 64;

// A frame that was received: where it lies in the window, piece by piece.
struct Frame {
  std::array<std::span<const std::uint8_t>, kPiecesMax> pieces;
  std::uint32_t count = 0;   // of pieces
  std::uint32_t length = 0;  // of all of them, 1..kFrameBytesMax

  // REQUIRES: room for `length` bytes.
  void copy_to(std::uint8_t* out) const {
    for (std::uint32_t i = 0; i < count; ++i) {
      std::memcpy(out, pieces[i].data(), pieces[i].size());
      out += pieces[i].size();
    }
  }
};

namespace detail {

// Words that both sides touch are only reached through these two.
template <typename T>
T load(T& word, std::memory_order order = std::memory_order_relaxed) {
  return std::atomic_ref<T>(word).load(order);
}
template <typename T>
void store(T& word, std::type_identity_t<T> value,
           std::memory_order order = std::memory_order_relaxed) {
  std::atomic_ref<T>(word).store(value, order);
}

inline RingHeader* ring_header(const Window& window, RingWay way) {
  return reinterpret_cast<RingHeader*>(window.base + ring_offset(way, window.slots));
}
inline Descriptor* ring_descriptors(const Window& window, RingWay way) {
  return reinterpret_cast<Descriptor*>(window.base + ring_offset(way, window.slots) +
                                       sizeof(RingHeader));
}

inline std::uint16_t distance(std::uint16_t from, std::uint16_t to) {
  return static_cast<std::uint16_t>(to - from);
}

// What both ends of either side have in common: where the ring is, and whether it can be believed.
template <Side kSide, RingWay kWay>
class RingEnd {
 public:
  bool broken() const { return broken_; }

 protected:
  explicit RingEnd(const Window& window)
      : base_(window.base),
        bytes_(window.bytes),
        slots_(window.slots),
        broken_(window.base == nullptr || !is_ring_size(window.slots) ||
                window.bytes < window_bytes(window.slots)) {
    if (!broken_) {
      ring_ = ring_header(window, kWay);
      descriptors_ = ring_descriptors(window, kWay);
    }
  }

  std::uint16_t& own_index() const { return kSide == Side::kClient ? ring_->head : ring_->tail; }
  std::uint16_t& other_index() const { return kSide == Side::kClient ? ring_->tail : ring_->head; }

  // Whether there is a ring already; says so once with true in `first`.
  bool laid_out(bool& first) {
    first = false;
    if (attached_ || broken_) {
      return !broken_;
    }
    const std::uint32_t cookie = load(ring_->cookie, std::memory_order_acquire);
    if (cookie == kRingCookie) {
      attached_ = first = true;
    } else if (cookie != 0) {
      broken_ = true;
    }
    return attached_;
  }

  std::uint32_t slot_of(std::uint16_t index) const { return index & (slots_ - 1); }
  Descriptor& descriptor_at(std::uint16_t index) const { return descriptors_[slot_of(index)]; }
  std::uint8_t* own_buffer(std::uint16_t index) const {
    return base_ + buffer_offset(kWay, slots_, slot_of(index));
  }

  // The client's word on where a buffer is, for the server: false if it is not among the buffers.
  // Behind the rings may come a gap up to the next whole page; nothing lives there.
  bool inside(const Descriptor& copy) const {
    return copy.region == 0 && copy.offset >= 2 * ring_bytes(slots_) &&
           std::uint64_t{copy.offset} + copy.length <= bytes_;
  }

  Descriptor copy_of(std::uint16_t index) const {
    Descriptor& shared = descriptor_at(index);
    return {.flags = load(shared.flags),
            .region = load(shared.region),
            .length = load(shared.length),
            .offset = load(shared.offset),
            .metadata = 0};
  }

  void write_own(std::uint16_t index, std::uint16_t flags, std::uint32_t length) const {
    Descriptor& shared = descriptor_at(index);
    store(shared.flags, flags);
    store(shared.region, 0);
    store(shared.length, length);
    store(shared.offset, static_cast<std::uint32_t>(buffer_offset(kWay, slots_, slot_of(index))));
  }

  std::uint8_t* base_;
  std::uint64_t bytes_;
  std::uint32_t slots_;
  RingHeader* ring_ = nullptr;
  Descriptor* descriptors_ = nullptr;
  bool attached_ = false;
  bool broken_;
};

inline constexpr RingWay way_out(Side side) {
  return side == Side::kClient ? RingWay::kToServer : RingWay::kToClient;
}
inline constexpr RingWay way_in(Side side) {
  return side == Side::kClient ? RingWay::kToClient : RingWay::kToServer;
}

}  // namespace detail

// The client's part before anybody uses the window: both rings empty, all buffers of server ->
// client lent, nobody awake. Descriptors first, cookies last, so that a server may already look.
// REQUIRES: is_ring_size(window.slots), window.bytes >= window_bytes(window.slots).
inline void lay_out(const Window& window) {
  for (const RingWay way : {RingWay::kToServer, RingWay::kToClient}) {
    RingHeader& ring = *detail::ring_header(window, way);
    Descriptor* descriptors = detail::ring_descriptors(window, way);
    for (std::uint32_t slot = 0; slot < window.slots; ++slot) {
      detail::store(descriptors[slot].flags, 0);
      detail::store(descriptors[slot].region, 0);
      detail::store(descriptors[slot].length, kBufferBytes);
      detail::store(descriptors[slot].offset,
                    static_cast<std::uint32_t>(buffer_offset(way, window.slots, slot)));
      detail::store(descriptors[slot].metadata, 0);
    }
    detail::store(ring.flags, 0);
    detail::store(ring.tail, 0);
    detail::store(ring.head,
                  static_cast<std::uint16_t>(way == RingWay::kToClient ? window.slots : 0));
    detail::store(ring.cookie, kRingCookie, std::memory_order_release);
  }
}

// Puts frames in. Either `put()` copies one, or it is written where it will lie:
//     reserve(spans); fill them; commit(length) for each, in their order; publish()
template <Side kSide>
class RingProducer : private detail::RingEnd<kSide, detail::way_out(kSide)> {
  using End = detail::RingEnd<kSide, detail::way_out(kSide)>;

 public:
  explicit RingProducer(const Window& window) : End(window) {}

  using End::broken;

  // Fills `buffers` with the next free ones, as many as there are, at most kReservedMax, and says
  // how many. They stay free until they are committed; the next call gives them again.
  std::size_t reserve(std::span<std::span<std::uint8_t>> buffers) {
    const std::size_t wanted = buffers.size() < kReservedMax ? buffers.size() : kReservedMax;
    const std::size_t there = free_slots(wanted);
    reserved_ = 0;
    for (std::size_t i = 0; i < there; ++i) {
      buffers[i] = buffer_at(static_cast<std::uint16_t>(position_ + i));
      if (buffers[i].empty()) {
        break;
      }
      ++reserved_;
    }
    return reserved_;
  }

  // The next free buffer; empty: the ring is full.
  std::span<std::uint8_t> reserve() {
    std::array<std::span<std::uint8_t>, 1> one;
    return reserve(one) == 1 ? one[0] : std::span<std::uint8_t>();
  }

  // Of the reserved buffers, those that the first `length` bytes lie in are a frame. The last is
  // given up to its end even if the frame ends before.
  // REQUIRES: 0 < length <= kFrameBytesMax, and so much is reserved.
  void commit(std::uint32_t length) {
    require(length > 0 && length <= kFrameBytesMax);
    while (length > 0) {
      require(reserved_ > 0);
      --reserved_;
      const std::uint32_t here = length < kBufferBytes ? length : kBufferBytes;
      length -= here;
      write(position_++, length > 0 ? kDescNext : std::uint16_t{0}, here);
    }
  }

  // Copies a frame in. False: there is no room for it, or it is empty or too long; nothing changed.
  bool put(std::span<const std::uint8_t> frame) {
    if (frame.empty() || frame.size() > kFrameBytesMax) {
      return false;
    }
    if (frame.size() > kBufferBytes) {
      return put_in_pieces(frame);
    }
    const std::span<std::uint8_t> buffer = reserve();
    if (buffer.empty()) {
      return false;
    }
    std::memcpy(buffer.data(), frame.data(), frame.size());
    commit(static_cast<std::uint32_t>(frame.size()));
    return true;
  }

  // Makes the committed frames visible. True: the other side sleeps, and wants to be woken.
  [[nodiscard]] bool publish() {
    if (this->broken_ || position_ == published_) {
      return false;
    }
    // Two sequentially consistent accesses, as in RingConsumer::may_sleep(): at least one of the
    // sides sees what the other wrote. The store is the full fence.
    detail::store(this->own_index(), position_, std::memory_order_seq_cst);
    published_ = position_;
    return (detail::load(this->ring_->flags, std::memory_order_seq_cst) & kRingMasked) == 0;
  }

 private:
  // A programmer's error. This room is below base::check().
  static void require(bool holds) {
    if (!holds) [[unlikely]] {
      __builtin_trap();
    }
  }

  bool put_in_pieces(std::span<const std::uint8_t> frame) {
    std::array<std::span<std::uint8_t>, kPiecesMax> buffers;
    const std::size_t pieces = (frame.size() + kBufferBytes - 1) / kBufferBytes;
    if (reserve(std::span(buffers).first(pieces)) < pieces) {
      return false;
    }
    const auto length = static_cast<std::uint32_t>(frame.size());
    for (std::size_t i = 0; !frame.empty(); ++i) {
      const std::size_t here = frame.size() < kBufferBytes ? frame.size() : kBufferBytes;
      std::memcpy(buffers[i].data(), frame.data(), here);
      frame = frame.subspan(here);
    }
    commit(length);
    return true;
  }

  // At least `wanted` free slots if there are so many; looks at the other side only if it must.
  std::size_t free_slots(std::size_t wanted) {
    bool first = false;
    if (!this->laid_out(first)) {
      return 0;
    }
    if (first) {
      // Both indices may be anything; what does not fit together breaks below.
      position_ = published_ = detail::load(this->own_index());
      limit_ = published_;
    }
    std::size_t there = detail::distance(position_, limit_);
    if (there < wanted) {
      look();
      there = this->broken_ ? 0 : detail::distance(position_, limit_);
    }
    return there < wanted ? there : wanted;
  }

  // limit_: the index before which slots are free.
  void look() {
    const std::uint16_t other = detail::load(this->other_index(), std::memory_order_acquire);
    const auto limit =
        static_cast<std::uint16_t>(kSide == Side::kClient ? other + this->slots_ : other);
    const std::uint16_t committed = detail::distance(published_, position_);
    // limit_ - position_ slots were seen; from the other side's point of view the count begins at
    // what is published, and neither goes back nor beyond the ring.
    const std::uint16_t total = detail::distance(published_, limit);
    if (total > this->slots_ || total < committed + detail::distance(position_, limit_)) {
      this->broken_ = true;
      return;
    }
    limit_ = limit;
  }

  std::span<std::uint8_t> buffer_at(std::uint16_t index) {
    if constexpr (kSide == Side::kClient) {
      return {this->own_buffer(index), kBufferBytes};
    } else {
      // Its length is not asked: every lent buffer holds kBufferBytes, and a server that died
      // before it published left the length of a frame there.
      Descriptor copy = this->copy_of(index);
      copy.length = kBufferBytes;
      if (!this->inside(copy)) {
        this->broken_ = true;
        return {};
      }
      return {this->base_ + copy.offset, kBufferBytes};
    }
  }

  void write(std::uint16_t index, std::uint16_t flags, std::uint32_t length) {
    if constexpr (kSide == Side::kClient) {
      this->write_own(index, flags, length);
    } else {
      Descriptor& shared = this->descriptor_at(index);
      detail::store(shared.flags, flags);
      detail::store(shared.length, length);
    }
  }

  std::uint16_t position_ = 0;   // the next slot to fill
  std::uint16_t published_ = 0;  // what the other side was told
  std::uint16_t limit_ = 0;
  std::uint32_t reserved_ = 0;  // of these, behind position_, the caller has buffers
};

// Takes frames out:
//     while (frame = next()) use it; release()
template <Side kSide>
class RingConsumer : private detail::RingEnd<kSide, detail::way_in(kSide)> {
  using End = detail::RingEnd<kSide, detail::way_in(kSide)>;

 public:
  explicit RingConsumer(const Window& window) : End(window) {}

  using End::broken;

  // The next frame; nothing: there is none now. Its bytes are there until release().
  std::optional<Frame> next() {
    std::optional<Frame> frame(std::in_place);
    while (position_ != seen_ || look(std::memory_order_acquire)) {
      if (gather(*frame)) {
        return frame;
      }
      ++bad_frames_;
    }
    frame.reset();
    return frame;
  }

  // Gives back all that was taken, refused frames among it: call it after each batch, also an empty
  // one.
  void release() {
    if (position_ == released_) {
      return;
    }
    if constexpr (kSide == Side::kClient) {
      for (; released_ != position_; ++released_) {
        this->write_own(released_, 0, kBufferBytes);
      }
      detail::store(this->own_index(), static_cast<std::uint16_t>(position_ + this->slots_),
                    std::memory_order_release);
    } else {
      released_ = position_;
      detail::store(this->own_index(), position_, std::memory_order_release);
    }
  }

  // Asks to be woken for the next frame, and looks once more. False: there is one, do not sleep.
  [[nodiscard]] bool may_sleep() {
    if (this->broken_ || position_ != seen_) {
      return this->broken_;
    }
    masked_ = false;
    bool first = false;
    if (!this->laid_out(first)) {
      return true;  // who lays it out leaves the flags at zero: wake me
    }
    if (first) {
      begin();
    }
    detail::store(this->ring_->flags, 0, std::memory_order_seq_cst);
    if (!look(std::memory_order_seq_cst)) {
      return true;
    }
    awake();
    return false;
  }

  // No need to wake this end while it looks by itself.
  void awake() {
    masked_ = true;
    if (this->attached_) {
      detail::store(this->ring_->flags, kRingMasked);
    }
  }

  // Refused because their descriptors broke the rules.
  std::uint64_t bad_frames() const { return bad_frames_; }

 private:
  void begin() {
    // A client has lent all its slots at any time that it is not looking at them.
    const std::uint16_t own = detail::load(this->own_index());
    position_ = kSide == Side::kClient ? static_cast<std::uint16_t>(own - this->slots_) : own;
    released_ = seen_ = position_;
    if (masked_) {
      awake();
    }
  }

  // REQUIRES: position_ == seen_. True: there is more.
  bool look(std::memory_order order) {
    bool first = false;
    if (!this->laid_out(first)) {
      return false;
    }
    if (first) {
      begin();
    }
    const std::uint16_t other = detail::load(this->other_index(), order);
    const std::uint16_t in_hand = detail::distance(released_, position_);
    if (detail::distance(position_, other) > this->slots_ - in_hand) {
      this->broken_ = true;
      return false;
    }
    seen_ = other;
    return position_ != seen_;
  }

  // Takes the descriptors of one frame. False: they break the rules; they are taken nevertheless.
  bool gather(Frame& frame) {
    frame.count = frame.length = 0;
    bool good = true;
    bool more = true;
    while (more) {
      const Descriptor copy = this->copy_of(position_);
      good = good && frame.count < kPiecesMax && is_piece(copy) &&
             copy.length <= kFrameBytesMax - frame.length;
      if (good) {
        frame.pieces[frame.count++] = {buffer_of(copy), copy.length};
        frame.length += copy.length;
      }
      more = (copy.flags & kDescNext) != 0;
      if (++position_ == seen_) {
        good = good && !more;
        more = false;
      }
    }
    if (position_ != seen_) {
      // Where the next one lies if the client is one of ours. A wrong guess costs nothing.
      __builtin_prefetch(this->own_buffer(position_));
    }
    return good;
  }

  bool is_piece(const Descriptor& copy) const {
    if constexpr (kSide == Side::kClient) {
      return copy.length > 0 && copy.length <= kBufferBytes;
    } else {
      return copy.length > 0 && copy.length <= kFrameBytesMax && this->inside(copy);
    }
  }

  const std::uint8_t* buffer_of(const Descriptor& copy) const {
    return kSide == Side::kClient ? this->own_buffer(position_) : this->base_ + copy.offset;
  }

  std::uint16_t position_ = 0;  // the next slot to read
  std::uint16_t released_ = 0;  // what was given back
  std::uint16_t seen_ = 0;      // up to where there is something
  std::uint64_t bad_frames_ = 0;
  bool masked_ = false;
};

}  // namespace superfluid::abi
