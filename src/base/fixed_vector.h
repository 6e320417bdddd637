// SPDX-License-Identifier: Apache-2.0
// FixedVector<T, N>: at most N values in place. No allocation, no growth: a full one refuses.
//
// Invariants: size() <= N; elements [0, size()) are alive, no others; try_push_back() on a full
// vector returns nullptr and changes nothing, push_back() on a full vector is a programmer's error
// and dies.
//
// Threads: as a std::vector.

#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>

#include "base/check.h"

namespace superfluid::base {

template <typename T, std::size_t N>
class FixedVector {
  static_assert(N > 0, "a vector of nothing holds nothing");

 public:
  FixedVector() {}
  FixedVector(std::initializer_list<T> values) {
    for (const T& value : values) {
      push_back(value);
    }
  }
  FixedVector(const FixedVector& other) { append(other); }
  FixedVector(FixedVector&& other) noexcept {
    for (T& value : other) {
      push_back(std::move(value));
    }
    other.clear();
  }
  FixedVector& operator=(const FixedVector& other) {
    if (this != &other) {
      clear();
      append(other);
    }
    return *this;
  }
  FixedVector& operator=(FixedVector&& other) noexcept {
    if (this != &other) {
      clear();
      for (T& value : other) {
        push_back(std::move(value));
      }
      other.clear();
    }
    return *this;
  }
  ~FixedVector() { clear(); }

  static constexpr std::size_t capacity() { return N; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == N; }

  T* data() { return values_; }
  const T* data() const { return values_; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }

  T& operator[](std::size_t i) {
    check(i < size_, "FixedVector index within size");
    return data()[i];
  }
  const T& operator[](std::size_t i) const {
    check(i < size_, "FixedVector index within size");
    return data()[i];
  }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  template <typename... Args>
  T* try_emplace_back(Args&&... args) {
    if (full()) {
      return nullptr;
    }
    T* made = std::construct_at(data() + size_, std::forward<Args>(args)...);
    ++size_;
    return made;
  }
  T* try_push_back(T value) { return try_emplace_back(std::move(value)); }
  void push_back(T value) {
    check(try_emplace_back(std::move(value)) != nullptr, "FixedVector has room");
  }
  void pop_back() {
    check(!empty(), "FixedVector is not empty");
    std::destroy_at(data() + --size_);
  }
  void clear() {
    std::destroy_n(data(), size_);
    size_ = 0;
  }

  friend bool operator==(const FixedVector& a, const FixedVector& b) {
    if (a.size_ != b.size_) {
      return false;
    }
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a[i] == b[i])) {
        return false;
      }
    }
    return true;
  }

 private:
  void append(const FixedVector& other) {
    for (const T& value : other) {
      push_back(value);
    }
  }

  // In a union nothing is alive until try_emplace_back() constructs it.
  union {
    T values_[N];
  };
  std::size_t size_ = 0;
};

}  // namespace superfluid::base
