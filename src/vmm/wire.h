// SPDX-License-Identifier: Apache-2.0
// How a message of vmm/protocol.h is put together and taken apart: words as they lie in memory,
// texts with their length, descriptors in the order of their use.
//
// Invariants
//   1. WireReader reads nothing beyond the message; once it refused it stays refused, so that a
//      decoder may take all words and ask once: finish() is true when all was there and nothing is
//      left over.
//   2. A descriptor is taken once. Those that nobody takes stay the caller's.
//
// Threads: none.

#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"
#include "base/result.h"
#include "os/unique_fd.h"
#include "vmm/protocol.h"

namespace superfluid::vmm {

struct Head {
  std::uint32_t version = kProtocolVersion;
  std::uint32_t kind = 0;
};

// Plain bytes without a pointer in them; padding is the writer's zeroes.
template <typename T>
concept Word = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>;

class WireWriter {
 public:
  explicit WireWriter(std::uint32_t kind) { word(Head{.kind = kind}); }

  template <Word T>
  void word(const T& value) {
    bytes({reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
  }
  // Inside the message, or beside it when it is long.
  base::Status text(std::string_view text);
  void inline_text(std::string_view text);
  void fd(int fd) { message_.fds.push_back(fd); }
  void owned_fd(os::UniqueFd fd);

  Message finish() && { return std::move(message_); }

 private:
  void bytes(base::ByteView bytes);

  Message message_;
};

class WireReader {
 public:
  WireReader(base::ByteView bytes, std::span<os::UniqueFd> fds) : bytes_(bytes), fds_(fds) {}

  template <Word T>
  T word() {
    T value{};
    if (claim(sizeof value)) {
      std::memcpy(&value, bytes_.data() + at_ - sizeof value, sizeof value);
    }
    return value;
  }
  template <Word T>
  void word(T& into) {
    if (claim(sizeof into)) {
      std::memcpy(&into, bytes_.data() + at_ - sizeof into, sizeof into);
    }
  }
  bool flag();
  std::string text(std::size_t bytes_max);
  os::UniqueFd fd();
  void refuse() { ok_ = false; }

  bool ok() const { return ok_; }
  bool finish() const { return ok_ && at_ == bytes_.size() && next_fd_ == fds_.size(); }

 private:
  bool claim(std::size_t bytes);

  base::ByteView bytes_;
  std::span<os::UniqueFd> fds_;
  std::size_t at_ = 0;
  std::size_t next_fd_ = 0;
  bool ok_ = true;
};

// Parts that several messages have.
void put_size(WireWriter& to, const ShellSize& size);
ShellSize take_size(WireReader& from);
void put_snapshot(WireWriter& to, const Snapshot& snapshot);
void take_snapshot(WireReader& from, Snapshot& snapshot);
void put_error(WireWriter& to, const base::Error& error);
base::Error take_error(WireReader& from);

// The head of a message of a known version.
base::Result<std::uint32_t> take_kind(WireReader& from);
base::Failure fail_malformed(std::string_view what, std::uint32_t kind);

// At most so many bytes from the beginning of a file, which may be any stranger's.
base::Result<std::string> read_file(int fd, std::size_t bytes);

}  // namespace superfluid::vmm
