// SPDX-License-Identifier: Apache-2.0
// Shared<T>: a T that lives as long as somebody owns it; copying adds an owner.
//
//   Shared<Table> table = Shared<Table>::make(1024);
//   Shared<Table> other = table;   // the same one
//
// Why not std::shared_ptr: it counts for threads and asks the C library whether there are any, and
// below the wall there is neither.
//
// Threads: all owners of one T belong to one thread.

#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace superfluid::base {

template <typename T>
class Shared {
 public:
  Shared() = default;  // owns nothing
  template <typename... Arguments>
  static Shared make(Arguments&&... arguments) {
    Shared made;
    // rules: allow new-delete: this is the smart pointer
    made.held_ = new Held{T(std::forward<Arguments>(arguments)...), 1};
    return made;
  }

  Shared(const Shared& other) : held_(other.held_) {
    if (held_ != nullptr) {
      ++held_->owners;
    }
  }
  Shared(Shared&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~Shared() {
    if (held_ != nullptr && --held_->owners == 0) {
      delete held_;  // rules: allow new-delete: this is the smart pointer
    }
  }

  T* get() const { return held_ == nullptr ? nullptr : std::addressof(held_->value); }
  T& operator*() const { return held_->value; }
  T* operator->() const { return std::addressof(held_->value); }
  explicit operator bool() const { return held_ != nullptr; }
  friend bool operator==(const Shared&, const Shared&) = default;

 private:
  struct Held {
    T value;
    std::size_t owners;
  };

  Held* held_ = nullptr;
};

}  // namespace superfluid::base
