// SPDX-License-Identifier: Apache-2.0
// Cursor reads hostile bytes, Writer builds them. Both know where they are and never step over the
// end.
//
// Invariants
//   1. position() <= size at all times; a refused read or write moves nothing and writes nothing.
//   2. view<T>() hands out a pointer only for types of alignment 1 that are plain bytes (headers
//      made of be16 and the like), and only when all sizeof(T) bytes are there.
//   3. A Writer that once refused stays refused (ok() is false), so that a builder may write a
//      whole header and ask once.
//
// Threads: none. Time: none.

#pragma once

#include <cstring>
#include <optional>
#include <type_traits>

#include "base/bytes.h"
#include "base/endian.h"

namespace superfluid::base {

// What may be laid over bytes as they came in.
template <typename T>
concept WireLayout = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> &&
                     alignof(T) == 1;

class Cursor {
 public:
  explicit Cursor(ByteView bytes) : bytes_(bytes) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  bool at_end() const { return remaining() == 0; }
  ByteView rest() const { return bytes_.subspan(position_); }

  // The next sizeof(T) bytes as a T in place; nullptr when they are not all there.
  template <WireLayout T>
  const T* view() {
    const T* header = peek<T>();
    if (header != nullptr) {
      position_ += sizeof(T);
    }
    return header;
  }

  template <WireLayout T>
  const T* peek() const {
    if (remaining() < sizeof(T)) {
      return nullptr;
    }
    return reinterpret_cast<const T*>(bytes_.data() + position_);
  }

  std::optional<std::uint8_t> u8() {
    if (at_end()) {
      return std::nullopt;
    }
    return bytes_[position_++];
  }
  std::optional<std::uint16_t> u16() { return integer<be16, std::uint16_t>(); }
  std::optional<std::uint32_t> u32() { return integer<be32, std::uint32_t>(); }
  std::optional<std::uint64_t> u64() { return integer<be64, std::uint64_t>(); }

  std::optional<ByteView> take(std::size_t length) {
    if (remaining() < length) {
      return std::nullopt;
    }
    const ByteView taken = bytes_.subspan(position_, length);
    position_ += length;
    return taken;
  }

  bool skip(std::size_t length) { return take(length).has_value(); }

 private:
  template <typename Wire, typename Host>
  std::optional<Host> integer() {
    const Wire* wire = view<Wire>();
    return wire == nullptr ? std::nullopt : std::optional<Host>(wire->host());
  }

  ByteView bytes_;
  std::size_t position_ = 0;
};

class Writer {
 public:
  explicit Writer(ByteSpan room) : room_(room) {}

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return room_.size() - position_; }
  ByteView written() const { return room_.first(position_); }
  ByteSpan written() { return room_.first(position_); }

  template <WireLayout T>
  bool put(const T& header) {
    return bytes({reinterpret_cast<const std::uint8_t*>(&header), sizeof(T)});
  }
  bool u8(std::uint8_t value) { return bytes({&value, 1}); }
  bool u16(std::uint16_t value) { return put(be16(value)); }
  bool u32(std::uint32_t value) { return put(be32(value)); }
  bool u64(std::uint64_t value) { return put(be64(value)); }

  bool bytes(ByteView source) {
    if (!claim(source.size())) {
      return false;
    }
    if (!source.empty()) {
      std::memcpy(room_.data() + position_ - source.size(), source.data(), source.size());
    }
    return true;
  }

  bool fill(std::size_t length, std::uint8_t value) {
    if (!claim(length)) {
      return false;
    }
    if (length != 0) {
      std::memset(room_.data() + position_ - length, value, length);
    }
    return true;
  }

  // For a builder that finds its fields impossible (a length that does not fit): from here on this
  // writer is refused. Returns false.
  bool refuse() { return ok_ = false; }

  // What was written before, for fields known only later (lengths, checksums); nullptr beyond
  // position().
  template <WireLayout T>
  T* patch(std::size_t offset) {
    if (offset > position_ || position_ - offset < sizeof(T)) {
      return nullptr;
    }
    return reinterpret_cast<T*>(room_.data() + offset);
  }

 private:
  bool claim(std::size_t length) {
    ok_ = ok_ && length <= remaining();
    if (ok_) {
      position_ += length;
    }
    return ok_;
  }

  ByteSpan room_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace superfluid::base
